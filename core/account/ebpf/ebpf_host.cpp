// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/ebpf_host.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "core/base/file_reader.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr ino_t kInitialPidNamespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO, the same on every host
constexpr int kCapSysAdmin = 21;
constexpr int kCapPerfmon = 38;
constexpr int kCapBpf = 39;
constexpr std::size_t kLongestLine = 200;

bool has(std::uint64_t capabilities, int which) { return (capabilities >> which & 1) != 0; }

// Lines that say that something failed, but not why.
bool says_nothing(std::string_view line) {
  return line.empty() || line.starts_with("processed ") || line.starts_with("verification time") ||
         line.starts_with("stack depth") || line.starts_with("failed to load object") ||
         line.starts_with("failed to load BPF skeleton") ||
         line.find("BEGIN PROG LOAD LOG") != std::string_view::npos;
}

}  // namespace

std::string missing_capabilities(std::string_view status) {
  std::string_view line;
  while (next_line(status, line)) {
    constexpr std::string_view kKey = "CapEff:";
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    const auto digits = next_word(line);
    std::uint64_t capabilities = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), capabilities, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return {};
    if (has(capabilities, kCapSysAdmin)) return {};
    std::string missing;
    if (!has(capabilities, kCapBpf)) missing = "CAP_BPF";
    if (!has(capabilities, kCapPerfmon))
      missing += missing.empty() ? "CAP_PERFMON" : " and CAP_PERFMON";
    return missing;
  }
  return {};
}

std::string telling_line(std::string_view log) {
  log = log.substr(0, log.find("-- END PROG LOAD LOG"));
  std::string_view best;
  std::string_view line;
  while (next_line(log, line)) {
    constexpr std::string_view kPrefix = "libbpf: ";
    if (line.starts_with(kPrefix)) line.remove_prefix(kPrefix.size());
    if (!says_nothing(line)) best = line;
  }
  return std::string(best.substr(0, kLongestLine));
}

Result<void> check_ebpf_host() {
  struct stat space {};
  if (::stat("/proc/self/ns/pid", &space) != 0) {
    return tl::unexpected(within("reading /proc/self/ns/pid", error_from_errno(errno)));
  }
  if (space.st_ino != kInitialPidNamespace) {
    return fail(ErrorKind::unsupported,
                "this is not the host's pid namespace (in a container: run it with --pid=host)");
  }
  FileReader files;
  const auto status = files.read("/proc/self/status");
  const auto missing = status ? missing_capabilities(*status) : std::string();
  if (!missing.empty()) return fail(ErrorKind::denied, "needs " + missing);
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    return fail(ErrorKind::unsupported,
                "no BTF at /sys/kernel/btf/vmlinux (needs CONFIG_DEBUG_INFO_BTF)");
  }
  return {};
}

}  // namespace perfwatch
