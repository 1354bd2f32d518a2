// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

// Simulated builds of all metrics, for verdict_power and review_power.

using Random = std::mt19937_64;
using Runs = std::vector<RunFigures>;

enum class Outliers { none, runs, metrics };  // a whole run is disturbed, or each metric by itself
inline constexpr std::array<std::string_view, 3> kOutliers{"no", "runs", "metrics"};
// What goes on besides noise: 3 % linearly over the baseline, and on like that; neighbours alike;
// 10 % more from the middle of the baseline on.
enum class Course { level, drift, ar, step };
inline constexpr std::array<std::string_view, 4> kCourses{"level", "drift", "AR(0.5)", "step"};

struct Scenario {
  double variation;  // coefficient of
  bool log_normal;
  Outliers outliers;
  Course course;
  std::size_t baseline;
  std::size_t judged;
  double slowdown;  // of CPU, wall and user time
};

// Of a build, by RunMetric. Enough of each that every metric is judged.
inline constexpr std::array<double, kRunMetrics> kLevels{
    100, 60, 80, 20, 1e9, 2e9, 4e9, 3e9, 2e9, 5e6, 1e4, 1e6, 1e5, 5, 5, 5, 5, 4000};
inline constexpr std::size_t kSlowed = 3;
inline constexpr double kOutlierShare = 0.05;
inline constexpr double kOutlier = 1.5;

class Builds {
 public:
  Builds(const Scenario& scenario, Random& random) : scenario_(scenario), random_(random) {
    for (double& noise : noise_) noise = normal_(random_);
  }

  Runs next(std::size_t count, double slowdown) {
    Runs runs;
    for (std::size_t i = 0; i < count; ++i) runs.push_back(next(slowdown));
    return runs;
  }

 private:
  RunFigures next(double slowdown) {
    RunFigures run;
    const bool disturbed = uniform_(random_) < kOutlierShare;
    for (std::size_t i = 0; i < kRunMetrics; ++i) {
      const bool alone = uniform_(random_) < kOutlierShare;
      double value = kLevels[i] * noise(i) * course();
      if (scenario_.outliers == Outliers::runs ? disturbed
                                               : scenario_.outliers == Outliers::metrics && alone)
        value *= kOutlier;
      if (i < kSlowed) value *= 1 + slowdown;
      run[static_cast<RunMetric>(i)] = value;
    }
    ++made_;
    return run;
  }

  double noise(std::size_t metric) {
    const double rho = scenario_.course == Course::ar ? 0.5 : 0;
    noise_[metric] = rho * noise_[metric] + std::sqrt(1 - rho * rho) * normal_(random_);
    const double variation = scenario_.variation;
    if (!scenario_.log_normal) return std::max(0.01, 1 + variation * noise_[metric]);
    return std::exp(std::sqrt(std::log1p(variation * variation)) * noise_[metric]);
  }

  [[nodiscard]] double course() const {
    const double past = static_cast<double>(made_) / static_cast<double>(scenario_.baseline - 1);
    if (scenario_.course == Course::drift) return 1 + 0.03 * past;
    return scenario_.course == Course::step && 2 * made_ >= scenario_.baseline ? 1.1 : 1;
  }

  const Scenario& scenario_;
  Random& random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  std::array<double, kRunMetrics> noise_{};
  std::size_t made_ = 0;
};

}  // namespace perfwatch
