// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/process_leaks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr Metric kMetric{kProcessMemory,
                         MetricType::gauge,
                         "Anonymous memory of one process; only rules see it.",
                         {"comm", "group", "pid"}};

std::string_view group_of(const ProcessTable& table, const ProcessView& process) {
  if (process.group >= table.groups.size()) return {};
  return table.groups[process.group].name;
}

}  // namespace

void ProcessLeaks::judge(const Frame& frame, const SeriesFilter& filter, double room,
                         std::vector<Finding>& findings) {
  const auto sweep = std::find_if(frame.blocks.begin(), frame.blocks.end(), [](const auto& block) {
    return block->collector == "processes";
  });
  if (frame.processes && sweep != frame.blocks.end() && (*sweep)->taken.monotonic > last_taken_) {
    take(*frame.processes, (*sweep)->taken, filter, room);
  }
  report(frame.at.monotonic, findings);
}

Series ProcessLeaks::example() { return {&kMetric, {}, {"", "", ""}}; }

void ProcessLeaks::take(const ProcessTable& table, Instant taken, const SeriesFilter& filter,
                        double room) {
  last_taken_ = taken.monotonic;
  for (const ProcessView& process : table.processes) {
    if (process.anonymous_bytes < kWorthWatching / 2) continue;  // of thousands nearly all
    const auto known = watched_.find(process.key);
    if (known == watched_.end() && process.anonymous_bytes < kWorthWatching) continue;
    Watched* watched = known != watched_.end() ? &known->second : watch(table, process, filter);
    if (watched == nullptr) continue;
    name(*watched, table, process, filter);
    watched->seen = taken.monotonic;
    watched->anonymous_bytes = process.anonymous_bytes;
    const double judged = watched->judge->see(taken, static_cast<double>(process.anonymous_bytes),
                                              {static_cast<double>(process.resident_bytes), room});
    watched->leaked = watched->leaked || judged > 0;
  }
}

// Process names are bytes; labels are text. A process may change both its name and its group.
void ProcessLeaks::name(Watched& watched, const ProcessTable& table, const ProcessView& process,
                        const SeriesFilter& filter) {
  const std::string_view group = group_of(table, process);
  if (!watched.subject.empty() && watched.comm == process.comm && watched.group == group) return;
  const Labels before = std::move(watched.subject);
  watched.comm = process.comm;
  watched.group = group;
  const Series series{
      &kMetric,
      {},
      {printable_utf8(view(process.comm)), watched.group, std::to_string(process.key.pid)}};
  watched.subject = subject_of(series);
  const bool was_meant = std::exchange(watched.meant, filter(series));
  const bool told = watched.leaked && was_meant && !before.empty();
  if (told && (before != watched.subject || !watched.meant)) {
    farewells_.push_back({before, last_taken_});
  }
}

// It is over, for who may have heard that it leaks.
void ProcessLeaks::part(const Watched& watched) {
  if (watched.leaked && watched.meant) farewells_.push_back({watched.subject, last_taken_});
}

ProcessLeaks::Watched* ProcessLeaks::watch(const ProcessTable& table, const ProcessView& process,
                                           const SeriesFilter& filter) {
  Watched made;
  name(made, table, process, filter);
  if (!made.meant) return nullptr;
  if (watched_.size() >= kMost && !make_room(process.anonymous_bytes)) {
    ++limited_;
    return nullptr;
  }
  made.judge = make_judge(rule_, no_history_, {});
  return &(watched_[process.key] = std::move(made));
}

bool ProcessLeaks::make_room(std::uint64_t newcomer_bytes) {
  auto smallest = watched_.end();
  for (auto entry = watched_.begin(); entry != watched_.end(); ++entry) {
    if (entry->second.leaked) continue;
    if (smallest == watched_.end() ||
        entry->second.anonymous_bytes < smallest->second.anonymous_bytes) {
      smallest = entry;
    }
  }
  if (smallest == watched_.end()) return false;
  if (smallest->second.anonymous_bytes > newcomer_bytes / 2) return false;
  watched_.erase(smallest);
  return true;
}

void ProcessLeaks::adopt(ProcessLeaks&& before) {
  watched_ = std::move(before.watched_);
  farewells_ = std::move(before.farewells_);
  last_taken_ = before.last_taken_;
  limited_ += before.limited_;
  for (auto& [key, watched] : watched_) watched.group.append(1, '\0');  // asks the filter anew
}

void ProcessLeaks::report(std::chrono::steady_clock::time_point now,
                          std::vector<Finding>& findings) {
  std::erase_if(watched_, [&](const auto& entry) {
    const Watched& watched = entry.second;
    if (watched.meant && watched.seen == last_taken_) return false;
    if (watched.seen != last_taken_) part(watched);
    return true;
  });
  std::erase_if(farewells_, [&](const auto& one) { return now - one.since > kFarewell; });
  for (const auto& [key, watched] : watched_) {
    if (!watched.leaked) continue;
    const double judged = watched.judge->judged();
    findings.push_back({rule_.name, watched.subject, level_of(rule_, judged),
                        is_absent(judged) ? 0 : judged, watched.judge.get()});
  }
  for (const auto& [subject, since] : farewells_) {
    findings.push_back({rule_.name, subject, Level::cleared, 0, nullptr, true});
  }
}

}  // namespace perfwatch
