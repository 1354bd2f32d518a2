// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/metric_judge.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/analyse/rank_sum.h"
#include "core/analyse/robust.h"
#include "core/analyse/run_metric_rule.h"
#include "core/analyse/student.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostRuns = 500;     // pairs of them are looked at
constexpr double kLeastDeviation = 0.005;  // of single runs, relative: equal ones are no proof
constexpr double kDriftOfThreshold = 0.6;  // drift that is allowed for, at most
constexpr double kInterval = 0.99;
constexpr double kNearOldLevel = 1.0 / 3;  // of the shift
constexpr double kChanceWithWild = 0.025;  // one wild run of ten, three of 25 may reach three runs

// A change is a factor, so that it is sums of logarithms that are compared.
std::vector<double> logarithms(const std::vector<double>& values, double least) {
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const double value : values) logs.push_back(std::log(std::max(value, least)));
  return logs;
}

// 1.25 of a growth by 25 % and of a fall to 1/1.25.
double factor_of(double effect) { return effect >= 0 ? 1 + effect : 1 / (1 + effect); }

}  // namespace

std::vector<double> known_values(std::span<const double> values) {
  std::vector<double> kept;
  for (const double value : values) {
    if (std::isfinite(value) && value >= 0) kept.push_back(value);
  }
  if (kept.size() > kMostRuns) kept.erase(kept.begin(), kept.end() - kMostRuns);
  return kept;
}

MetricJudge::MetricJudge(RunMetric metric, double least, std::span<const double> baseline,
                         std::span<const double> judged, const VerdictSettings& settings)
    : settings_(settings), least_(least) {
  const std::vector<double> before = known_values(baseline);
  const std::vector<double> after = known_values(judged);
  result_.metric = metric;
  result_.baseline_runs = before.size();
  result_.judged_runs = after.size();
  result_.confirmed = after.size() >= settings.fewest_to_confirm;
  find_thresholds();
  if (before.empty() || after.empty()) return;
  result_.baseline = median(before);
  result_.judged = median(after);
  result_.effect = std::max(result_.judged, least) / std::max(result_.baseline, least) - 1;
  if (std::min(result_.baseline, result_.judged) < least) result_.counted_from = least;
  if (before.size() < std::max<std::size_t>(settings.fewest_baseline, 2)) return;
  result_.verdict = RunVerdict::unchanged;
  compare(logarithms(before, least), logarithms(after, least));
}

MetricVerdict MetricJudge::finish(double p_value, double share) {
  if (!compared()) return result_;
  const double level = 1 - settings_.confidence;
  result_.p_value = p_value;
  result_.noise_floor = std::expm1(
      allowed_.level +
      shift_.error * student_quantile(std::clamp(level * share, 1e-12, 0.5), shift_.degrees));
  if (candidate_ && p_value <= level)
    result_.verdict = result_.effect > 0 ? RunVerdict::regressed : RunVerdict::improved;
  const bool alerts = result_.verdict == RunVerdict::regressed && result_.confirmed &&
                      rule_of(result_.metric).alerts && result_.effect >= full_threshold_;
  result_.severity = alerts ? Severity::warning : Severity::info;
  return result_;
}

void MetricJudge::find_thresholds() {
  const auto index = static_cast<std::size_t>(result_.metric);
  const double given = settings_.thresholds.at(index);
  full_threshold_ = std::isnan(given) ? run_metrics().at(index).worse_from : std::max(given, 0.0);
  result_.threshold = full_threshold_;
  if (std::isnan(given) && result_.judged_runs >= settings_.many)
    result_.threshold = std::min(full_threshold_, settings_.small_change);
  allowed_.level = std::log1p(std::min(settings_.drift, kDriftOfThreshold * result_.threshold));
  // Two of three runs may be wild; the third must not be one of the usual ones.
  if (result_.judged_runs < settings_.many) allowed_.each = 2 * allowed_.level;
}

void MetricJudge::compare(std::vector<double> before, std::vector<double> after) {
  shift_ = level_shift(before, after, kInterval, kLeastDeviation);
  const bool fell = shift_.shift < 0;
  if (fell) {
    for (double& value : before) value = -value;
    for (double& value : after) value = -value;
    shift_.shift = -shift_.shift;
  }
  const bool sure = find_interval(before, after, fell) && is_new_level(before, after);
  chance_ = chance_of_rise(before, after, shift_, allowed_);
  candidate_ = sure && factor_of(result_.effect) >= 1 + result_.threshold &&
               std::abs(result_.judged - result_.baseline) >= least_ &&
               chance_ <= 1 - settings_.confidence;
  if (candidate_) doubt(before, after);
}

// Of the runs that chance_of_rise() ranks. Answers whether all of it lies on the side of the
// change.
bool MetricJudge::find_interval(std::span<const double> before, std::span<const double> after,
                                bool fell) {
  double low = shift_.low;
  double high = shift_.high;
  if (const std::vector<double> usual = without_wild(before); usual.size() < before.size()) {
    const LevelShift without = level_shift(usual, after, kInterval, kLeastDeviation);
    low = fell ? -without.high : without.low;
    high = fell ? -without.low : without.high;
  }
  // The change of the medians, which people see, is not quite the shift.
  result_.effect_low = std::min(std::expm1(low), result_.effect);
  result_.effect_high = std::max(std::expm1(high), result_.effect);
  return fell ? result_.effect_high < 0 : result_.effect_low > 0;
}

// Few runs that are slow one by one are no level. They are where the wild runs of the baseline,
// which nothing else counts, do not reach as far, and where only a quarter of them may lie near the
// old level.
bool MetricJudge::is_new_level(std::span<const double> before, std::vector<double> after) const {
  if (after.size() < 2 || after.size() >= settings_.many) return true;
  const auto low = after.begin() + static_cast<std::ptrdiff_t>((after.size() - 1) / 4);
  std::nth_element(after.begin(), low, after.end());
  if (*low < median(before) + kNearOldLevel * shift_.shift) return false;
  std::size_t above = 0;
  for (const double later : after) {
    for (const double earlier : before) above += later > earlier ? 1 : 0;
  }
  return above == before.size() * after.size() ||
         rank_sum_tail(before.size(), after.size(), above) <= kChanceWithWild;
}

// Whether the baseline's own movement explains it. Only what would be a verdict is worth the time.
void MetricJudge::doubt(const std::vector<double>& before, const std::vector<double>& after) {
  const double ahead = static_cast<double>(before.size() + after.size()) / 2;
  const OwnMovement own = own_movement(before, ahead);
  result_.moved_before = std::expm1(own.up);
  AllowedRise allowed = allowed_;
  allowed.level = std::max(allowed.level, own.up);
  allowed.error_factor = own.error_factor;
  chance_ = std::max(chance_, chance_of_rise(before, after, shift_, allowed));
}

}  // namespace perfwatch
