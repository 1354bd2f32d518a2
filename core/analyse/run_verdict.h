// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/finding.h"
#include "core/model/run.h"

namespace perfwatch {

enum class RunVerdict : std::uint8_t { regressed, improved, unchanged, not_enough_data };
[[nodiscard]] std::string_view to_string(RunVerdict verdict);  // "regressed", "not_enough_data"

struct VerdictSettings {
  // Relative growth that is a regression, by RunMetric, whatever the number of runs; NaN: the
  // metric's `worse_from`, and `small_change` when `many` runs are judged.
  std::array<double, kRunMetrics> thresholds = none();
  double small_change = 0.05;
  std::size_t many = 10;
  std::size_t fewest_baseline = 10;   // with fewer there is no verdict
  std::size_t fewest_to_confirm = 3;  // with fewer it is told, but not confirmed
  // 1 - this is how often runs whose level did not change may be called regressed: in any of their
  // metrics when runs are judged, in this one when a single metric is. Where machines drift it is
  // up to 1.3 times as often (docs/accuracy.md): hence more than 0.99.
  double confidence = 0.994;
  // By as much levels wander without anybody's doing (a warm machine): a change must be sure to be
  // larger. At most 0.6 of the threshold is asked for.
  double drift = 0.03;

  void set_thresholds(double threshold) { thresholds.fill(threshold); }

  [[nodiscard]] static std::array<double, kRunMetrics> none() {
    std::array<double, kRunMetrics> all{};
    all.fill(std::numeric_limits<double>::quiet_NaN());
    return all;
  }
};

// What one metric of the judged runs is, against the baseline. All changes are relative to the
// baseline: 0.2 is 20 % more. NaN where there are too few runs to tell.
struct MetricVerdict {
  RunMetric metric{};
  RunVerdict verdict = RunVerdict::not_enough_data;
  bool confirmed = false;  // by VerdictSettings::fewest_to_confirm runs
  // Of a regression: warning where it is confirmed, as large as the metric's full threshold and the
  // run's own doing; else info. What alerts is a warning.
  Severity severity = Severity::info;
  bool waited = false;  // wall time: the run waited longer, but did not work more
  // Of the medians below, judged / baseline - 1; what is under `counted_from` counts as that.
  double effect = std::numeric_limits<double>::quiet_NaN();
  // 99 % interval, without the wild runs of the baseline; `effect` is in it. That of what regressed
  // lies above 0, that of what improved below.
  double effect_low = std::numeric_limits<double>::quiet_NaN();
  double effect_high = std::numeric_limits<double>::quiet_NaN();
  double baseline = std::numeric_limits<double>::quiet_NaN();  // medians
  double judged = std::numeric_limits<double>::quiet_NaN();
  double counted_from = 0;        // as good as nothing, where one of the medians is less; else 0
  std::size_t baseline_runs = 0;  // that have this metric
  std::size_t judged_runs = 0;
  double threshold = std::numeric_limits<double>::quiet_NaN();
  // The smallest growth that would have been sure, with this noise and so many runs.
  double noise_floor = std::numeric_limits<double>::quiet_NaN();
  // How likely chance alone does this; of several metrics Holm's, so that it is to be compared with
  // 1 - confidence everywhere.
  double p_value = std::numeric_limits<double>::quiet_NaN();
  double moved_before = 0;  // by as much the baseline itself drifted or stepped this way
  std::string text;         // one sentence for people
};

struct RunJudgement {
  // Regressed where any metric is that may alert, else improved where any is, else unchanged.
  RunVerdict verdict = RunVerdict::not_enough_data;
  // A confirmed regression, the run's own doing: for exit codes. Whether it is one that alerts says
  // the severity of its metric.
  bool fails = false;
  std::optional<RunMetric> headline;   // the severest and first of these
  std::vector<MetricVerdict> metrics;  // in the order of RunMetric; those that any judged run has
  std::string text;

  [[nodiscard]] const MetricVerdict* find(RunMetric metric) const;
};

// One metric by itself. Oldest first; what is not finite or negative is left out, and of more than
// 500 runs the newest 500 count.
[[nodiscard]] MetricVerdict judge_metric(RunMetric metric, std::span<const double> baseline,
                                         std::span<const double> judged,
                                         const VerdictSettings& settings = {});

// All metrics of the newest runs, one or more, against a baseline of runs of the same kind: who
// calls has left out what failed, and cold runs where warm ones are judged. Oldest first.
//
// That many metrics are looked at is allowed for: together they err as seldom as one would.
[[nodiscard]] RunJudgement judge_runs(std::span<const RunFigures> baseline,
                                      std::span<const RunFigures> judged,
                                      const VerdictSettings& settings = {});

}  // namespace perfwatch
