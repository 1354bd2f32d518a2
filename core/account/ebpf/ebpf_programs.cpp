// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/ebpf_programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "core/account/ebpf/ebpf_host.h"
#include "core/account/ebpf/hook_types.h"
#include "core/account/ebpf/kernel_types.h"
#include "core/account/ebpf/process.skel.h"

namespace perfwatch {
namespace {

constexpr std::size_t kSmallestRing = std::size_t{64} << 10U;
constexpr std::size_t kLargestRing = std::size_t{16} << 20U;

// What libbpf printed in this thread during the present load.
thread_local std::string libbpf_log;

int keep_log(libbpf_print_level level, const char* format, va_list arguments) {
  constexpr std::size_t kEnough = std::size_t{1} << 20U;
  if (level == LIBBPF_DEBUG || libbpf_log.size() > kEnough) return 0;
  std::array<char, 4096> line;
  va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
  if (size >= 0 && static_cast<std::size_t>(size) < line.size()) {
    libbpf_log.append(line.data(), static_cast<std::size_t>(size));
  } else if (size > 0) {
    std::string text(static_cast<std::size_t>(size) + 1, '\0');
    std::vsnprintf(text.data(), text.size(), format, again);
    text.pop_back();
    libbpf_log += text;
  }
  va_end(again);
  return 0;
}

struct Destroy {
  void operator()(process_bpf* skeleton) const { process_bpf::destroy(skeleton); }
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  void operator()(btf* types) const { btf__free(types); }
};
using Skeleton = std::unique_ptr<process_bpf, Destroy>;
using Types = std::unique_ptr<btf, Destroy>;

template <class Number>
Number read_shared(Number& shared) {
  return std::atomic_ref<Number>(shared).load(std::memory_order_relaxed);
}

template <class Number>
void write_shared(Number& shared, Number value) {
  std::atomic_ref<Number>(shared).store(value, std::memory_order_relaxed);
}

std::uint64_t boot_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t nanoseconds(std::chrono::nanoseconds time) {
  return static_cast<std::uint64_t>(time.count());
}

Error load_error(std::string_view doing, int error) {
  auto why = error_from_errno(error);
  const auto line = telling_line(libbpf_log);
  if (!line.empty()) why.text = fmt::format("{} ({})", why.text, line);
  if (error == EPERM) why.text += "; needs CAP_BPF and CAP_PERFMON, and no lockdown of the kernel";
  return within(doing, std::move(why));
}

enum class Victim : std::uint8_t { none, pid, task };

// What mark_victim tells on this kernel: the first parameter behind the context.
Victim victim_shape(const btf* types, const HookTypes& hooks) {
  const std::uint32_t id = hooks.find("btf_trace_mark_victim");
  if (id == 0) return Victim::none;
  const btf_type* type = btf__type_by_id(types, id);
  type = btf__type_by_id(types, type->type);
  if (type == nullptr || !btf_is_ptr(type)) return Victim::none;
  type = btf__type_by_id(types, type->type);
  if (type == nullptr || !btf_is_func_proto(type) || btf_vlen(type) < 2) return Victim::none;
  const btf_type* first = btf__type_by_id(types, btf_params(type)[1].type);
  return first != nullptr && btf_is_ptr(first) ? Victim::task : Victim::pid;
}

struct Parts {
  const btf* kernel = nullptr;
  const HookTypes* hooks = nullptr;
  bool cut = true;  // libbpf is given the types that are named; else it looks through all
  std::size_t ring_bytes = kSmallestRing;
  std::uint32_t names = 0;
  bool jobs = false;
  bool brief = false;
  bool sweep = true;
  Victim victim = Victim::none;
};

std::uint32_t wire_names(IdentityNeeds needs) {
  std::uint32_t names = 0;
  if (needs.exe) names |= kWireExeWanted;
  if (needs.cmdline) names |= kWireCmdlineWanted;
  if (needs.cgroup) names |= kWireCgroupWanted;
  return names;
}

Result<Skeleton> load_parts(const Parts& parts) {
  libbpf_log.clear();
  // libbpf reads it when the programs are loaded.
  const UniqueFd types(parts.cut ? ::memfd_create("kernel-types", MFD_CLOEXEC) : -1);
  if (parts.cut && !types.valid()) {
    return tl::unexpected(within("memfd_create", error_from_errno(errno)));
  }
  const std::string path = fmt::format("/proc/self/fd/{}", types.get());
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = types.valid() ? path.c_str() : nullptr;
  const HookLoading hooks(*parts.hooks);
  Skeleton skeleton(process_bpf::open(&options));
  if (!skeleton) return tl::unexpected(load_error("opening the programs", errno));
  if (types.valid()) {
    const btf* program = bpf_object__btf(skeleton->obj);
    if (auto cut = cut_kernel_types(parts.kernel, program, types.get()); !cut) {
      return tl::unexpected(within("cutting the kernel's types", std::move(cut.error())));
    }
  }
  skeleton->rodata->possible_cpus =
      static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));
  skeleton->rodata->ring_bytes = parts.ring_bytes;
  skeleton->rodata->possible_needs = parts.names;
  skeleton->rodata->possible_jobs = parts.jobs;
  skeleton->rodata->copies = parts.brief;
  bpf_map__set_max_entries(skeleton->maps.ring, static_cast<std::uint32_t>(parts.ring_bytes));
  bpf_program__set_autoload(skeleton->progs.sweep_tasks, parts.sweep);
  bpf_program__set_autoload(skeleton->progs.on_victim, parts.victim == Victim::task);
  bpf_program__set_autoload(skeleton->progs.on_victim_pid, parts.victim == Victim::pid);
  if (const int error = process_bpf::load(skeleton.get())) {
    return tl::unexpected(load_error("loading the programs", -error));
  }
  return skeleton;
}

