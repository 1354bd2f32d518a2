// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/decode.h"

#include <algorithm>
#include <array>
#include <bit>

namespace perfwatch {
namespace {

constexpr std::uint64_t kNanosecondsPerTick = 10'000'000;  // USER_HZ is 100 everywhere

// Of include/linux/sched.h.
constexpr std::uint32_t kReported = 0x7f;  // TASK_REPORT
constexpr std::uint32_t kIdle = 0x402;     // TASK_IDLE
constexpr std::uint32_t kLockWait = 0x1000;
constexpr std::uint32_t kFrozen = 0x8000;
constexpr std::uint32_t kUninterruptible = 2;

// The next `size` bytes of `rest`; nullopt when it has not so many.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (size > rest.size()) return std::nullopt;
  const auto taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

}  // namespace

std::optional<WireHeader> peek_header(Bytes bytes) {
  WireHeader header{};
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.size < sizeof header || header.size % 8 != 0) header.size = 0;
  return header;
}

std::optional<WireExec> decode_exec(Bytes bytes, ExecNames& names) {
  const auto header = peek_header(bytes);
  if (!header || header->type != kWireExec) return std::nullopt;
  if (bytes.size() < sizeof(WireExec) || header->size != bytes.size()) return std::nullopt;
  WireExec exec;
  std::memcpy(&exec, bytes.data(), sizeof exec);
  if (exec.who.pid <= 0) return std::nullopt;
  const auto behind = bytes.subspan(sizeof exec);
  std::string_view rest(reinterpret_cast<const char*>(behind.data()), behind.size());
  names.exe = take(rest, exec.exe_size);
  names.cmdline = take(rest, exec.cmdline_size);
  names.cgroup = take(rest, exec.cgroup_size);
  if (!names.exe || !names.cmdline || !names.cgroup || rest.size() >= 8) return std::nullopt;
  const auto has = [&](std::uint32_t wanted, std::uint32_t lost) {
    return (exec.who.flags & wanted) != 0 && (exec.who.flags & lost) == 0;
  };
  if (!has(kWireExeWanted, kWireExeLost)) names.exe.reset();
  if (!has(kWireCmdlineWanted, kWireCmdlineLost)) names.cmdline.reset();
  if (!has(kWireCgroupWanted, 0)) names.cgroup.reset();
  return exec;
}

void join_components(std::string_view components, std::string& out) {
  out.clear();
  while (!components.empty()) {
    if (components.back() == '\0') components.remove_suffix(1);
    const auto before = components.rfind('\0');
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    out += '/';
    out += components.substr(begin);
    components = components.substr(0, begin);
  }
  if (out.empty()) out.push_back('/');
}

char state_letter(std::uint32_t state, std::uint32_t exit_state) {
  constexpr std::string_view kLetters = "RSDTtXZP";
  if ((state & kIdle) == kIdle) return 'I';
  if ((state & (kLockWait | kFrozen)) != 0) state |= kUninterruptible;
  // By the highest bit: 0 R, 1 S, 2 D, 4 T, 8 t, 16 X, 32 Z, 64 P.
  const auto width = std::bit_width((state | exit_state) & kReported);
  return kLetters[static_cast<std::size_t>(width)];
}

void fill_who(const WireWho& who, ProcessRecord& out) {
  out.key = {who.pid, who.start_boottime_ns / kNanosecondsPerTick};
  out.parent = who.parent;
  out.uid = who.uid;
  std::copy_n(who.comm, out.comm.size(), out.comm.begin());
  out.kernel_thread = (who.flags & kWireKernelThread) != 0;
  out.forked = (who.flags & kWireForked) != 0;
  out.image = who.image;
  out.cgroup = who.cgroup;
}

void fill_usage(const WireUsage& usage, bool has_io, ProcessRecord& out) {
  const CpuTimes times = split_cpu(usage);
  out.user_seconds = static_cast<double>(times.user_ns) / 1e9;
  out.system_seconds = static_cast<double>(times.system_ns) / 1e9;
  out.minor_faults = usage.minor_faults;
  out.major_faults = usage.major_faults;
  out.voluntary_switches = usage.voluntary_switches;
  out.involuntary_switches = usage.involuntary_switches;
  if (!has_io) return;
  out.read_bytes = usage.read_bytes;
  out.written_bytes = usage.written_bytes;
}

void fill_memory(const WireMemory& memory, std::uint64_t page_bytes, ProcessRecord& out) {
  out.resident_bytes =
      (memory.file_pages + memory.anonymous_pages + memory.shared_pages) * page_bytes;
  out.anonymous_bytes = memory.anonymous_pages * page_bytes;
  out.swapped_bytes = memory.swapped_pages * page_bytes;
  if (memory.more == 0) out.open_descriptors = memory.descriptors;
}

void add(const WireUsage& usage, WireUsage& sum) {
  sum.cpu_ns += usage.cpu_ns;
  sum.user_ns += usage.user_ns;
  sum.system_ns += usage.system_ns;
  sum.minor_faults += usage.minor_faults;
  sum.major_faults += usage.major_faults;
  sum.voluntary_switches += usage.voluntary_switches;
  sum.involuntary_switches += usage.involuntary_switches;
  sum.read_bytes += usage.read_bytes;
  sum.written_bytes += usage.written_bytes;
}

WireSign sign_of(std::string_view name) {
  if (name.empty()) return {.mask = {0, 0}, .text = {1, 1}};  // no environment has it
  std::string front(name.substr(0, kWireSignSize));
  front.push_back('=');
  const std::size_t size = std::min(front.size(), std::size_t{kWireSignSize});
  WireSign sign{};
  std::memcpy(sign.text, front.data(), size);
  std::memset(sign.mask, 0xff, size);
  return sign;
}

WireExit exit_of(const WireState& state) {
  WireExit end{};
  end.header = {kWireExit, sizeof end};
  end.who = state.who;
  end.who.image = state.image;
  end.usage = state.usage;
  end.usage.cpu_ns = std::max(end.usage.cpu_ns, state.freed_ns);
  end.peak_pages = state.peak_pages;
  end.max_pages = state.max_pages;
  end.wait_status = state.exit_code;
  if (state.peak_pages != 0) end.who.flags |= kWireHasPeak;
  if (state.end_ns > state.who.start_boottime_ns) {
    end.who.flags |= kWireHasLife;
    end.lived_ns = state.end_ns - state.who.start_boottime_ns;
  }
  return end;
}

CpuTimes split_cpu(const WireUsage& usage) {
  if (usage.system_ns == 0) return {usage.cpu_ns, 0};
  if (usage.user_ns == 0) return {0, usage.cpu_ns};
  // 53 bits of a ratio are more than a tick can tell.
  const double share = static_cast<double>(usage.system_ns) /
                       (static_cast<double>(usage.user_ns) + static_cast<double>(usage.system_ns));
  const double system = static_cast<double>(usage.cpu_ns) * share;
  const auto system_ns = system < static_cast<double>(usage.cpu_ns)
                             ? static_cast<std::uint64_t>(system)
                             : usage.cpu_ns;
  return {usage.cpu_ns - std::min(system_ns, usage.cpu_ns), std::min(system_ns, usage.cpu_ns)};
}

}  // namespace perfwatch
