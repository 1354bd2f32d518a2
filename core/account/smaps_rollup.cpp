// SPDX-License-Identifier: Apache-2.0
#include "core/account/smaps_rollup.h"

#include <array>
#include <cerrno>
#include <string>

#include "core/account/process_text.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

enum Key : std::size_t {
  kRss,
  kPss,
  kPssAnon,
  kPssFile,
  kPssShmem,
  kPrivateClean,
  kPrivateDirty,
  kSwap,
  kSwapPss,
  kKeys
};
constexpr std::array<std::string_view, kKeys> kNames = {
    "Rss:",           "Pss:",           "Pss_Anon:", "Pss_File:", "Pss_Shmem:",
    "Private_Clean:", "Private_Dirty:", "Swap:",     "SwapPss:"};

// More than any machine has, and sums of them still fit.
constexpr std::uint64_t kMostKibibytes = std::uint64_t{1} << 50U;

tl::unexpected<Error> gone() { return fail(ErrorKind::gone, "the process has ended"); }

}  // namespace

Result<SmapsRollup> parse_smaps_rollup(std::string_view text) {
  if (text.empty() || text.back() != '\n') {
    return fail(ErrorKind::malformed, "no newline at the end");
  }
  std::array<std::optional<std::uint64_t>, kKeys> bytes;
  std::string_view line;
  while (next_line(text, line)) {
    const auto name = next_word(line);
    for (std::size_t key = 0; key < kKeys; ++key) {
      if (name != kNames[key]) continue;
      const auto kibibytes = next_u64(line);
      if (kibibytes && *kibibytes <= kMostKibibytes) bytes[key] = *kibibytes * 1024;
    }
  }
  for (const Key needed : {kRss, kPss, kPrivateClean, kPrivateDirty}) {
    if (!bytes[needed]) return fail(ErrorKind::malformed, "no " + std::string(kNames[needed]));
  }
  return SmapsRollup{*bytes[kRss],
                     *bytes[kPss],
                     *bytes[kPrivateClean] + *bytes[kPrivateDirty],
                     bytes[kSwap].value_or(0),
                     bytes[kSwapPss].value_or(0),
                     bytes[kPssAnon],
                     bytes[kPssFile],
                     bytes[kPssShmem]};
}

Result<SmapsRollup> read_smaps_rollup(int procfs, ProcessKey process, SmallFile& file) {
  const UniqueFd directory = open_process(procfs, process.pid);
  if (!directory.valid()) {
    return errno == ENOENT ? gone() : tl::unexpected(error_from_errno(errno));
  }
  if (const int error = file.read_at(directory.get(), "stat"); error != 0) {
    return error == ENOENT || error == ESRCH ? gone() : tl::unexpected(error_from_errno(error));
  }
  const auto stat = parse_process_stat(file.text());
  if (!stat) return tl::unexpected(within("stat", stat.error()));
  if (stat->start_ticks != process.start_ticks) return gone();
  if (const int error = file.read_at(directory.get(), "smaps_rollup"); error != 0) {
    // ENOENT: either the process is not there any more, or no process has such a file.
    if (error == ENOENT && file.read_at(directory.get(), "stat") != 0) return gone();
    return tl::unexpected(error_from_errno(error));
  }
  return parse_smaps_rollup(file.text());
}

}  // namespace perfwatch
