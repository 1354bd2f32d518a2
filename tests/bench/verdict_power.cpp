// SPDX-License-Identifier: Apache-2.0
// How often runs are called regressed that are not, and how often those that are, in simulated
// builds. One line for each kind of noise and number of runs, fields parted by tabs, its first line
// their names; tests/accuracy/regressions holds them to the aims and prints tables.
//
//   build/bin/verdict_power [TRIALS]      per line (2000), four times as many
//                                    where it is close; seed fixed
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/analyse/run_verdict.h"
#include "tests/bench/simulated_builds.h"

namespace perfwatch {
namespace {

// How many trials were called regressed.
struct Counts {
  int any = 0;                            // some metric of the run
  int verdict = 0;                        // the run as a whole: a metric that may alert
  std::array<int, kRunMetrics> family{};  // each, when all are judged
  std::array<int, 2> alone{};             // CPU, wall, when only it is
};

void judge_alone(const Runs& baseline, const Runs& judged, Counts& counts) {
  for (std::size_t i = 0; i < counts.alone.size(); ++i) {
    const auto metric = static_cast<RunMetric>(i);
    std::vector<double> before;
    std::vector<double> after;
    for (const RunFigures& run : baseline) before.push_back(run[metric]);
    for (const RunFigures& run : judged) after.push_back(run[metric]);
    if (judge_metric(metric, before, after).verdict == RunVerdict::regressed) ++counts.alone[i];
  }
}

Counts simulate(const Scenario& scenario, int trials) {
  Random random(1);
  Counts counts;
  for (int i = 0; i < trials; ++i) {
    Builds builds(scenario, random);
    const Runs baseline = builds.next(scenario.baseline, 0);
    const Runs judged = builds.next(scenario.judged, scenario.slowdown);
    const RunJudgement judgement = judge_runs(baseline, judged);
    bool any = false;
    for (const MetricVerdict& verdict : judgement.metrics) {
      if (verdict.verdict != RunVerdict::regressed) continue;
      any = true;
      ++counts.family[static_cast<std::size_t>(verdict.metric)];
    }
    counts.any += any ? 1 : 0;
    counts.verdict += judgement.verdict == RunVerdict::regressed ? 1 : 0;
    judge_alone(baseline, judged, counts);
  }
  return counts;
}

// What is close to the promise is looked at more closely.
bool is_close(const Scenario& scenario) {
  if (scenario.judged != 10 || scenario.baseline != 10) return false;
  return scenario.slowdown > 0 ? scenario.outliers == Outliers::none
                               : scenario.course == Course::drift && scenario.variation > 0.02;
}

std::string row(const Scenario& scenario, int trials) {
  if (is_close(scenario)) trials *= 4;
  const Counts counts = simulate(scenario, trials);
  const auto percent = [&](int count) { return 100.0 * count / trials; };
  std::array<char, 300> text{};
  std::snprintf(text.data(), text.size(),
                "%.0f\t%s\t%s\t%s\t%zu\t%zu\t%.0f\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f",
                100 * scenario.variation, scenario.log_normal ? "log-normal" : "normal",
                kOutliers[static_cast<std::size_t>(scenario.outliers)].data(),
                kCourses[static_cast<std::size_t>(scenario.course)].data(), scenario.baseline,
                scenario.judged, 100 * scenario.slowdown, trials, percent(counts.any),
                percent(counts.verdict),
                percent(*std::max_element(counts.family.begin(), counts.family.end())),
                percent(counts.family[0]), percent(counts.family[1]), percent(counts.alone[0]),
                percent(counts.alone[1]));
  return text.data();
}

void add_unchanged(std::vector<Scenario>& all) {
  constexpr auto kRuns = Outliers::runs;
  for (const double variation : {0.01, 0.03, 0.1}) {
    for (const std::size_t judged : {10U, 3U}) {
      for (const Course course : {Course::level, Course::drift}) {
        for (const bool log_normal : {false, true}) {
          if (log_normal && variation < 0.02) continue;  // the same
          for (const Outliers outliers : {Outliers::none, kRuns})
            all.push_back({variation, log_normal, outliers, course, 10, judged, 0});
        }
        all.push_back({variation, false, Outliers::metrics, course, 10, judged, 0});
      }
    }
  }
}

// Beyond what is promised.
void add_hard(std::vector<Scenario>& all) {
  all.push_back({0.03, false, Outliers::none, Course::level, 10, 1, 0});
  all.push_back({0.03, false, Outliers::runs, Course::level, 10, 1, 0});
  all.push_back({0.1, false, Outliers::runs, Course::level, 10, 1, 0});
  for (const double variation : {0.03, 0.1}) {
    all.push_back({variation, false, Outliers::none, Course::ar, 10, 10, 0});
    all.push_back({variation, false, Outliers::none, Course::ar, 30, 10, 0});
    all.push_back({variation, false, Outliers::none, Course::step, 10, 10, 0});
    all.push_back({variation, false, Outliers::none, Course::step, 30, 10, 0});
  }
}

void add_slower(std::vector<Scenario>& all) {
  for (const bool log_normal : {false, true}) {
    for (const Outliers outliers : {Outliers::none, Outliers::runs}) {
      all.push_back({0.03, log_normal, outliers, Course::level, 10, 10, 0.1});
      all.push_back({0.1, log_normal, outliers, Course::level, 10, 10, 0.3});
    }
  }
  for (const Outliers outliers : {Outliers::none, Outliers::runs}) {
    all.push_back({0.03, false, outliers, Course::level, 30, 10, 0.1});
    all.push_back({0.1, false, outliers, Course::level, 30, 10, 0.3});
    for (const std::size_t judged : {3U, 1U}) {
      all.push_back({0.03, false, outliers, Course::level, 10, judged, 0.1});
      all.push_back({0.03, false, outliers, Course::level, 10, judged, 0.3});
      all.push_back({0.1, false, outliers, Course::level, 10, judged, 0.3});
      all.push_back({0.1, false, outliers, Course::level, 10, judged, 1});
    }
  }
}

// On all CPUs; each line has random numbers of its own, so that it is the same on any host.
void show_all(int trials) {
  std::vector<Scenario> all;
  add_unchanged(all);
  add_hard(all);
  add_slower(all);
  std::vector<std::string> rows(all.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < all.size(); i = next++) rows[i] = row(all[i], trials);
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back(work);
    work();
  }
  std::puts(
      "variation\tshape\toutliers\tcourse\tbaseline\tjudged\tslowdown\ttrials\tany\tverdict\tworst"
      "\tcpu"
      "\twall\tcpu_alone\twall_alone");
  for (const std::string& line : rows) std::puts(line.c_str());
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  perfwatch::show_all(argc > 1 ? std::max(1, std::atoi(argv[1])) : 2000);
}
