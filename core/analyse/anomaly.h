// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/analyse/hour_means.h"
#include "core/analyse/tail_rank.h"

namespace perfwatch {

struct AnomalyScore {
  double score = 0;    // 0..1, higher is more unusual
  bool alert = false;  // the score reached the threshold
};

// How unusual each value of one series is, judged by that series' own past and nothing else.
//
// Seven statistics are each ranked in their own history (TailRank): a short against a middle mean
// (spikes), a middle against a long mean (shifts), the distance from what is usual at this hour
// (seasonality), three accumulated surprises (small deviations that last) and how quiet the series
// is (flat lines). Their surprises s, in decades, make one strength, (sum of s^3)^(1/3), so that
// several that are large at once count for more than one. docs/accuracy.md has the method and its
// figures.
//
// Periods are counted in rows and suit values that are 1 to 5 minutes apart: feed it means of a
// minute rather than every sample. On pure noise one row in 1,500 raises a false alert, whatever
// the unit and the distribution.
//
// State is fixed in size; add() allocates nothing and looks at no clock.
class AnomalyDetector {
 public:
  struct Settings {
    double threshold = 0.5;            // of the score, above 0 and at most 1
    std::uint32_t warm_up_rows = 150;  // no alert before
    std::uint32_t rest_rows = 60;      // after an alert; a longer anomaly does not extend it
    bool operator==(const Settings&) const = default;
  };

  explicit AnomalyDetector(const Settings& settings);
  AnomalyDetector() : AnomalyDetector(Settings{}) {}

  // Takes the next value. `epoch_seconds` is used for the hour of the day only: it may be NaN,
  // stand still or step back. A value that is not finite is skipped: score 0, and nothing is
  // learnt. Before warm-up and at rest the score stays just below the threshold.
  [[nodiscard]] AnomalyScore add(double value, double epoch_seconds);
  // What is usual at this time: the mean of the hour, or the level until it has seen enough days.
  [[nodiscard]] double expected(double epoch_seconds) const;

 private:
  // The mean of the last rows, exponentially weighted; plain until there are that many.
  struct Level {
    double mean = 0;
    void follow(double value, double rows, double seen);
  };
  struct Deviation {
    double size;     // signed, in the unit of the values
    float surprise;  // decades
  };
  // Surprises with the sign of their deviations, averaged and ranked: small ones that agree add up.
  struct Drift {
    float mean = 0;
    float usual = 0;
    TailRank rank;
    float add(Deviation row, double seen);
  };

  struct Season {
    float surprise;  // of the last rows together, at this hour
    Deviation row;   // from what is usual at this hour, or from the level while that is unknown
  };

  void begin(double value);
  float strength(double value, double epoch_seconds);
  Season season_surprise(double value, double epoch_seconds, Deviation from_level);
  float quiet_surprise(double deviation, double seen);
  void follow_level(double value, double seen);
  AnomalyScore judge(float strength);

  Settings settings_;
  std::uint64_t rows_ = 0;         // finite values taken
  std::uint64_t rests_until_ = 0;  // in rows

  double level_ = 0;         // slow, robust: where the series lives
  double level_spread_ = 0;  // mean distance from it
  Level now_, recent_, earlier_;
  double hour_deviation_ = 0;  // from what is usual at this hour, smoothed
  Level spread_, usual_spread_;
  HourMeans hours_;

  TailRank level_rank_, recent_rank_, hour_rank_;  // feed the drifts only
  TailRank spike_rank_, shift_rank_, season_rank_, quiet_rank_;
  Drift level_drift_, recent_drift_, hour_drift_;
};

}  // namespace perfwatch
