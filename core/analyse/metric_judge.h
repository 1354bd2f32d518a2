// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/analyse/level_shift.h"
#include "core/analyse/run_verdict.h"

namespace perfwatch {

// One metric while its runs are judged: first by itself, then, when it is known how many others
// are judged beside it, for good.
class MetricJudge {
 public:
  // `least`: less is as good as nothing, and so is a smaller difference. The settings outlive this.
  MetricJudge(RunMetric metric, double least, std::span<const double> baseline,
              std::span<const double> judged, const VerdictSettings& settings);

  [[nodiscard]] bool compared() const { return result_.verdict != RunVerdict::not_enough_data; }
  // The p-value of this metric alone.
  [[nodiscard]] double chance() const { return chance_; }

  // With the p-value among all metrics, and what this metric's share of the errors is. No text yet.
  [[nodiscard]] MetricVerdict finish(double p_value, double share);

 private:
  void find_thresholds();
  void compare(std::vector<double> before, std::vector<double> after);
  bool find_interval(std::span<const double> before, std::span<const double> after, bool fell);
  [[nodiscard]] bool is_new_level(std::span<const double> before, std::vector<double> after) const;
  void doubt(const std::vector<double>& before, const std::vector<double>& after);

  const VerdictSettings& settings_;
  double least_;
  double full_threshold_ = 0;
  AllowedRise allowed_;
  LevelShift shift_{};  // away from the baseline, whichever way
  double chance_ = 1;
  bool candidate_ = false;
  MetricVerdict result_;
};

// Those that count: not negative, finite, the newest 500.
[[nodiscard]] std::vector<double> known_values(std::span<const double> values);

}  // namespace perfwatch
