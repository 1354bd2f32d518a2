// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_log.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kCommLimit = 15;  // TASK_COMM_LEN without its end
constexpr std::chrono::seconds kGroupKillTime{1};
constexpr std::size_t kLineLimit = 12288;  // two cgroup paths, and what stands around them

// A name of the host, safe to show.
std::string shown(std::string_view name) { return printable_utf8(name); }

bool starts_a_report(std::string_view text) {
  constexpr std::string_view kInvoked = " invoked oom-killer: ";
  return text.find(kInvoked) <= kCommLimit;  // npos is beyond it
}

bool is_table_header(std::string_view text) {
  return text.starts_with('[') && text.find(" total_vm ") != std::string_view::npos &&
         text.ends_with(" name");
}

std::uint64_t pages_to_bytes(std::uint64_t pages, std::uint64_t page_bytes) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  return pages > static_cast<std::uint64_t>(kMost) / page_bytes ? 0 : pages * page_bytes;
}

}  // namespace

std::optional<OomKill> OomLog::take(const KmsgRecord& record) {
  if (record.facility != 0) return std::nullopt;
  const std::string text = unescape_kmsg(record.text);
  if (start(text, record)) return std::nullopt;
  if (record.fragment) {
    go_on(text, record);
    return std::nullopt;
  }
  const auto killed = parse_killed_line(text);
  if (!killed) return std::nullopt;
  ++lines_;
  const bool again = shares_the_last(record) && killed->pid == last_.kill.pid;
  if (again) return std::nullopt;
  return finish(*killed, record);
}

// True when the line is one of those that come before "Killed process".
bool OomLog::start(std::string_view text, const KmsgRecord& record) {
  const auto open = [&](std::string& line) {
    line.assign(text.substr(0, kLineLimit));
    open_line_ = &line;
    open_caller_.assign(record.caller);
    return true;
  };
  if (starts_a_report(text)) {
    report_ = {};
    open_line_ = nullptr;
    return true;
  }
  if (text.starts_with("oom-kill:constraint=")) return open(report_.summary);
  if (text.starts_with("Task in ") || text.starts_with("Memory limit reached of cgroup ")) {
    return open(report_.limit_line);
  }
  if (is_table_header(text)) {
    read_header(text);
    return true;
  }
  if (report_.columns.count > 0 && text.starts_with('[')) {
    read_row(text);
    return true;
  }
  if (const auto group = parse_group_line(text)) {
    last_.group.assign(*group);
    last_.until = record.since_boot + kGroupKillTime;
    return true;
  }
  if (const auto reason = parse_announcing_line(text)) {
    report_.reason.assign(*reason);
    return true;
  }
  return false;
}

void OomLog::go_on(std::string_view text, const KmsgRecord& record) {
  if (open_line_ == nullptr || record.caller != open_caller_) return;
  open_line_->append(text.substr(0, kLineLimit - std::min(kLineLimit, open_line_->size())));
}

// "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
void OomLog::read_header(std::string_view text) {
  constexpr std::size_t kMostColumns = 32;
  report_.largest.clear();
  report_.columns = {};
  Columns columns;
  std::optional<std::size_t> tgid;
  std::optional<std::size_t> resident;
  text.remove_prefix(std::min(text.size(), text.find(']') + 1));
  for (auto word = next_word(text); !word.empty() && word != "name"; word = next_word(text)) {
    if (word == "tgid") tgid = columns.count;
    if (word == "rss") resident = columns.count;
    if (word == "swapents") columns.swapped = columns.count;
    if (++columns.count > kMostColumns) return;
  }
  if (!tgid || !resident) return;
  columns.tgid = *tgid;
  columns.resident = *resident;
  report_.columns = columns;
}

// "[  12023]     0 12023     7542     6696   106496        0             0 cc1plus"
void OomLog::read_row(std::string_view text) {
  const Columns& columns = report_.columns;
  OomProcess process;
  text.remove_prefix(std::min(text.size(), text.find(']') + 1));
  for (std::size_t i = 0; i < columns.count; ++i) {
    const auto value = to_number<std::int64_t>(next_word(text));
    if (!value) return;
    const auto pages = static_cast<std::uint64_t>(std::max<std::int64_t>(*value, 0));
    if (i == columns.tgid) {
      if (*value < 0 || *value > std::numeric_limits<std::int32_t>::max()) return;
      process.pid = static_cast<std::int32_t>(*value);
    }
    if (i == columns.resident) process.resident_bytes = pages_to_bytes(pages, page_bytes_);
    if (i == columns.swapped) process.swapped_bytes = pages_to_bytes(pages, page_bytes_);
  }
  if (text.empty()) return;
  // The kernel writes one blank; those after it belong to the name.
  process.comm = shown(text.substr(1, kCommLimit));
  auto& largest = report_.largest;
  const auto at = std::upper_bound(
      largest.begin(), largest.end(), process,
      [](const OomProcess& a, const OomProcess& b) { return a.resident_bytes > b.resident_bytes; });
  largest.insert(at, std::move(process));
  if (largest.size() > kOomLargest) largest.pop_back();
}

OomScope OomLog::scope_of(const OomKilledLine& line) const {
  const std::string_view reason = line.reason.empty() ? report_.reason : line.reason;
  if (reason.starts_with("Memory cgroup")) return OomScope::cgroup;
  if (!reason.empty()) return OomScope::host;
  if (report_.summary.empty() && report_.limit_line.empty()) return OomScope::unknown;
  const bool cgroup = report_.summary.starts_with("oom-kill:constraint=CONSTRAINT_MEMCG") ||
                      !report_.limit_line.empty();
  return cgroup ? OomScope::cgroup : OomScope::host;
}

bool OomLog::shares_the_last(const KmsgRecord& record) const {
  return !last_.group.empty() && record.since_boot <= last_.until && !report_.told();
}

// The cgroups, from whichever line told them.
void OomLog::place(OomKill& kill, const OomKilledLine& line) const {
  if (const auto summary = parse_summary_line(report_.summary, line.comm)) {
    kill.victim_cgroup = shown(summary->victim_cgroup);
    kill.limit_cgroup = shown(summary->limit_cgroup);
    if (!kill.uid) kill.uid = summary->uid;
  } else if (const auto limit = parse_limit_line(report_.limit_line)) {
    kill.victim_cgroup = shown(limit->victim_cgroup);
    kill.limit_cgroup = shown(limit->limit_cgroup);
  }
}

OomKill OomLog::finish(const OomKilledLine& line, const KmsgRecord& record) {
  OomKill kill;
  kill.sequence = record.sequence;
  kill.pid = line.pid;
  kill.comm = shown(line.comm);
  kill.uid = line.uid;
  kill.virtual_bytes = line.virtual_bytes;
  kill.anonymous_bytes = line.anonymous_bytes;
  kill.file_bytes = line.file_bytes;
  kill.shared_bytes = line.shared_bytes;
  kill.oom_score_adj = line.oom_score_adj;
  if (shares_the_last(record)) {
    kill.scope = last_.kill.scope;
    kill.victim_cgroup = shown(last_.group);
    kill.limit_cgroup = last_.kill.limit_cgroup;
    kill.largest = last_.kill.largest;
    return kill;
  }
  kill.scope = scope_of(line);
  kill.largest = std::move(report_.largest);
  place(kill, line);
  last_ = {{}, {}, kill};
  // The next kill has a report of its own, or (the kernel limits how much it says) none.
  report_ = {};
  open_line_ = nullptr;
  return kill;
}

}  // namespace perfwatch
