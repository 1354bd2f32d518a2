// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include "core/model/budget.h"

namespace perfwatch {

// What the daemon has used, at one instant.
struct OwnUse {
  double cpu_seconds = 0;                // since its start
  std::optional<double> resident_bytes;  // nullopt: could not be read
};

// A level that is climbed at once and left step by step, later each time that it did not last: what
// was given back too early is taken again, and costs a line in the log each time.
class BudgetLadder {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit BudgetLadder(unsigned top) : top_(top) {}
  [[nodiscard]] unsigned level() const { return level_; }
  [[nodiscard]] bool at_top() const { return level_ == top_; }
  // When it was last climbed or left.
  [[nodiscard]] std::optional<Time> changed() const { return changed_; }
  void climb(Time now);
  void descend(Time now);
  // It has stood long enough to try one step down.
  [[nodiscard]] bool may_descend(Time now) const;

 private:
  unsigned top_;
  unsigned level_ = 0;
  bool came_down_ = false;
  std::optional<Time> changed_;
  std::chrono::minutes patience_{1};
};

// Keeps perfwatchd to its budget. Pure: no clock, no files; it is fed, and says what to do.
//
// CPU: over the budget is who has used in the last minute, or since the last change of level where
// that is later, more than the whole minute may cost. So a burst counts as soon as it has used the
// minute up, and a short one that does not is none. A level up; down again when the last minute
// took less than kWellBelow of the budget, so that twice as often still fits.
// Memory: over it for a minute, although memory was given back meanwhile, is a level up.
class BudgetGovernor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::minutes kWindow{1};
  static constexpr double kWellBelow = 0.4;
  static constexpr double kWellBelowMemory = 0.9;
  static constexpr unsigned kLongestIntervals = 3;  // level: 2^3 times as long
  static constexpr unsigned kPaused = 4;            // level

  explicit BudgetGovernor(BudgetLimits limits);
  // Other limits begin afresh, with all as configured; the same ones change nothing.
  void set_limits(BudgetLimits limits);

  struct Verdict {
    bool changed = false;     // a level, or why
    bool give_back = false;   // free what can be freed, at most once a minute
    double cpu_exceeded = 0;  // seconds since the last call in which the minute was over the budget
    double memory_exceeded = 0;
  };
  // `now` never goes back. The first call is where counting begins: what the start has cost is over
  // by then.
  Verdict feed(Time now, const OwnUse& use);

  [[nodiscard]] const BudgetState& state() const { return state_; }
  // Intervals are so many times as long.
  [[nodiscard]] unsigned stretch() const;
  [[nodiscard]] bool pauses() const;

 private:
  struct Point {
    Time at;
    double cpu_seconds;
  };
  // Seconds of CPU and of the clock from the newest point at or before `from`, or the first.
  struct Span {
    double used = 0;
    double seconds = 0;
  };
  [[nodiscard]] Span since(Time from) const;
  void remember(Time now, double cpu_seconds);
  void judge_cpu(Time now);
  void judge_memory(Time now, Verdict& verdict);
  void explain();

  BudgetState state_;
  BudgetLadder cpu_{kPaused};
  BudgetLadder memory_{1};
  std::deque<Point> points_;  // of a bit more than a minute, at most one a second
  Point judged_from_{};       // the last change of level, or the first call
  std::optional<Time> memory_over_since_;
  std::optional<Time> gave_back_;
};

}  // namespace perfwatch
