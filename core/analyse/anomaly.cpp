// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/anomaly.h"

#include <algorithm>
#include <cmath>

namespace perfwatch {
namespace {

// All in rows. Chosen on round numbers amid a plateau: a third more or less of any one costs less
// than two points on the benchmark (docs/accuracy.md).
constexpr double kNowRows = 1.7;
constexpr double kRecentRows = 25;
constexpr double kEarlierRows = 75;
constexpr int kSpreadRows = 50;
constexpr double kUsualRows = 2000;  // of spread and drift
constexpr double kDriftRows = 24;

constexpr int kEnoughDays = 2;
constexpr float kMostOfOneRow = 1.6F;     // decades that one row adds to a drift
constexpr double kLevelStep = 1;          // of the mean distance; what lies farther pulls no harder
constexpr double kBeginning = 20;         // rows in which the level is a plain mean
constexpr float kQuiet = -1;              // octaves: half the usual spread is not quiet yet
constexpr double kFlattest = 1e-4;        // of the usual spread; less is as flat
constexpr double kMostMagnitude = 1e300;  // so that differences stay finite

// The strength that has a score of one half.
constexpr float kAlertStrength = 5;
constexpr double kBelowThreshold = 0.01;

double weight(double rows, double seen) { return 1 / std::min(rows, seen + 1); }

}  // namespace

void AnomalyDetector::Level::follow(double value, double rows, double seen) {
  mean += (value - mean) * weight(rows, seen);
}

float AnomalyDetector::Drift::add(Deviation row, double seen) {
  float signed_surprise = std::min(row.surprise, kMostOfOneRow);
  if (row.size < 0) signed_surprise = -signed_surprise;
  mean += (signed_surprise - mean) / static_cast<float>(kDriftRows);
  const float drift = mean - usual;
  usual += drift * static_cast<float>(weight(kUsualRows, seen));
  return rank.add(drift);
}

AnomalyDetector::AnomalyDetector(const Settings& settings) : settings_(settings) {}

AnomalyScore AnomalyDetector::add(double value, double epoch_seconds) {
  if (!std::isfinite(value)) return {};
  const double clamped = std::clamp(value, -kMostMagnitude, kMostMagnitude);
  if (rows_ == 0) begin(clamped);
  const AnomalyScore score = judge(strength(clamped, epoch_seconds));
  ++rows_;
  return score;
}

double AnomalyDetector::expected(double epoch_seconds) const {
  const HourMeans::Usual usual = hours_.usual(epoch_seconds);
  return usual.days >= kEnoughDays ? usual.value : level_;
}

void AnomalyDetector::begin(double value) {
  level_ = value;
  for (Level* level : {&now_, &recent_, &earlier_}) level->mean = value;
}

float AnomalyDetector::strength(double value, double epoch_seconds) {
  const auto seen = static_cast<double>(rows_);
  const double from_level = value - level_;
  const double from_recent = value - recent_.mean;
  const float level_surprise = level_rank_.add(from_level);
  const float recent_surprise = recent_rank_.add(from_recent);
  const Season season = season_surprise(value, epoch_seconds, {from_level, level_surprise});

  now_.follow(value, kNowRows, seen);
  recent_.follow(value, kRecentRows, seen);
  earlier_.follow(value, kEarlierRows, seen);
  follow_level(value, seen);

  const float surprises[] = {
      spike_rank_.add(now_.mean - recent_.mean),
      shift_rank_.add(recent_.mean - earlier_.mean),
      season.surprise,
      recent_drift_.add({from_recent, recent_surprise}, seen),
      hour_drift_.add(season.row, seen),
      level_drift_.add({from_level, level_surprise}, seen),
      quiet_surprise(from_recent, seen),
  };
  float cubes = 0;
  for (const float surprise : surprises) cubes += surprise * surprise * surprise;
  return std::cbrt(cubes);
}

// One day is enough to learn how far a value lies from the day before, but not to judge by it.
// Until then the level stands in for what is usual at this hour.
AnomalyDetector::Season AnomalyDetector::season_surprise(double value, double epoch_seconds,
                                                         Deviation from_level) {
  const HourMeans::Usual usual = hours_.usual(epoch_seconds);
  hours_.learn(value, epoch_seconds);
  const double deviation = usual.days > 0 ? value - usual.value : from_level.size;
  hour_deviation_ += (deviation - hour_deviation_) / kNowRows;
  if (usual.days == 0) return {0, from_level};

  const Season season{season_rank_.add(hour_deviation_), {deviation, hour_rank_.add(deviation)}};
  return usual.days >= kEnoughDays ? season : Season{0, from_level};
}

// How rarely the series has been so quiet. More noise is left to the other statistics. The spread
// is learnt once in kSpreadRows: what creeps away must not get used to itself.
float AnomalyDetector::quiet_surprise(double deviation, double seen) {
  const double distance = std::fabs(deviation);
  spread_.follow(distance, kSpreadRows, seen);
  const double usual = usual_spread_.mean;
  usual_spread_.follow(distance, kUsualRows, seen);
  if (!(usual > 0)) return 0;
  const float octaves = std::log2(static_cast<float>(std::max(spread_.mean / usual, kFlattest)));
  const float surprise = octaves < kQuiet ? quiet_rank_.surprise(octaves) : 0;
  if (rows_ % kSpreadRows == 0) quiet_rank_.learn(octaves);
  return surprise;
}

// The clipped step keeps an outlier from dragging the level along.
void AnomalyDetector::follow_level(double value, double seen) {
  const double deviation = value - level_;
  const double share = weight(kUsualRows, seen);
  level_spread_ += (std::fabs(deviation) - level_spread_) * share;
  const double most = kLevelStep * level_spread_;
  level_ += share * std::clamp(deviation, -most, most);
  if (seen < kBeginning) level_ += (value - level_) / (seen + 1);
}

AnomalyScore AnomalyDetector::judge(float strength) {
  const double score = strength / (strength + kAlertStrength);
  const bool allowed = rows_ >= settings_.warm_up_rows && rows_ >= rests_until_;
  if (!allowed) return {std::clamp(settings_.threshold - kBelowThreshold, 0.0, score), false};
  const bool alert = score >= settings_.threshold;
  if (alert) rests_until_ = rows_ + settings_.rest_rows + 1;
  return {score, alert};
}

}  // namespace perfwatch
