// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analyse/change_points.h"
#include "core/analyse/robust.h"
#include "core/analyse/run_trend.h"
#include "core/analyse/run_verdict_texts.h"
#include "core/analyse/wording.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostRuns = 2000;
constexpr std::size_t kFewestByChangePoints = 5;
constexpr std::size_t kMostLabels = 4;  // in a text
constexpr std::size_t kLongestLabel = 80;

using Values = std::span<const double>;

// Runs that have the metric, and where they are in the history.
struct KnownRuns {
  std::vector<double> values;
  std::vector<std::size_t> indices;
};

KnownRuns known_runs(std::span<const RunInHistory> runs) {
  KnownRuns known;
  for (std::size_t i = runs.size() - std::min(runs.size(), kMostRuns); i < runs.size(); ++i) {
    if (!std::isfinite(runs[i].value)) continue;
    known.values.push_back(runs[i].value);
    known.indices.push_back(i);
  }
  return known;
}

struct Place {
  std::size_t row;
  double confidence;
};

double distance_from_median(Values values) {
  const double middle = median(values);
  double sum = 0;
  for (const double value : values) sum += std::abs(value - middle);
  return sum;
}

// A new level of so few runs that it is no change point yet. Of the ways to cut the newest off the
// one that leaves each side the most alike.
void see_newest(RunMetric metric, Values values, const VerdictSettings& settings,
                std::vector<Place>& places) {
  const std::size_t first = places.empty() ? 0 : places.back().row;
  const Values level = values.subspan(first);
  std::optional<std::size_t> best;
  double least = 0;
  for (std::size_t newest = settings.fewest_to_confirm; newest < kFewestByChangePoints; ++newest) {
    if (newest == 0 || level.size() < settings.fewest_baseline + newest) continue;
    const Values before = level.first(level.size() - newest);
    const MetricVerdict verdict = judge_metric(metric, before, level.last(newest), settings);
    if (verdict.verdict != RunVerdict::regressed && verdict.verdict != RunVerdict::improved)
      continue;
    const double cost = distance_from_median(before) + distance_from_median(level.last(newest));
    if (best && cost >= least) continue;
    best = values.size() - newest;
    least = cost;
  }
  if (best) places.push_back({*best, settings.confidence});
}

// A segment has 5 rows in find_change_points: where the last one is that short it may well have
// taken rows from before the change. Such a change is moved to where each side is the most alike.
void place_last(Values values, std::size_t fewest, std::vector<Place>& places) {
  if (places.empty() || places.back().row + kFewestByChangePoints != values.size()) return;
  const std::size_t begin = places.size() > 1 ? places[places.size() - 2].row : 0;
  const auto cost = [&](std::size_t row) {
    return distance_from_median(values.subspan(begin, row - begin)) +
           distance_from_median(values.subspan(row));
  };
  for (std::size_t row = places.back().row + 1;
       row + std::max<std::size_t>(fewest, 1) <= values.size(); ++row) {
    if (cost(row) < cost(places.back().row)) places.back().row = row;
  }
}

std::string label_texts(const RunInHistory& run) {
  std::string text;
  for (std::size_t i = 0; i < std::min(run.labels.size(), kMostLabels); ++i) {
    const auto& [name, value] = run.labels[i];
    text +=
        fmt::format("{}{} {}", i == 0 ? " (" : ", ", shortened(printable_utf8(name), kLongestLabel),
                    shortened(printable_utf8(value), kLongestLabel));
  }
  return text.empty() ? text : text + ")";
}

std::string text_of(RunMetric metric, const LevelChange& change) {
  const auto& info = run_metrics().at(static_cast<std::size_t>(metric));
  return fmt::format(
      "{}: {} -> {} ({}) since run {}{}", info.label, run_value_text(info.unit, change.before),
      run_value_text(info.unit, change.after), relative_text(change.relative),
      shortened(printable_utf8(change.run.id), kLongestLabel), label_texts(change.run));
}

LevelChange describe(RunMetric metric, std::span<const RunInHistory> runs, const KnownRuns& known,
                     std::size_t begin, Place place, std::size_t end) {
  const Values values(known.values);
  LevelChange change;
  change.index = known.indices[place.row];
  change.run = runs[change.index];
  change.before = median(values.subspan(begin, place.row - begin));
  change.after = median(values.subspan(place.row, end - place.row));
  change.relative = change.after / change.before - 1;
  change.confidence = place.confidence;
  change.text = text_of(metric, change);
  return change;
}

// Takes away the smallest change that is too small until none is: what it parted is one level.
void drop_small(Values values, double smallest, std::vector<Place>& places) {
  const auto size = [&](std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : places[i - 1].row;
    const std::size_t end = i + 1 < places.size() ? places[i + 1].row : values.size();
    const double before = median(values.subspan(begin, places[i].row - begin));
    const double after = median(values.subspan(places[i].row, end - places[i].row));
    return after == before ? 0 : std::abs(after - before) / std::abs(before);  // of 0: infinite
  };
  while (!places.empty()) {
    std::size_t least = 0;
    for (std::size_t i = 1; i < places.size(); ++i) {
      if (size(i) < size(least)) least = i;
    }
    if (!(size(least) < smallest)) return;
    places.erase(places.begin() + static_cast<std::ptrdiff_t>(least));
  }
}

}  // namespace

RunHistory find_run_history(RunMetric metric, std::span<const RunInHistory> runs,
                            const RunHistorySettings& settings) {
  const KnownRuns known = known_runs(runs);
  const Values values(known.values);
  std::vector<Place> places;
  for (const ChangePoint& point : find_change_points(values)) {
    if (point.confidence >= settings.confidence) places.push_back({point.index, point.confidence});
  }
  place_last(values, settings.newest.fewest_to_confirm, places);
  drop_small(values, settings.smallest_change, places);
  see_newest(metric, values, settings.newest, places);
  RunHistory history;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t begin = i == 0 ? 0 : places[i - 1].row;
    const std::size_t end = i + 1 < places.size() ? places[i + 1].row : values.size();
    history.changes.push_back(describe(metric, runs, known, begin, places[i], end));
  }
  history.trend = find_run_trend(values.subspan(places.empty() ? 0 : places.back().row));
  return history;
}

}  // namespace perfwatch
