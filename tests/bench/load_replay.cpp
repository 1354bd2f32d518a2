// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load_replay.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analyse/change_meter.h"
#include "core/analyse/interval.h"

namespace perfwatch::bench {
namespace {

constexpr double kTriggerStall = 0.15;  // of a second
constexpr double kExecBurst = 100;      // forks in a second
constexpr std::size_t kLookEvery = kSecond / 2;

class Adaptive {
 public:
  Adaptive(const Sums& sums, const AllBounds& bounds, Wakes wakes)
      : sums_(sums), bounds_(bounds), wakes_(wakes) {}

  std::vector<Sample> run() {
    double due = kSecond;
    std::size_t last = 0;
    for (std::size_t step = kSecond; step <= sums_.size(); ++step) {
      const auto now = time_of(step);
      if (woken(step, now)) {
        due = std::min(due, static_cast<double>(last) + steps_of(interval_.interval()));
      }
      if (static_cast<double>(step) < due) continue;
      samples_.push_back({last, step, sums_.mean(last, step)});
      interval_.next(found());
      wake_for_rules(now);
      due = static_cast<double>(step) + steps_of(interval_.interval());
      last = step;
    }
    return std::move(samples_);
  }

 private:
  static AdaptiveInterval::Time time_of(std::size_t step) {
    return std::chrono::milliseconds(100) * static_cast<std::int64_t>(step);
  }
  static double steps_of(std::chrono::nanoseconds interval) {
    return std::chrono::duration<double>(interval).count() / LoadTrace::kStep;
  }

  // A PSI trigger fires once in its window (docs.kernel.org/accounting/psi.html).
  bool triggered(std::size_t step, double stall_ratio, std::size_t& fired) const {
    if (!wakes_.pressure || stall_ratio < kTriggerStall) return false;
    if (fired > 0 && step - fired < kSecond) return false;
    fired = step;
    return true;
  }

  // A second trigger for each resource, where its rule is raised: the first one has been firing
  // for long when a stall that goes on gets worse.
  bool at_the_bound_of_a_rule(const Values& second) const {
    return wakes_.pressure && (second[kCpuStall] >= bounds_[kCpuStall].raise ||
                               second[kMemoryStall] >= bounds_[kMemoryStall].raise);
  }

  // What a look costs next to nothing for is held against the rules; what they know is no news.
  bool rule_at_a_look(std::size_t step) const {
    if (!wakes_.look || step % kLookEvery != 0) return false;
    const Values look = sums_.mean(step - kLookEvery, step);
    return (look[kCpu] >= bounds_[kCpu].raise && !raised_[kCpu]) ||
           (look[kMemory] >= bounds_[kMemory].raise && !raised_[kMemory]);
  }

  bool woken(std::size_t step, AdaptiveInterval::Time now) {
    const Values second = sums_.last_second(step);
    bool woken = false;
    if (triggered(step, second[kCpuStall], cpu_fired_))
      woken |= interval_.wake(WakeSource::cpu_pressure, now);
    if (triggered(step, second[kMemoryStall], memory_fired_))
      woken |= interval_.wake(WakeSource::memory_pressure, now);
    if (at_the_bound_of_a_rule(second)) woken |= interval_.wake(WakeSource::rule, now);
    if (wakes_.execs && sums_.forks_of_last_second(step) >= kExecBurst)
      woken |= interval_.wake(WakeSource::execs, now);
    if (rule_at_a_look(step)) woken |= interval_.wake(WakeSource::look, now);
    return woken;
  }

  Activity found() {
    const Values& now = samples_.back().values;
    const std::array<WatchedValue, kSignals> watched = {{{now[kCpu], 0.05},
                                                         {now[kMemory], 0.005},
                                                         {now[kCpuStall], 0.05},
                                                         {now[kMemoryStall], 0.05}}};
    return {.change = meter_.add(watched),
            .busy_ratio = now[kCpu],
            .seconds_to_limit = seconds_to_limit()};
  }

  // Of what has risen in three rounds in a row.
  double seconds_to_limit() const {
    double least = kAbsent;
    if (samples_.size() < 4) return least;
    const Sample* last = &samples_.back();
    for (std::size_t i = 0; i < kSignals; ++i) {
      const auto value = [&](int back) { return (last - back)->values[i]; };
      const double left = bounds_[i].raise - value(0);
      if (left <= 0 || !(value(0) > value(1) && value(1) > value(2) && value(2) > value(3)))
        continue;
      const double seconds = static_cast<double>(last->step - (last - 3)->step) * LoadTrace::kStep;
      least = std::fmin(least, left / (value(0) - value(3)) * seconds);
    }
    return least;
  }

  // A rule that begins to be pending wakes.
  void wake_for_rules(AdaptiveInterval::Time now) {
    for (std::size_t i = 0; i < kSignals; ++i) {
      const double value = samples_.back().values[i];
      if (value >= bounds_[i].raise && !std::exchange(raised_[i], true))
        static_cast<void>(interval_.wake(WakeSource::rule, now));
      if (value < bounds_[i].clear) raised_[i] = false;
    }
  }

  const Sums& sums_;
  const AllBounds& bounds_;
  Wakes wakes_;
  AdaptiveInterval interval_{kHostIntervals};
  ChangeMeter meter_;
  std::vector<Sample> samples_;
  std::array<bool, kSignals> raised_{};
  std::size_t cpu_fired_ = 0;
  std::size_t memory_fired_ = 0;
};

}  // namespace

Sums::Sums(const LoadTrace& trace) : trace_(trace), sums_(1) {
  sums_.reserve(trace.steps.size() + 1);
  for (const auto& step : trace.steps) {
    LoadStep next = sums_.back();
    next.busy += step.busy;
    next.all += step.all;
    next.cpu_stall += step.cpu_stall;
    next.memory_stall += step.memory_stall;
    next.forks += step.forks;
    sums_.push_back(next);
  }
}

Values Sums::mean(std::size_t from, std::size_t to) const {
  const LoadStep& a = sums_[from];
  const LoadStep& b = sums_[to];
  const double seconds = static_cast<double>(to - from) * LoadTrace::kStep;
  return {b.all > a.all ? (b.busy - a.busy) / (b.all - a.all) : 0, used(to),
          (b.cpu_stall - a.cpu_stall) / seconds, (b.memory_stall - a.memory_stall) / seconds};
}

double Sums::forks_of_last_second(std::size_t to) const {
  return sums_[to].forks - sums_[to - kSecond].forks;
}

double Sums::used(std::size_t to) const {
  return 1 - trace_.steps[to - 1].available_bytes / trace_.total_bytes;
}

std::vector<Sample> sample_fixed(const Sums& sums, double seconds) {
  std::vector<Sample> samples;
  std::size_t before = 0;
  for (double due = kSecond; due <= static_cast<double>(sums.size()); due += seconds * kSecond) {
    const auto step = static_cast<std::size_t>(due);
    samples.push_back({before, step, sums.mean(before, step)});
    before = step;
  }
  return samples;
}

std::vector<Sample> sample_adaptively(const Sums& sums, const AllBounds& bounds, Wakes wakes) {
  return Adaptive(sums, bounds, wakes).run();
}

}  // namespace perfwatch::bench
