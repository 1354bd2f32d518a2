// SPDX-License-Identifier: Apache-2.0
#include "core/account/exit_log.h"

#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace perfwatch {
namespace {

using std::chrono::minutes;

// 30,000 years: what is more, negative or NaN is no time that a process spent.
constexpr double kMostSeconds = 1e12;

double sound(double seconds) { return seconds > 0 && seconds < kMostSeconds ? seconds : 0; }

void count_status(ExitKind& kind, std::optional<int> wait_status) {
  if (!wait_status) return;
  if (WIFSIGNALED(*wait_status)) {
    ++kind.signalled;
  } else if (WIFEXITED(*wait_status) && WEXITSTATUS(*wait_status) != 0) {
    ++kind.failed;
  }
}

// The counters of one process, or of `count` together.
void count_usage(ExitKind& kind, const ProcessRecord& usage, std::uint64_t count) {
  kind.count += count;
  kind.user_seconds += sound(usage.user_seconds);
  kind.system_seconds += sound(usage.system_seconds);
  if (!usage.read_bytes && !usage.written_bytes) return;
  kind.read_bytes += usage.read_bytes.value_or(0);
  kind.written_bytes += usage.written_bytes.value_or(0);
  kind.io_known += count;
}

}  // namespace

void ExitLog::add(const ProcessExit& exit, std::string_view group, Instant now) {
  turn_to(now.wall);
  ExitKind& kind = kinds_.at(exit.last.comm, group);
  count_usage(kind, exit.last, 1);
  count_status(kind, exit.wait_status);
  if (exit.lived_seconds) {
    kind.lived_seconds += sound(*exit.lived_seconds);
    ++kind.lived_known;
  }
  if (exit.peak_resident_bytes) {
    kind.largest_peak_bytes = std::max(kind.largest_peak_bytes, *exit.peak_resident_bytes);
    kind.peak_bytes_sum += *exit.peak_resident_bytes;
    ++kind.peak_known;
  }
  remember(exit, group, now.wall);
  current_.reset();
  table_.reset();
}

void ExitLog::add(const ExitSummary& summary, std::string_view group, Instant now) {
  if (summary.count == 0) return;
  turn_to(now.wall);
  ExitKind& kind = kinds_.at(summary.sum.comm, group);
  count_usage(kind, summary.sum, summary.count);
  kind.failed += summary.failed;
  kind.lived_seconds += sound(summary.lived_seconds);
  kind.lived_known += summary.count;
  // The largest of all is known, the mean is not.
  kind.largest_peak_bytes = std::max(kind.largest_peak_bytes, summary.largest_peak_bytes);
  current_.reset();
  table_.reset();
}

void ExitLog::missed(Instant now) {
  turn_to(now.wall);
  missed_ = now.wall;
  table_.reset();
}

void ExitLog::remember(const ProcessExit& exit, std::string_view group, Wall now) {
  if (recent_.capacity() < kRecent) recent_.reserve(kRecent);
  const bool full = recent_.size() == kRecent;
  RecentExit& place = full ? recent_[oldest_] : recent_.emplace_back();
  if (full) oldest_ = (oldest_ + 1) % kRecent;
  place.key = exit.last.key;
  place.parent = exit.last.parent;
  place.uid = exit.last.uid;
  place.comm = exit.last.comm;
  place.group = group;
  place.seen = now;
  place.cpu_seconds = sound(exit.last.user_seconds) + sound(exit.last.system_seconds);
  place.peak_resident_bytes = exit.peak_resident_bytes;
  place.wait_status = exit.wait_status;
  place.lived_seconds = exit.lived_seconds;
}

std::shared_ptr<const ExitMinute> ExitLog::current() {
  if (!current_ && !kinds_.all().empty()) {
    current_ = std::make_shared<const ExitMinute>(ExitMinute{minute_, kinds_.all()});
  }
  return current_;
}

void ExitLog::turn_to(Wall now) {
  if (now >= minute_ && now < minute_ + minutes(1)) return;
  const Wall minute = std::chrono::floor<minutes>(now);
  if (!began_) {
    began_ = true;
    since_ = now;
    minute_ = minute;
    return;
  }
  if (minute < minute_) {
    // The clock was set back. By a moment: this minute goes on. By more: all is as long ago as it
    // was before.
    const auto back = std::chrono::duration_cast<minutes>(minute_ - minute);
    if (back > minutes(1)) shift(-back);
    return;
  }
  close_minute();
  minute_ = minute;
  const auto too_old = [&](const auto& closed) { return closed->start < minute_ - kKept; };
  closed_.erase(closed_.begin(), std::find_if_not(closed_.begin(), closed_.end(), too_old));
  table_.reset();
}

void ExitLog::close_minute() {
  if (auto last = current()) closed_.push_back(std::move(last));
  current_.reset();
  kinds_.clear();
}

void ExitLog::shift(minutes by) {
  for (auto& closed : closed_) {
    auto moved = std::make_shared<ExitMinute>(*closed);
    moved->start += by;
    closed = std::move(moved);
  }
  since_ += by;
  if (missed_ != Wall{}) missed_ += by;
  minute_ += by;
  current_.reset();
  table_.reset();
}

std::shared_ptr<const ExitTable> ExitLog::table(Instant now) {
  turn_to(now.wall);
  if (table_) return table_;
  auto table = std::make_shared<ExitTable>();
  table->since = since_;
  table->missed = missed_;
  table->minutes = closed_;
  if (auto last = current()) table->minutes.push_back(std::move(last));
  table->recent.reserve(recent_.size());
  const auto oldest = recent_.begin() + static_cast<std::ptrdiff_t>(oldest_);
  table->recent.insert(table->recent.end(), oldest, recent_.end());
  table->recent.insert(table->recent.end(), recent_.begin(), oldest);
  table->limited = kinds_.limited();
  table_ = std::move(table);
  return table_;
}

}  // namespace perfwatch
