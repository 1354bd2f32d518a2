// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/change_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analyse/binned_series.h"
#include "core/analyse/change_evidence.h"
#include "core/analyse/robust.h"
#include "core/analyse/segment_cost.h"
#include "core/analyse/segmentation.h"

namespace perfwatch {
namespace {

constexpr std::size_t kSmallestSegment = 5;   // rows
constexpr double kLeastVariance = 1e-12;      // of a series of variance 1: what rounding leaves
constexpr std::size_t kReferenceChanges = 8;  // leave the noise, and little else, of most series
constexpr double kLeastIndependent = 0.005;   // share of the rows
constexpr double kReach = 0.1;                // share of the rows that a change may be moved by
constexpr std::size_t kBinsAround = 20;       // looked at to place a change among rows

// What is asked of a segmentation, by its shape. A line follows noise and curves where a level
// cannot, so more is asked of lines.
struct Family {
  Shape shape;
  double smallest_segment;  // share of the rows
  double smallest_effect;   // share of the variance that a change must explain
};
constexpr Family kLevels{Shape::level, 0.01, 0.005};
constexpr Family kLines{Shape::line, 0.03, 0.04};
constexpr double kPenalty = 3.5;  // of a change, times ln(rows), against rows ln(variance left)

// Confidence is 1/(1 + exp((kEvenGain - gain)/kGainScale)), fitted to how often changes of such a
// gain were right (docs/accuracy.md).
constexpr double kEvenGain = 20;
constexpr double kGainScale = 8;

struct Found {
  Changes changes;
  Shape shape = Shape::level;
  std::vector<double> gains;  // what each change explains
  double score = std::numeric_limits<double>::infinity();
};

// Share of the rows that are worth an independent one, from what the reference segmentation leaves.
double independent_share(const BinnedSeries& bins, const SegmentCost& cost,
                         const Segmentations& best) {
  const Changes& changes = best.changes[std::min(kReferenceChanges, best.changes.size() - 1)];
  std::vector<double> residuals;
  std::size_t first = 0;
  for (std::size_t i = 0; i <= changes.size(); ++i) {
    const std::size_t end = i < changes.size() ? changes[i] : bins.size();
    const SegmentLine line = cost.fit(first, end);
    for (; first < end; ++first)
      residuals.push_back(bins.values[first] - line.at(bins.times[first]));
  }
  return std::max(kLeastIndependent, 1 / values_for_one(autocorrelation(residuals)));
}

// Which number of changes has the least of score(number).
template <typename Score>
std::size_t least(std::size_t most, Score score) {
  std::size_t best = 0;
  for (std::size_t k = 1; k <= most; ++k) {
    if (score(k) < score(best)) best = k;
  }
  return best;
}

const Changes& candidates(const BinnedSeries& bins, const SegmentCost& cost,
                          const Segmentations& best, const Family& family) {
  const double rows = static_cast<double>(bins.size());
  const std::size_t visible = least(best.costs.size() - 1, [&](std::size_t k) {
    return best.costs[k] / rows + family.smallest_effect * static_cast<double>(k);
  });
  const double independent = rows * independent_share(bins, cost, best);
  return best.changes[least(visible, [&](std::size_t k) {
    return independent * std::log(std::max(best.costs[k] / rows, kLeastVariance)) +
           kPenalty * static_cast<double>(k) * std::log(rows);
  })];
}

Found find(const BinnedSeries& bins, const Family& family, const ChangePointSettings& settings) {
  const double rows = static_cast<double>(bins.size());
  const auto share = static_cast<std::size_t>(family.smallest_segment * rows);
  const SegmentCost cost(bins.times, bins.values, family.shape);
  const Segmentations best =
      best_segmentations(cost, std::max(kSmallestSegment, share), settings.most);
  Found found;
  if (best.costs.empty()) return found;
  found.shape = family.shape;

  ChangeEvidence evidence(bins.steps, bins.times, bins.values, family.shape);
  found.changes = evidence.worth(candidates(bins, cost, best, family), settings.evidence);
  const auto reach = std::max(kSmallestSegment, static_cast<std::size_t>(kReach * rows));
  found.changes = evidence.placed(found.changes, reach, kSmallestSegment);
  found.changes = evidence.worth(found.changes, settings.evidence);
  for (std::size_t i = 0; i < found.changes.size(); ++i) {
    found.gains.push_back(evidence.gain(found.changes, i));
  }
  const double changes = static_cast<double>(found.changes.size());
  const double slopes = family.shape == Shape::line ? changes + 1 : 0;
  found.score =
      evidence.deviance(found.changes) + settings.evidence * changes + std::log(rows) * slopes;
  return found;
}

// Where among the rows a change between bins is, as a position in series.rows.
std::size_t place(const CleanSeries& series, const BinnedSeries& bins, const Found& found,
                  std::size_t i) {
  const std::size_t bin = found.changes[i];
  const std::size_t middle = first_of_bin(series, bins, bin);
  if (bins.width == 1) return middle;
  const std::size_t before = i > 0 ? found.changes[i - 1] : 0;
  const std::size_t after = i + 1 < found.changes.size() ? found.changes[i + 1] : bins.size();
  const std::size_t first =
      first_of_bin(series, bins, std::max(before + kBinsAround, bin) - kBinsAround);
  const std::size_t end = first_of_bin(series, bins, std::min(after, bin + kBinsAround));
  std::vector<double> times;
  for (std::size_t row = first; row < end; ++row) {
    times.push_back(2 * static_cast<double>(row - first) / static_cast<double>(end - first) - 1);
  }
  const SegmentCost cost(times, std::span(series.values).subspan(first, end - first), found.shape);
  const std::size_t reach = std::min(2 * bins.width, middle - first - 1);
  const auto left = [&](std::size_t k) {
    const std::size_t row = middle - reach + k - first;
    return cost(0, row) + cost(row, end - first);
  };
  return middle - reach + least(std::min(end - middle - 1, 2 * bins.width) + reach, left);
}

std::vector<ChangePoint> describe(const CleanSeries& series, const std::vector<std::size_t>& places,
                                  const Found& found) {
  std::vector<double> times;
  times.reserve(series.rows.size());
  const double span = static_cast<double>(series.rows.back()) + 1;
  for (const std::size_t row : series.rows) times.push_back(static_cast<double>(row) / span);
  const SegmentCost cost(times, series.values, found.shape);
  std::vector<ChangePoint> points;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t at = places[i];
    const std::size_t end = i + 1 < places.size() ? places[i + 1] : series.values.size();
    const SegmentLine before = cost.fit(i > 0 ? places[i - 1] : 0, at);
    const SegmentLine after = cost.fit(at, end);
    points.push_back({series.rows[at], series.in_units(before.at(times[at - 1])),
                      series.in_units(after.at(times[at])),
                      1 / (1 + std::exp((kEvenGain - found.gains[i]) / kGainScale))});
  }
  return points;
}

}  // namespace

std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                            const ChangePointSettings& settings) {
  const CleanSeries series = clean_series(values);
  if (series.scale == 0 || series.values.size() < 2 * kSmallestSegment) return {};
  const BinnedSeries bins = bin_series(series, std::max(settings.resolution, 4 * kSmallestSegment));
  const Found levels = find(bins, kLevels, settings);
  const Found lines = find(bins, kLines, settings);
  const Found& found = lines.score < levels.score ? lines : levels;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < found.changes.size(); ++i) {
    places.push_back(place(series, bins, found, i));
  }
  return describe(series, places, found);
}

}  // namespace perfwatch
