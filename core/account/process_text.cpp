// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_text.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace perfwatch {
namespace {

tl::unexpected<Error> malformed(std::string_view field) {
  return fail(ErrorKind::malformed, "no " + std::string(field));
}

Comm to_comm(std::string_view name) {
  Comm comm{};
  std::copy_n(name.begin(), std::min(name.size(), comm.size()), comm.begin());
  return comm;
}

// Fields 3 to 24 of stat, which follow the name.
constexpr std::size_t kFirstField = 3;
constexpr std::size_t kLastField = 24;
using StatWords = std::array<std::string_view, kLastField + 1>;

template <class Number>
bool take(const StatWords& words, std::size_t field, Number& out) {
  const auto number = to_number<Number>(words[field]);
  if (number) out = *number;
  return number.has_value();
}

// status writes a newline of the name as "\n" and a backslash as "\\".
Comm unescape_name(std::string_view name) {
  Comm comm{};
  std::size_t used = 0;
  for (std::size_t i = 0; i < name.size() && used < comm.size(); ++i) {
    char c = name[i];
    if (c == '\\' && i + 1 < name.size()) {
      c = name[++i];
      if (c == 'n') c = '\n';
    }
    comm[used++] = c;
  }
  return comm;
}

// "    1234 kB" in bytes.
std::optional<std::uint64_t> kibibytes(std::string_view rest) {
  const auto number = next_u64(rest);
  if (!number || *number > UINT64_MAX / 1024) return std::nullopt;
  return *number * 1024;
}

template <class Number>
bool store(std::optional<std::uint64_t> value, Number& out) {
  if (value) out = static_cast<Number>(*value);
  return value.has_value();
}

// What of /proc/PID/status has been seen.
struct StatusSeen {
  bool name = false, uid = false, voluntary = false, involuntary = false;
};

// One line; false when a line that we know does not read as documented.
bool take_status_line(std::string_view key, std::string_view rest, ProcessStatus& out,
                      StatusSeen& seen) {
  if (key == "Name") {
    out.comm = unescape_name(rest.empty() ? rest : rest.substr(1));  // one tab
    return seen.name = true;
  }
  if (key == "Uid") {
    const auto real = to_number<std::uint32_t>(next_word(rest));
    const auto effective = to_number<std::uint32_t>(next_word(rest));
    out.real_uid = real.value_or(0);
    out.uid = effective.value_or(0);
    return seen.uid = real && effective;
  }
  if (key == "VmHWM") return store(kibibytes(rest), out.peak_bytes);
  if (key == "VmRSS") return store(kibibytes(rest), out.resident_bytes);
  if (key == "RssAnon") return store(kibibytes(rest), out.anonymous_bytes);
  if (key == "VmSwap") return store(kibibytes(rest), out.swapped_bytes);
  if (key == "voluntary_ctxt_switches") {
    return seen.voluntary = store(next_u64(rest), out.voluntary_switches);
  }
  if (key == "nonvoluntary_ctxt_switches") {
    return seen.involuntary = store(next_u64(rest), out.involuntary_switches);
  }
  return true;
}

// The first letters of the lines that we know; most lines are none of them.
bool worth_a_look(char first) {
  return first == 'N' || first == 'U' || first == 'V' || first == 'R' || first == 'v' ||
         first == 'n';
}

}  // namespace

// 1234 (cc1plus) R 1230 1230 999 34816 1230 4194304 5120 0 12 0 431 27 0 0 20 0 1 0 88123 190000
// 4500 ...
Result<ProcessStat> parse_process_stat(std::string_view text) {
  const auto open = text.find(" (");
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) {
    return malformed("name in brackets");
  }
  ProcessStat stat;
  stat.comm = to_comm(text.substr(open + 2, close - open - 2));
  const auto pid = to_number<std::int32_t>(text.substr(0, open));
  if (!pid || *pid <= 0) return malformed("pid");
  stat.pid = *pid;

  StatWords words;
  std::string_view rest = text.substr(close + 1);
  rest = rest.substr(0, rest.find('\n'));
  for (std::size_t field = kFirstField; field <= kLastField; ++field)
    words[field] = next_word(rest);
  if (words[3].size() != 1) return malformed("state");
  stat.state = words[3][0];
  // A number cut short by the end of the text would be a wrong number.
  if (rest.empty()) return malformed("field after the resident set");
  const bool complete = take(words, 4, stat.parent) && take(words, 9, stat.flags) &&
                        take(words, 10, stat.minor_faults) && take(words, 12, stat.major_faults) &&
                        take(words, 14, stat.user_ticks) && take(words, 15, stat.system_ticks) &&
                        take(words, 16, stat.children_user_ticks) &&
                        take(words, 17, stat.children_system_ticks) &&
                        take(words, 20, stat.threads) && take(words, 22, stat.start_ticks) &&
                        take(words, 24, stat.resident_pages);
  if (!complete) return malformed("number where one is documented");
  return stat;
}