// The hooks in an order in which no process slips through: the end of a process is only ever told
// of what was counted from its fork, so forks are heard last.
Result<void> attach(process_bpf& skeleton, const Parts& parts) {
  libbpf_log.clear();
  const auto hook = [&](bpf_link*& link, bpf_program* program) {
    link = program == skeleton.progs.sweep_tasks ? bpf_program__attach_iter(program, nullptr)
                                                 : bpf_program__attach_trace(program);
    return link != nullptr;
  };
  auto& links = skeleton.links;
  auto& programs = skeleton.progs;
  const bool attached =
      hook(links.on_free, programs.on_free) && hook(links.on_exit, programs.on_exit) &&
      hook(links.on_rename, programs.on_rename) && hook(links.on_exec, programs.on_exec) &&
      hook(links.on_fork, programs.on_fork) &&
      (parts.victim != Victim::task || hook(links.on_victim, programs.on_victim)) &&
      (parts.victim != Victim::pid || hook(links.on_victim_pid, programs.on_victim_pid)) &&
      (!parts.sweep || hook(links.sweep_tasks, programs.sweep_tasks));
  if (!attached) return tl::unexpected(load_error("attaching the programs", errno));
  return {};
}

}  // namespace

struct EbpfPrograms::Impl {
  Skeleton skeleton;
  std::unique_ptr<ring_buffer, Destroy> ring;
  Sink* sink = nullptr;                                   // during drain()
  std::array<std::uint64_t, kLeftoverSweeps> swept_at{};  // when the last sweeps began
  std::uint32_t sweep = 0;
  std::uint32_t good_sweeps = 0;  // read to their end, without a break; the others met nobody
  bool sweep_ended = true;
  std::uint32_t looked = 0;  // the sweep at which leftovers were looked for
  bool hurried = false;
  std::uint64_t leftovers = 0;
  std::uint32_t sign_sets = 0;
  std::array<std::uint64_t, 2> taken{};  // of `summarised`

  static int on_event(void* context, void* data, std::size_t size) {
    auto* self = static_cast<Impl*>(context);
    if (self->sink != nullptr) self->sink->take_event({static_cast<const std::byte*>(data), size});
    return 0;
  }
};

