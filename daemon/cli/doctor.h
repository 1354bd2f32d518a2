// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "daemon/cli/answers.h"
#include "daemon/cli/terminal.h"

namespace perfwatch {

// ok: nothing to do. warn: perfwatch works and misses something. fail: it does not do its main job.
enum class Health : std::uint8_t { ok, warn, fail };
[[nodiscard]] std::string_view to_string(Health health);

struct Diagnosis {
  Health health = Health::ok;
  std::string what;  // a sentence
  std::string cure;  // the exact command, or what to write where; empty when ok
};

// What the checks look at. Files are read below `root` ("" is this host, a folder in tests).
struct Patient {
  std::string root;
  std::string own_version;
  std::string own_folder;  // where this program lies: perfwatchd is its neighbour in a build tree
  std::string address;     // the daemon's, as text
  Result<StatusAnswer> daemon = fail(ErrorKind::gone, "not asked");

  // The text of one file below `root`; nullopt when it cannot be read.
  [[nodiscard]] std::optional<std::string> read(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
};

struct Check {
  std::string_view name;
  std::string_view why;  // why it matters, shown unless all is well
  Diagnosis (*run)(const Patient& patient);
};

// Three tables, by file: what concerns the daemon and its installation, what it measures and costs,
// and the kernel.
[[nodiscard]] std::span<const Check> daemon_checks();
[[nodiscard]] std::span<const Check> accounting_checks();
[[nodiscard]] std::span<const Check> kernel_checks();

struct Finished {
  const Check* check = nullptr;
  Diagnosis diagnosis;
};
[[nodiscard]] std::vector<Finished> examine(const Patient& patient);
[[nodiscard]] Health worst(const std::vector<Finished>& report);

[[nodiscard]] std::string render_report(const std::vector<Finished>& report, const Style& style);
// {"checks":[{"name","health","what","why","cure"}],"ok":n,"warn":n,"fail":n}
[[nodiscard]] std::string report_json(const std::vector<Finished>& report);

// What several checks need, from the files that the kernel documents in proc(5).
// The daemon that answers, where its pid says that it is one of this host; else the first process
// that is called perfwatchd.
[[nodiscard]] std::optional<int> find_daemon_process(const Patient& patient);
[[nodiscard]] std::optional<std::uint64_t> effective_capabilities(std::string_view status_text);
inline constexpr unsigned kCapDacReadSearch = 2;
inline constexpr unsigned kCapNetAdmin = 12;
inline constexpr unsigned kCapSysPtrace = 19;
inline constexpr unsigned kCapSysAdmin = 21;  // has what CAP_SYSLOG, CAP_PERFMON and CAP_BPF have
inline constexpr unsigned kCapSyslog = 34;
inline constexpr unsigned kCapPerfmon = 38;
inline constexpr unsigned kCapBpf = 39;
[[nodiscard]] constexpr bool has_capability(std::uint64_t held, unsigned number) {
  const auto has = [held](unsigned bit) { return (held >> bit & 1U) != 0; };
  const bool once_admin = number == kCapSyslog || number == kCapPerfmon || number == kCapBpf;
  return has(number) || (once_admin && has(kCapSysAdmin));
}
// The comma-separated options of the last filesystem mounted at `mountpoint`, its superblock's
// included; nullopt when nothing is mounted there.
[[nodiscard]] std::optional<std::string> mount_options(std::string_view mountinfo,
                                                       std::string_view mountpoint);
// Where the first filesystem of this type is mounted.
[[nodiscard]] std::optional<std::string> find_mount(std::string_view mountinfo,
                                                    std::string_view type);

}  // namespace perfwatch
