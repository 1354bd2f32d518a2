// SPDX-License-Identifier: Apache-2.0
// What the change point rule reaches on series that its constants were not chosen on: seven of them
// are tuned from a grid of 5,832 on some of the series and scored on the others. Two minutes.
//
//   build/bin/changepoints_cross DATA
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/accuracy/cross/labelled.h"
#include "variable/change_points.cpp"

namespace perfwatch {
namespace {

using Points = std::set<std::size_t>;

struct Labelled {
  std::vector<double> values;
  std::vector<Points> annotators;
  CleanSeries clean;
  BinnedSeries bins;
};

struct Score {
  double f1 = 0;
  double cover = 0;
};

// The number of `truth` that have one of `found` within 5 rows, each used once.
std::size_t matched(const Points& truth, Points found) {
  constexpr std::size_t kMargin = 5;
  std::size_t count = 0;
  for (const std::size_t point : truth) {
    auto nearest = found.end();
    std::size_t least = kMargin + 1;
    for (auto it = found.begin(); it != found.end(); ++it) {
      const std::size_t distance = std::max(*it, point) - std::min(*it, point);
      if (distance < least) {
        least = distance;
        nearest = it;
      }
    }
    if (nearest == found.end()) continue;
    found.erase(nearest);
    ++count;
  }
  return count;
}

double f1(const Labelled& series, const Points& found) {
  Points anyone{0};
  double recall = 0;
  for (const Points& annotator : series.annotators) {
    recall += static_cast<double>(matched(annotator, found)) /
              static_cast<double>(annotator.size() * series.annotators.size());
    anyone.insert(annotator.begin(), annotator.end());
  }
  const double precision =
      static_cast<double>(matched(anyone, found)) / static_cast<double>(found.size());
  return 2 * precision * recall / (precision + recall);
}

// Between changes, and to the end.
std::vector<std::pair<double, double>> segments(const Points& points, std::size_t rows) {
  std::vector<std::pair<double, double>> parts;
  double first = 0;
  for (const std::size_t point : points) {
    if (point > 0) parts.emplace_back(first, static_cast<double>(point));
    first = static_cast<double>(point);
  }
  parts.emplace_back(first, static_cast<double>(rows));
  return parts;
}

// The mean share of each annotator's segments that one found segment covers (Jaccard).
double cover(const Labelled& series, const Points& found) {
  const auto parts = segments(found, series.values.size());
  double sum = 0;
  for (const Points& annotator : series.annotators) {
    for (const auto& [first, end] : segments(annotator, series.values.size())) {
      double best = 0;
      for (const auto& [from, to] : parts) {
        const double both = std::max(0.0, std::min(end, to) - std::max(first, from));
        best = std::max(best, both / (end - first + to - from - both));
      }
      sum += (end - first) * best;
    }
  }
  return sum / static_cast<double>(series.values.size() * series.annotators.size());
}

// The row 0 counts as a change to everybody.
Score score(const Labelled& series, const Changes& changes) {
  Points found{0};
  for (const std::size_t change : changes) found.insert(series.clean.rows[change]);
  return {f1(series, found), cover(series, found)};
}

std::vector<Labelled> load(const std::string& folder) {
  std::vector<Labelled> all;
  const nlohmann::json labels = read_json(folder + "/annotations.json");
  for (const auto& [name, annotators] : labels.items()) {
    Labelled series;
    for (const auto& row : read_rows(folder + "/data/" + name + ".csv")) {
      series.values.push_back(row.value);
    }
    for (const auto& annotator : annotators) {
      series.annotators.push_back(annotator.get<Points>());
      series.annotators.back().insert(0);
    }
    series.clean = clean_series(series.values);
    series.bins = bin_series(series.clean, ChangePointSettings{}.resolution);
    if (series.bins.width != 1) give_up(name + " has too many rows");
    all.push_back(std::move(series));
  }
  return all;
}

// What one family of segmentations finds with one set of constants, in each series.
struct Answers {
  std::vector<double> likelihoods;  // Found::score: the less, the likelier
  std::vector<Score> scores;
};

Answers answers(const std::vector<Labelled>& all, const Family& family, double evidence) {
  ChangePointSettings settings;
  settings.evidence = evidence;
  Answers its;
  for (const auto& series : all) {
    const Found found = find(series.bins, family, settings);
    its.likelihoods.push_back(found.score);
    its.scores.push_back(score(series, found.changes));
  }
  return its;
}

using Scores = std::vector<Score>;  // [series]

// Every setting of the grid: evidence, reach, penalty of levels and of lines, smallest effect of
// both, smallest segment of lines.
std::vector<Scores> score_grid(const std::vector<Labelled>& all) {
  std::vector<Scores> grid;
  for (const double evidence : {8, 9, 10, 11, 12, 13})
    for (const double reach : {0.05, 0.1, 0.15}) {
      std::vector<Answers> levels;
      std::vector<Answers> lines;
      kReach = reach;
      for (const double penalty : {3.0, 3.5, 4.0}) {
        kPenalty = penalty;
        for (const double effect : {0.0025, 0.005, 0.01}) {
          levels.push_back(
              answers(all, {Shape::level, kLevels.smallest_segment, effect}, evidence));
        }
        for (const double effect : {0.02, 0.03, 0.04, 0.05})
          for (const double segment : {0.02, 0.03, 0.04}) {
            lines.push_back(answers(all, {Shape::line, segment, effect}, evidence));
          }
      }
      for (const auto& level : levels)
        for (const auto& line : lines) {
          Scores scores;
          for (std::size_t i = 0; i < all.size(); ++i) {
            const bool sloped = line.likelihoods[i] < level.likelihoods[i];
            scores.push_back((sloped ? line : level).scores[i]);
          }
          grid.push_back(std::move(scores));
        }
    }
  return grid;
}

// The mean score of the series in `held` under the settings that are best for all others.
Score held_out(const std::vector<Scores>& grid, const std::vector<std::size_t>& held) {
  double best = -std::numeric_limits<double>::infinity();
  std::vector<const Scores*> ties;
  for (const auto& scores : grid) {
    double value = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (std::find(held.begin(), held.end(), i) == held.end()) {
        value += scores[i].f1 + scores[i].cover;
      }
    }
    if (value > best + 1e-9) ties.clear();
    best = std::max(best, value);
    if (value > best - 1e-9) ties.push_back(&scores);
  }
  Score mean;
  const auto weight = 1 / static_cast<double>(ties.size() * held.size());
  for (const Scores* scores : ties) {
    for (const std::size_t i : held) {
      mean.f1 += weight * (*scores)[i].f1;
      mean.cover += weight * (*scores)[i].cover;
    }
  }
  return mean;
}

Score mean_of(const std::vector<Score>& scores) {
  Score mean;
  for (const auto& [f1, cover] : scores) {
    mean.f1 += f1 / static_cast<double>(scores.size());
    mean.cover += cover / static_cast<double>(scores.size());
  }
  return mean;
}

void show(const char* name, const Score& score) {
  std::printf("%-44s F1 %.3f  cover %.3f\n", name, score.f1, score.cover);
}

void show_spread(const char* name, std::vector<Score> scores) {
  const auto show_one = [&](const char* figure, double Score::*member) {
    std::sort(scores.begin(), scores.end(),
              [&](const Score& a, const Score& b) { return a.*member < b.*member; });
    const std::size_t last = scores.size() - 1;
    std::printf("%-44s %-5s %.3f to %.3f, median %.3f, middle 80 %% %.3f to %.3f\n", name, figure,
                scores.front().*member, scores.back().*member, scores[last / 2].*member,
                scores[last / 10].*member, scores[last - last / 10].*member);
  };
  show_one("F1", &Score::f1);
  show_one("cover", &Score::cover);
}

void show_everything(const std::string& data) {
  const std::vector<Labelled> all = load(data + "/changepoints");
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0U);
  Scores usual;
  for (const auto& series : all) {
    Changes changes;
    for (const auto& point : find_change_points(series.values)) {
      const auto row =
          std::lower_bound(series.clean.rows.begin(), series.clean.rows.end(), point.index);
      changes.push_back(static_cast<std::size_t>(row - series.clean.rows.begin()));
    }
    usual.push_back(score(series, changes));
  }
  show("defaults, all series", mean_of(usual));

  const std::vector<Scores> grid = score_grid(all);
  std::vector<Score> each;
  for (const auto& scores : grid) each.push_back(mean_of(scores));
  show_spread("every setting of the grid, all series", each);
  std::vector<Score> one_out;
  for (const std::size_t i : order) one_out.push_back(held_out(grid, {i}));
  show("one series left out at a time", mean_of(one_out));

  std::vector<Score> quarters;
  std::mt19937 random(1);
  for (int shuffle = 0; shuffle < 20; ++shuffle) {
    std::shuffle(order.begin(), order.end(), random);
    std::vector<Score> folds;
    for (auto first = order.begin(); first != order.end(); first += 4) {
      folds.push_back(held_out(grid, {first, first + 4}));
    }
    quarters.push_back(mean_of(folds));
  }
  show_spread("a quarter left out at a time, 20 shuffles", quarters);
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  if (argc != 2) perfwatch::give_up("usage: changepoints_cross DATA");
  perfwatch::show_everything(argv[1]);
}