// Name:	cc1plus
// Uid:	1000	1000	1000	1000
// VmRSS:	   18532 kB
// RssAnon:	   15000 kB
// VmSwap:	       0 kB
// voluntary_ctxt_switches:	12
// nonvoluntary_ctxt_switches:	3
Result<ProcessStatus> parse_process_status(std::string_view text) {
  if (text.empty() || text.back() != '\n') return malformed("newline at the end");
  ProcessStatus status;
  StatusSeen seen;
  std::string_view line;
  while (next_line(text, line)) {
    if (line.empty() || !worth_a_look(line[0])) continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto key = line.substr(0, colon);
    if (!take_status_line(key, line.substr(colon + 1), status, seen)) {
      return malformed("number after " + std::string(key));
    }
  }
  if (!seen.name) return malformed("Name");
  if (!seen.uid) return malformed("Uid");
  if (!seen.voluntary || !seen.involuntary) return malformed("context switches");
  return status;
}

// rchar: 323934931
// read_bytes: 4096
// write_bytes: 323932160
// cancelled_write_bytes: 0
Result<ProcessIo> parse_process_io(std::string_view text) {
  if (text.empty() || text.back() != '\n') return malformed("newline at the end");
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
  std::string_view line;
  while (next_line(text, line)) {
    const auto key = next_word(line);
    if (key == "read_bytes:") read_bytes = next_u64(line);
    if (key == "write_bytes:") written_bytes = next_u64(line);
  }
  if (!read_bytes) return malformed("read_bytes");
  if (!written_bytes) return malformed("write_bytes");
  return ProcessIo{*read_bytes, *written_bytes};
}

// 4305061 1208822 97
std::optional<ThreadTimes> parse_thread_times(std::string_view text) {
  if (text.empty() || text.back() != '\n') return std::nullopt;
  text.remove_suffix(1);
  const auto run = next_u64(text);
  (void)next_word(text);  // time in the queue
  const auto slices = next_u64(text);
  // "0 0 0": the statistics are switched off, as whoever we can see has run.
  if (!run || !slices || *slices == 0) return std::nullopt;
  return ThreadTimes{*run, *slices};
}

// Max open files            1024                 524288               files
std::optional<std::uint64_t> parse_descriptor_limit(std::string_view text) {
  constexpr std::string_view kKey = "Max open files";
  std::string_view line;
  while (next_line(text, line)) {
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    return next_u64(line);
  }
  return std::nullopt;
}

// 12:cpu,cpuacct:/user.slice
// 1:name=systemd:/user.slice/user-1000.slice/session-3.scope
// 0::/user.slice/user-1000.slice/session-3.scope
std::string_view parse_cgroup(std::string_view text) {
  constexpr std::array<std::string_view, 4> kOrder = {"", "name=systemd", "cpu", "memory"};
  std::array<std::string_view, kOrder.size()> paths{};
  std::string_view line;
  while (next_line(text, line)) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    do {
      const auto comma = controllers.find(',');
      const auto place = std::find(kOrder.begin(), kOrder.end(), controllers.substr(0, comma));
      if (place != kOrder.end()) {
        paths[static_cast<std::size_t>(place - kOrder.begin())] = line.substr(second + 1);
      }
      controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
    } while (!controllers.empty());
  }
  for (const auto path : paths) {
    if (path.size() > 1) return path;
  }
  for (const auto path : paths) {
    if (!path.empty()) return path;
  }
  return {};
}

std::string_view join_arguments(char* text, std::size_t size) {
  std::replace(text, text + size, '\0', ' ');
  std::string_view joined(text, size);
  const auto last = joined.find_last_not_of(' ');
  return joined.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view executable_path(std::string_view link) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (link.ends_with(kDeleted)) link.remove_suffix(kDeleted.size());
  return link;
}

}  // namespace perfwatch
