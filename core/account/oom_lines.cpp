// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_lines.h"

#include <limits>
#include <tuple>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::string_view::size_type kNone = std::string_view::npos;

// Takes `begin` off the front of `text`; false when it is not there.
bool take(std::string_view& text, std::string_view begin) {
  if (!text.starts_with(begin)) return false;
  text.remove_prefix(begin.size());
  return true;
}

// The number at the end of `text`, behind the last `key`; both are taken off.
template <class Number>
std::optional<Number> take_last(std::string_view& text, std::string_view key) {
  const auto at = text.rfind(key);
  if (at == kNone) return std::nullopt;
  const auto number = to_number<Number>(text.substr(at + key.size()));
  if (number) text = text.substr(0, at);
  return number;
}

bool lies_in(std::string_view inner, std::string_view outer) {
  if (outer == "/") return inner.starts_with('/');
  return inner == outer || (inner.starts_with(outer) && inner[outer.size()] == '/');
}

// Two cgroup paths with `between` in the middle, which may be part of either: that cut after which
// `inner` lies in `outer`. first: what stands before it.
std::optional<std::pair<std::string_view, std::string_view>> cut_paths(std::string_view text,
                                                                       std::string_view between,
                                                                       bool outer_first) {
  for (auto at = text.find(between); at != kNone; at = text.find(between, at + 1)) {
    const auto first = text.substr(0, at);
    const auto second = text.substr(at + between.size());
    if (!first.starts_with('/') || !second.starts_with('/')) continue;
    if (outer_first ? lies_in(second, first) : lies_in(first, second)) return {{first, second}};
  }
  return std::nullopt;
}

bool is_reason(std::string_view text) {
  return text == "Out of memory" || text == "Memory cgroup out of memory" ||
         text == "Out of memory (oom_kill_allocating_task)";
}

std::optional<std::uint64_t> kilobytes(std::string_view text) {
  constexpr std::uint64_t kUnit = 1024;
  if (!text.ends_with("kB")) return std::nullopt;
  text.remove_suffix(2);
  const auto value = to_number<std::uint64_t>(text);
  if (!value || *value > std::numeric_limits<std::int64_t>::max() / kUnit) return std::nullopt;
  return *value * kUnit;
}

void read_field(std::string_view key, std::string_view value, OomKilledLine& out) {
  if (key == "total-vm") out.virtual_bytes = kilobytes(value).value_or(0);
  if (key == "anon-rss") out.anonymous_bytes = kilobytes(value).value_or(0);
  if (key == "file-rss") out.file_bytes = kilobytes(value).value_or(0);
  if (key == "shmem-rss") out.shared_bytes = kilobytes(value).value_or(0);
  if (key == "UID") out.uid = to_number<std::uint32_t>(value);
  if (key == "oom_score_adj") out.oom_score_adj = to_number<std::int32_t>(value);
}

// "12023 (cc1plus)", with some distributions "12023 (cc1plus), UID 1000,".
bool read_victim(std::string_view text, OomKilledLine& out) {
  if (text.ends_with(',')) {
    text.remove_suffix(1);
    if (auto uid = take_last<std::uint32_t>(text, ", UID ")) out.uid = uid;
  }
  const auto open = text.find(" (");
  if (open == kNone || !text.ends_with(')') || text.size() < open + 3) return false;
  const auto pid = to_number<std::int32_t>(text.substr(0, open));
  if (!pid || *pid <= 0) return false;
  out.pid = *pid;
  out.comm = text.substr(open + 2, text.size() - open - 3);
  return true;
}

// Where ",task=" and the name after it begin. Before 5.3 the process that died may be a child of
// the one that the line names; then the last one is as good as it gets.
std::size_t find_task(std::string_view text, std::string_view comm) {
  constexpr std::string_view kTask = ",task=";
  if (text.ends_with(comm)) {
    const auto before = text.substr(0, text.size() - comm.size());
    if (before.ends_with(kTask)) return before.size() - kTask.size();
  }
  return text.rfind(kTask);
}

}  // namespace

std::optional<OomKilledLine> parse_killed_line(std::string_view text) {
  constexpr std::string_view kKilled = "Killed process ";
  OomKilledLine out;
  const auto at = text.find(kKilled);
  if (at == kNone) return std::nullopt;
  if (at > 0) {
    std::string_view reason = text.substr(0, at);
    if (!reason.ends_with(": ")) return std::nullopt;
    reason.remove_suffix(2);
    if (!is_reason(reason)) return std::nullopt;
    out.reason = reason;
  }
  text.remove_prefix(at + kKilled.size());
  const auto sizes = text.rfind(" total-vm:");  // the last one: a comm may hold another
  if (sizes == kNone || !read_victim(text.substr(0, sizes), out)) return std::nullopt;
  std::string_view fields = text.substr(sizes);
  for (auto word = next_word(fields); !word.empty(); word = next_word(fields)) {
    if (word.ends_with(',')) word.remove_suffix(1);
    const auto colon = word.find(':');
    if (colon != kNone) read_field(word.substr(0, colon), word.substr(colon + 1), out);
  }
  return out;
}

std::optional<OomSummaryLine> parse_summary_line(std::string_view text, std::string_view comm) {
  OomSummaryLine out;
  if (!take(text, "oom-kill:constraint=")) return std::nullopt;
  const auto uid = take_last<std::uint32_t>(text, ",uid=");
  const auto pid = uid ? take_last<std::int32_t>(text, ",pid=") : std::nullopt;
  if (!pid || *pid <= 0) return std::nullopt;
  out.uid = *uid;
  out.pid = *pid;
  const auto task = find_task(text, comm);
  if (task == kNone) return std::nullopt;
  text = text.substr(0, task);
  // The name of the cpuset comes before and has no slash, so what begins with one is the kernel's.
  constexpr std::string_view kHost = ",global_oom,task_memcg=/";
  constexpr std::string_view kLimit = ",oom_memcg=/";
  const auto host = text.find(kHost);
  const auto limit = text.find(kLimit);
  if (host < limit) {
    out.victim_cgroup = text.substr(host + kHost.size() - 1);
  } else if (limit != kNone) {
    const auto paths = cut_paths(text.substr(limit + kLimit.size() - 1), ",task_memcg=", true);
    if (!paths) return std::nullopt;
    std::tie(out.limit_cgroup, out.victim_cgroup) = *paths;
  }
  return out;
}

std::optional<OomLimitLine> parse_limit_line(std::string_view text) {
  if (!take(text, "Task in ")) return std::nullopt;
  const auto paths = cut_paths(text, " killed as a result of limit of ", false);
  if (!paths) return std::nullopt;
  return OomLimitLine{paths->first, paths->second};
}

std::optional<std::string_view> parse_group_line(std::string_view text) {
  constexpr std::string_view kEnd = " are going to be killed due to memory.oom.group set";
  if (!take(text, "Tasks in /") || !text.ends_with(kEnd)) return std::nullopt;
  // The slash that was taken belongs to the path.
  return std::string_view(text.data() - 1, text.size() - kEnd.size() + 1);
}

std::optional<std::string_view> parse_announcing_line(std::string_view text) {
  const auto at = text.find(": Kill process ");
  if (at == kNone || !is_reason(text.substr(0, at))) return std::nullopt;
  return text.substr(0, at);
}

}  // namespace perfwatch
