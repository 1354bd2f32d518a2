// SPDX-License-Identifier: Apache-2.0
// The kernel's log of kills: names in it are chosen by whoever runs there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/account/oom_log.h"
#include "core/base/text.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_lines(std::string_view text) {
  using namespace perfwatch;
  if (const auto killed = parse_killed_line(text)) {
    check(killed->pid > 0 && inside(killed->comm, text));
    if (const auto summary = parse_summary_line(text, killed->comm)) check(summary->pid > 0);
  }
  if (const auto summary = parse_summary_line(text, "cc1plus")) {
    check(inside(summary->limit_cgroup, text) && inside(summary->victim_cgroup, text));
  }
  if (const auto limit = parse_limit_line(text)) check(inside(limit->victim_cgroup, text));
  if (const auto group = parse_group_line(text)) check(inside(*group, text));
  check(unescape_kmsg(text).size() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  OomLog log;
  std::string_view line;
  while (next_line(text, line)) {
    check_lines(line);
    const auto record = parse_kmsg(line);
    if (!record) continue;
    check_lines(record->text);
    const auto kill = log.take(*record);
    if (!kill) continue;
    check(kill->pid > 0 && kill->largest.size() <= kOomLargest);
    check(kill->comm == printable_utf8(kill->comm));
    for (std::size_t i = 1; i < kill->largest.size(); ++i) {
      check(kill->largest[i - 1].resident_bytes >= kill->largest[i].resident_bytes);
    }
  }
  return 0;
}