EbpfPrograms::EbpfPrograms(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EbpfPrograms::~EbpfPrograms() = default;

Result<std::unique_ptr<EbpfPrograms>> EbpfPrograms::load(const AccountingSettings& settings) {
  if (auto possible = check_ebpf_host(); !possible) return tl::unexpected(possible.error());
  libbpf_set_print(keep_log);
  Parts parts;
  parts.ring_bytes = std::bit_ceil(std::clamp(settings.ring_bytes, kSmallestRing, kLargestRing));
  parts.names = wire_names(settings.names);
  parts.jobs = settings.jobs;
  parts.brief = settings.brief;
  const Types kernel(btf__load_vmlinux_btf());
  if (!kernel) return tl::unexpected(within("reading the kernel's BTF", error_from_errno(errno)));
  const HookTypes hooks(kernel.get());
  parts.kernel = kernel.get();
  parts.hooks = &hooks;
  if (settings.kills) parts.victim = victim_shape(kernel.get(), hooks);
  std::string no_sweep;
  std::string no_oom;
  if (parts.victim == Victim::none) {
    no_oom = settings.kills ? "the kernel has no tracepoint mark_victim" : "not asked for";
  }
  auto skeleton = load_parts(parts);
  std::string no_cut_types;
  // Denied, too: it may be the file in memory that somebody forbids.
  if (!skeleton) {
    no_cut_types = skeleton.error().text;
    parts.cut = false;
    skeleton = load_parts(parts);
  }
  if (!skeleton && skeleton.error().kind != ErrorKind::denied && parts.victim != Victim::none) {
    no_oom = skeleton.error().text;
    parts.victim = Victim::none;
    skeleton = load_parts(parts);
  }
  if (!skeleton && skeleton.error().kind != ErrorKind::denied) {
    no_sweep = skeleton.error().text;
    parts.sweep = false;
    skeleton = load_parts(parts);
  }
  if (!skeleton) return tl::unexpected(std::move(skeleton.error()));

  auto impl = std::make_unique<Impl>();
  impl->skeleton = std::move(*skeleton);
  const int ring_fd = bpf_map__fd(impl->skeleton->maps.ring);
  impl->ring.reset(ring_buffer__new(ring_fd, Impl::on_event, impl.get(), nullptr));
  if (!impl->ring) return tl::unexpected(load_error("mapping the ring", errno));
  if (auto attached = attach(*impl->skeleton, parts); !attached) {
    return tl::unexpected(std::move(attached.error()));
  }
  std::unique_ptr<EbpfPrograms> programs(new EbpfPrograms(std::move(impl)));
  programs->no_sweep_ = std::move(no_sweep);
  programs->no_oom_ = std::move(no_oom);
  programs->no_cut_types_ = std::move(no_cut_types);
  // Edge-triggered: the ring calls itself readable as soon as it holds one event, but it wakes up
  // whoever waits only when the programs say so. drain() resets it.
  programs->wake_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (!programs->wake_.valid() ||
      ::epoll_ctl(programs->wake_.get(), EPOLL_CTL_ADD, ring_fd, &event) != 0) {
    return tl::unexpected(within("watching the ring", error_from_errno(errno)));
  }
  return programs;
}

Result<void> EbpfPrograms::drain(Sink& sink) {
  epoll_event event{};
  (void)::epoll_wait(wake_.get(), &event, 1, 0);
  impl_->sink = &sink;
  const int status = ring_buffer__consume(impl_->ring.get());
  impl_->sink = nullptr;
  if (status < 0) return tl::unexpected(within("reading the ring", error_from_errno(-status)));
  const std::uint32_t since = impl_->sweep - impl_->looked;
  const bool waits = read_shared(impl_->skeleton->bss->waiting) != 0;
  if (since >= kLeftoverSweeps || ((waits || impl_->hurried) && since >= 1)) {
    impl_->looked = impl_->sweep;
    take_leftovers(sink);
  }
  return take_summaries(sink);
}

void EbpfPrograms::take_leftovers(Sink& sink) {
  constexpr std::uint32_t kBatch = 1024;
  const int map = bpf_map__fd(impl_->skeleton->maps.states);
  const std::uint64_t now = boot_nanoseconds();
  const std::uint64_t patience = now - nanoseconds(kPatience);
  const std::uint64_t oldest = std::min(impl_->swept_at[(impl_->sweep + 1) % kLeftoverSweeps],
                                        now - nanoseconds(kLeftoverAge));
  const auto is_over = [&](const WireState& state) {
    if (impl_->hurried) {
      return state.end_ns != 0 && state.end_ns < now - nanoseconds(kHurriedAge) &&
             impl_->sweep_ended && impl_->sweep != state.swept;
    }
    if (state.released_ns != 0) return state.released_ns < patience;
    return state.end_ns != 0 && state.end_ns < oldest && impl_->good_sweeps >= kLeftoverSweeps &&
           impl_->sweep - state.swept >= kLeftoverSweeps;
  };
  std::vector<std::uint64_t> keys(kBatch);
  std::vector<WireState> states(kBatch);
  std::uint32_t place = 0;
  for (bool first = true, more = true; more; first = false) {
    std::uint32_t count = kBatch;
    more = bpf_map_lookup_batch(map, first ? nullptr : &place, &place, keys.data(), states.data(),
                                &count, nullptr) == 0;
    if (!more && errno != ENOENT) return;
    for (std::uint32_t i = 0; i < count; ++i) {
      const WireState& state = states[i];
      if (!is_over(state)) continue;
      // Its address may be another process's by now, which told of it.
      WireState still{};
      if (bpf_map_lookup_elem(map, &keys[i], &still) != 0) continue;
      if (still.who.pid != state.who.pid || still.end_ns != state.end_ns) continue;
      if (bpf_map_delete_elem(map, &keys[i]) != 0) continue;
      const WireExit end = exit_of(state);
      if (state.released_ns != 0) {
        std::atomic_ref(impl_->skeleton->bss->waiting).fetch_sub(1);
      } else {
        ++impl_->leftovers;
      }
      sink.take_event(std::as_bytes(std::span(&end, 1)));
    }
  }
}

Result<void> EbpfPrograms::take_summaries(Sink& sink) {
  auto& shared = *impl_->skeleton->bss;
  const std::uint32_t active = read_shared(shared.active_overflow) & 1U;
  const std::uint32_t idle = 1 - active;
  const auto all = read_shared(shared.summarised[idle]);
  if (all != impl_->taken[idle]) {
    const int map = bpf_map__fd(idle == 0 ? impl_->skeleton->maps.overflow_0
                                          : impl_->skeleton->maps.overflow_1);
    WireSummaryKey key{};
    while (bpf_map_get_next_key(map, nullptr, &key) == 0) {
      WireSummary sum{};
      if (bpf_map_lookup_elem(map, &key, &sum) == 0) sink.take_summary(key, sum);
      if (bpf_map_delete_elem(map, &key) != 0) {
        return tl::unexpected(within("emptying the sums of exits", error_from_errno(errno)));
      }
    }
    impl_->taken[idle] = all;
  }
  if (read_shared(shared.summarised[active]) != impl_->taken[active]) {
    write_shared(shared.active_overflow, idle);
  }
  return {};
}

Result<UniqueFd> EbpfPrograms::start_sweep() {
  if (impl_->skeleton->links.sweep_tasks == nullptr) return fail(ErrorKind::unsupported, no_sweep_);
  if (!impl_->sweep_ended) impl_->good_sweeps = 0;
  impl_->sweep_ended = false;
  ++impl_->sweep;
  write_shared(impl_->skeleton->bss->sweep_number, impl_->sweep);
  impl_->swept_at[impl_->sweep % kLeftoverSweeps] = boot_nanoseconds();
  UniqueFd fd(bpf_iter_create(bpf_link__fd(impl_->skeleton->links.sweep_tasks)));
  if (!fd.valid()) return tl::unexpected(within("starting a sweep", error_from_errno(errno)));
  return fd;
}

void EbpfPrograms::end_sweep() {
  impl_->sweep_ended = true;
  ++impl_->good_sweeps;
}

void EbpfPrograms::hurry() { impl_->hurried = no_sweep_.empty(); }

void EbpfPrograms::note_foreign_sweep() { ++impl_->sweep; }

void EbpfPrograms::want(IdentityNeeds needs) {
  write_shared(impl_->skeleton->bss->needs, wire_names(needs));
}

void EbpfPrograms::want_jobs(std::span<const std::string> variables) {
  auto& shared = *impl_->skeleton->bss;
  for (std::size_t i = 0; i < kWireSigns; ++i) {
    const auto sign = sign_of(i < variables.size() ? variables[i] : std::string());
    std::ranges::copy(sign.mask, std::begin(shared.sign_masks[i]));
    std::ranges::copy(sign.text, std::begin(shared.sign_texts[i]));
  }
  if (!variables.empty()) ++impl_->sign_sets;
  write_shared(shared.wants_jobs, variables.empty() ? 0U : impl_->sign_sets);
}

std::uint64_t EbpfPrograms::lost(WireLoss where) const {
  const std::uint64_t counted = read_shared(impl_->skeleton->bss->lost[where]);
  return where == kLostExitUnseen ? counted + impl_->leftovers : counted;
}

std::uint64_t EbpfPrograms::missed(Hook hook) const {
  const auto& programs = impl_->skeleton->progs;
  const bpf_program* program = hook == Hook::exec ? programs.on_exec : programs.on_free;
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) return 0;
  return info.recursion_misses;
}

}  // namespace perfwatch
