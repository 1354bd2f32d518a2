// SPDX-License-Identifier: Apache-2.0
// How often a run of a simulated history fails that should not, and how soon those do that should:
// each run is reviewed as it comes, against all before it. One line for each kind of noise, fields
// parted by tabs, its first line their names; tests/accuracy/regressions holds them to the aims.
//
//   build/bin/review_power [HISTORIES]    per line (200), of 50 runs; seed fixed
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/analyse/run_review.h"
#include "tests/bench/simulated_builds.h"

namespace perfwatch {
namespace {

constexpr std::size_t kRuns = 50;
constexpr std::size_t kSlowFrom = 25;  // where the history is one that slows down
constexpr std::size_t kFirst = 10;     // before there is no baseline

struct Found {
  int reviews = 0;              // of runs that are as they were
  int wrong = 0;                // of these, that failed
  int histories = 0;            // with such a one
  std::array<int, 3> within{};  // found within so many slow runs: 3, 5, 10
  int ever = 0;                 // found at all
  int since = 0;                // of these, the run named is the right one or next to it
};
constexpr std::array<std::size_t, 3> kWithin{3, 5, 10};

std::vector<ReviewedRun> history_of(const Scenario& scenario, Random& random) {
  Builds builds(scenario, random);
  std::vector<ReviewedRun> runs(kRuns);
  for (std::size_t i = 0; i < kRuns; ++i) {
    runs[i].id = std::to_string(i);
    runs[i].figures = builds.next(1, i < kSlowFrom ? 0 : scenario.slowdown).front();
  }
  return runs;
}

bool names_it(const RunReview& review) {
  if (review.regressed.empty()) return false;
  const std::size_t index = review.regressed.front().since.index;
  return index + 1 >= kSlowFrom && index <= kSlowFrom + 1;
}

void review(std::span<const ReviewedRun> runs, bool slows, Found& found) {
  bool any_wrong = false;
  for (std::size_t i = kFirst; i < kRuns; ++i) {
    const bool slow = slows && i >= kSlowFrom;
    const RunReview review = review_runs(runs.first(i + 1));
    if (!slow) {
      ++found.reviews;
      found.wrong += review.judgement.fails ? 1 : 0;
      any_wrong |= review.judgement.fails;
      continue;
    }
    if (!review.judgement.fails) continue;
    const std::size_t needed = i - kSlowFrom + 1;
    for (std::size_t k = 0; k < kWithin.size(); ++k)
      found.within[k] += needed <= kWithin[k] ? 1 : 0;
    ++found.ever;
    found.since += names_it(review) ? 1 : 0;
    break;
  }
  found.histories += any_wrong ? 1 : 0;
}

std::string row(const Scenario& scenario, int histories) {
  Random random(1);
  Found found;
  for (int i = 0; i < histories; ++i) {
    review(history_of(scenario, random), scenario.slowdown > 0, found);
  }
  const auto percent = [](int count, int of) { return 100.0 * count / std::max(of, 1); };
  std::array<char, 300> text{};
  std::snprintf(text.data(), text.size(),
                "%.0f\t%s\t%s\t%s\t%.0f\t%d\t%.3f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f",
                100 * scenario.variation, scenario.log_normal ? "log-normal" : "normal",
                kOutliers[static_cast<std::size_t>(scenario.outliers)].data(),
                kCourses[static_cast<std::size_t>(scenario.course)].data(), 100 * scenario.slowdown,
                histories, percent(found.wrong, found.reviews), percent(found.histories, histories),
                percent(found.within[0], histories), percent(found.within[1], histories),
                percent(found.within[2], histories), percent(found.since, found.ever));
  return text.data();
}

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all;
  for (const double variation : {0.01, 0.03, 0.1}) {
    for (const Outliers outliers : {Outliers::none, Outliers::runs, Outliers::metrics}) {
      all.push_back({variation, false, outliers, Course::level, kRuns, 1, 0});
    }
    all.push_back({variation, true, Outliers::runs, Course::level, kRuns, 1, 0});
    all.push_back({variation, false, Outliers::none, Course::drift, kRuns, 1, 0});
    all.push_back({variation, false, Outliers::none, Course::ar, kRuns, 1, 0});
  }
  for (const Outliers outliers : {Outliers::none, Outliers::runs}) {
    all.push_back({0.03, false, outliers, Course::level, kRuns, 1, 0.1});
    all.push_back({0.03, false, outliers, Course::level, kRuns, 1, 0.3});
    all.push_back({0.1, false, outliers, Course::level, kRuns, 1, 0.3});
    all.push_back({0.1, false, outliers, Course::level, kRuns, 1, 1});
  }
  return all;
}

void show_all(int histories) {
  const std::vector<Scenario> all = scenarios();
  std::vector<std::string> rows(all.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < all.size(); i = next++) rows[i] = row(all[i], histories);
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back(work);
    work();
  }
  std::puts(
      "variation\tshape\toutliers\tcourse\tslowdown\thistories\twrong_runs\twrong_histories"
      "\twithin_3\twithin_5\twithin_10\tsince");
  for (const std::string& line : rows) std::puts(line.c_str());
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  perfwatch::show_all(argc > 1 ? std::max(1, std::atoi(argv[1])) : 200);
}
