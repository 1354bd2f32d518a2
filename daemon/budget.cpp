// SPDX-License-Identifier: Apache-2.0
#include "daemon/budget.h"

#include <fmt/format.h>

#include <algorithm>

namespace perfwatch {
namespace {

using std::chrono::minutes;

// A level that is climbed again within this time after it was left was left too early.
constexpr minutes kRelapse{10};
constexpr minutes kMostPatience{60};
constexpr std::chrono::seconds kSpacing{1};
constexpr double kWholeMinute = 60;

double seconds_between(BudgetLadder::Time from, BudgetLadder::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

double mebibytes(double bytes) { return bytes / (1024.0 * 1024.0); }

}  // namespace

void BudgetLadder::climb(Time now) {
  if (at_top()) return;
  const bool relapse = came_down_ && changed_ && now - *changed_ < kRelapse;
  if (relapse) {
    patience_ = std::min(patience_ * 2, kMostPatience);
  } else if (level_ == 0) {
    patience_ = minutes(1);
  }
  ++level_;
  came_down_ = false;
  changed_ = now;
}

void BudgetLadder::descend(Time now) {
  if (level_ == 0) return;
  --level_;
  came_down_ = true;
  changed_ = now;
}

bool BudgetLadder::may_descend(Time now) const {
  return level_ > 0 && changed_ && now - *changed_ >= patience_;
}

BudgetGovernor::BudgetGovernor(BudgetLimits limits) { state_.limits = limits; }

void BudgetGovernor::set_limits(BudgetLimits limits) {
  if (limits != state_.limits) *this = BudgetGovernor(limits);
}

unsigned BudgetGovernor::stretch() const { return 1U << std::min(cpu_.level(), kLongestIntervals); }

bool BudgetGovernor::pauses() const { return cpu_.level() >= kPaused || memory_.level() > 0; }

void BudgetGovernor::remember(Time now, double cpu_seconds) {
  // The newest is always kept; of the others one a second is enough.
  if (points_.size() >= 2 && points_.back().at - points_[points_.size() - 2].at < kSpacing) {
    points_.pop_back();
  }
  points_.push_back({now, cpu_seconds});
  while (points_.size() > 2 && points_[1].at <= now - kWindow) points_.pop_front();
}

BudgetGovernor::Span BudgetGovernor::since(Time from) const {
  const auto later = std::find_if(points_.begin(), points_.end(),
                                  [&](const Point& point) { return point.at > from; });
  const Point& begin = later == points_.begin() ? points_.front() : *(later - 1);
  const Point& end = points_.back();
  return {std::max(0.0, end.cpu_seconds - begin.cpu_seconds), seconds_between(begin.at, end.at)};
}

BudgetGovernor::Verdict BudgetGovernor::feed(Time now, const OwnUse& use) {
  Verdict verdict;
  const bool first = points_.empty();
  const double passed = first ? 0 : seconds_between(points_.back().at, now);
  if (first) judged_from_ = {now, use.cpu_seconds};
  remember(now, use.cpu_seconds);
  state_.resident_bytes = use.resident_bytes;
  const Span minute = since(now - kWindow);
  if (minute.seconds > 0) state_.cpu_ratio = minute.used / minute.seconds;
  // What the minute may cost, used up: before the minute is over too.
  const double allowed = state_.limits.cpu_ratio * std::max(minute.seconds, kWholeMinute);
  if (minute.used > allowed) verdict.cpu_exceeded = passed;

  const unsigned cpu = cpu_.level();
  const unsigned memory = memory_.level();
  judge_cpu(now);
  judge_memory(now, verdict);
  if (memory_over_since_)
    verdict.memory_exceeded = std::min(passed, seconds_between(*memory_over_since_, now));
  verdict.changed = cpu != cpu_.level() || memory != memory_.level();
  if (verdict.changed) explain();
  return verdict;
}

void BudgetGovernor::judge_cpu(Time now) {
  const Point& newest = points_.back();
  Span span{newest.cpu_seconds - judged_from_.cpu_seconds, seconds_between(judged_from_.at, now)};
  if (now - judged_from_.at > kWindow) span = since(now - kWindow);
  const double allowed = state_.limits.cpu_ratio * std::max(span.seconds, kWholeMinute);
  const unsigned before = cpu_.level();
  if (span.used > allowed) {
    cpu_.climb(now);
  } else if (cpu_.may_descend(now) && span.used < kWellBelow * allowed) {
    cpu_.descend(now);
  }
  if (cpu_.level() != before) judged_from_ = newest;
}

void BudgetGovernor::judge_memory(Time now, Verdict& verdict) {
  const double limit = static_cast<double>(state_.limits.memory_bytes);
  if (!state_.resident_bytes) return;
  const double held = *state_.resident_bytes;
  if (held <= limit) {
    memory_over_since_.reset();
    if (memory_.may_descend(now) && held < kWellBelowMemory * limit) memory_.descend(now);
    return;
  }
  if (!memory_over_since_) memory_over_since_ = now;
  if (!gave_back_ || now - *gave_back_ >= kWindow) {
    gave_back_ = now;
    verdict.give_back = true;
  }
  if (now - *memory_over_since_ >= kWindow) memory_.climb(now);
}

void BudgetGovernor::explain() {
  state_.cpu_level = cpu_.level();
  state_.memory_level = memory_.level();
  state_.reason.clear();
  if (cpu_.level() > 0) {
    state_.reason = fmt::format(
        "perfwatchd used more than {:.4g} % of a core, so intervals are {} times as long{}",
        state_.limits.cpu_ratio * 100, stretch(),
        cpu_.level() >= kPaused ? " and optional collectors are paused" : "");
  }
  if (memory_.level() > 0) {
    if (!state_.reason.empty()) state_.reason += "; ";
    state_.reason +=
        fmt::format("it holds more than {:.4g} MiB of memory, so optional collectors are paused",
                    mebibytes(static_cast<double>(state_.limits.memory_bytes)));
  }
}

}  // namespace perfwatch
