// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load_replay.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "core/analyse/activity.h"
#include "core/analyse/host_look.h"
#include "core/analyse/interval.h"

namespace perfwatch::bench {
namespace {

constexpr std::size_t kLookEvery = kSecond / 2;

class Adaptive {
 public:
  Adaptive(const Sums& sums, const AllBounds& bounds, Wakes wakes)
      : sums_(sums), bounds_(bounds), wakes_(wakes) {
    LoadBounds load;
    load.busy_ratio = bounds[kCpu].raise;
    load.memory_used_ratio = load.memory_watched_ratio = bounds[kMemory].raise;
    load.some_stall = {bounds[kCpuStall].raise, bounds[kMemoryStall].raise, kAbsent};
    activity_.set_bounds(load);
    look_.set_bounds(load);
  }

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
    if (!wakes_.pressure || stall_ratio < HostLook::kStallTrigger) return false;
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

  Glance glance(std::size_t step) const {
    constexpr double kFine = 1000;  // busy time has fractions in traces that are made up
    const LoadStep& now = sums_.since_begin(step);
    const auto all = static_cast<std::uint64_t>(now.all * kFine);
    const auto busy = static_cast<std::uint64_t>(now.busy * kFine);
    return {.at = std::chrono::steady_clock::time_point(time_of(step)),
            .cpu_time = all,
            .idle_time = all - std::min(all, busy),
            .forks = static_cast<std::uint64_t>(now.forks),
            .memory_used_ratio = sums_.used(step)};
  }

  bool woken(std::size_t step, AdaptiveInterval::Time now) {
    const Values second = sums_.last_second(step);
    bool woken = false;
    if (triggered(step, second[kCpuStall], cpu_fired_))
      woken |= interval_.wake(WakeSource::cpu_pressure, now);
    if (triggered(step, second[kMemoryStall], memory_fired_))
      woken |= interval_.wake(WakeSource::memory_pressure, now);
    if (at_the_bound_of_a_rule(second)) woken |= interval_.wake(WakeSource::rule, now);
    if (step % kLookEvery != 0) return woken;
    const auto verdict = look_.see(glance(step));
    if (wakes_.execs && verdict.exec_burst) woken |= interval_.wake(WakeSource::execs, now);
    if (wakes_.look && verdict.at_a_bound) woken |= interval_.wake(WakeSource::look, now);
    return woken;
  }

  Activity found() {
    const Sample& now = samples_.back();
    const HostLoad load{.at = std::chrono::steady_clock::time_point(time_of(now.step)),
                        .busy_ratio = now.values[kCpu],
                        .memory_used_ratio = now.values[kMemory],
                        .cpu_stall = now.values[kCpuStall],
                        .memory_stall = now.values[kMemoryStall]};
    look_.learn(load);
    return activity_.add(load);
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
  ActivityMeter activity_;
  HostLook look_;
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
