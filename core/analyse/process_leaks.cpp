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

// Process names are bytes; labels are text.
Series series_of(const ProcessTable& table, const ProcessView& process) {
  const std::string group =
      process.group < table.groups.size() ? table.groups[process.group].name : std::string();
  return {
      &kMetric, {}, {printable_utf8(view(process.comm)), group, std::to_string(process.key.pid)}};
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

void ProcessLeaks::take(const ProcessTable& table, Instant taken, const SeriesFilter& filter,
                        double room) {
  last_taken_ = taken.monotonic;
  for (const ProcessView& process : table.processes) {
    if (process.anonymous_bytes < kWorthWatching / 2) continue;  // of thousands nearly all
    const auto known = watched_.find(process.key);
    if (known == watched_.end() && process.anonymous_bytes < kWorthWatching) continue;
    Watched* watched = known != watched_.end() ? &known->second : watch(table, process, filter);
    if (watched == nullptr) continue;
    watched->seen = taken.monotonic;
    watched->anonymous_bytes = process.anonymous_bytes;
    const double judged = watched->judge->see(taken, static_cast<double>(process.anonymous_bytes),
                                              {static_cast<double>(process.resident_bytes), room});
    watched->leaked = watched->leaked || judged > 0;
  }
}

ProcessLeaks::Watched* ProcessLeaks::watch(const ProcessTable& table, const ProcessView& process,
                                           const SeriesFilter& filter) {
  const Series series = series_of(table, process);
  if (!filter(series)) return nullptr;
  if (watched_.size() >= kMost && !make_room(process.anonymous_bytes)) {
    ++limited_;
    return nullptr;
  }
  Watched& made = watched_[process.key];
  made.judge = make_judge(rule_, no_history_, {});
  made.subject = subject_of(series);
  return &made;
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
  last_taken_ = before.last_taken_;
  limited_ += before.limited_;
}

void ProcessLeaks::report(std::chrono::steady_clock::time_point now,
                          std::vector<Finding>& findings) {
  std::erase_if(watched_, [&](const auto& entry) {
    const Watched& watched = entry.second;
    if (watched.seen == last_taken_) return false;
    return !watched.leaked || now - watched.seen > kFarewell;
  });
  for (const auto& [key, watched] : watched_) {
    if (!watched.leaked) continue;
    const bool ended = watched.seen < last_taken_;
    const double judged = ended ? 0 : watched.judge->judged();
    Finding finding{rule_.name, watched.subject, level_of(rule_, judged),
                    is_absent(judged) ? 0 : judged, watched.judge.get()};
    findings.push_back(std::move(finding));
  }
}

}  // namespace perfwatch
