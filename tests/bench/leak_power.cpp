// SPDX-License-Identifier: Apache-2.0
// The smallest leak that the detector calls within 10 minutes, 1, 6 and 24 hours, by simulation:
//
//   build/bin/leak_power [smallest|wander] [RUNS]     runs for each rate (20); 5 minutes for all
//
// 100 MB of anonymous memory, 10 MB besides, a point each 5 s (15 s for 24 h), under four kinds of
// noise. A rate counts as seen when nine of ten runs call it, each with other noise. "Predicted" is
// smallest_visible_rate() at the end of runs without a leak, "false" the share of these runs that
// were accused, and the last column what a point costs in them.
//
// The second table, `wander`, has no leak: load that wanders, and the share of runs that are
// accused.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

#include "core/analyse/leak.h"

namespace perfwatch {
namespace {

constexpr double kBase = 100e6;  // bytes
constexpr double kOther = 10e6;

struct Noise {
  const char* name;
  double deviation;  // bytes, of Gaussian noise on each point
  double tooth;      // bytes that a collector frees at once ...
  double period;     // ... about each so many s: each tooth lasts 0.5 to 1.5 of it
  double wander;     // bytes, deviation of a slow autoregressive part ...
};
constexpr double kWanderSeconds = 600;  // ... that forgets in this time

constexpr Noise kNoises[] = {
    {"quiet: 0.1 MB (one sigma)", 1e5, 0, 60, 0},
    {"noisy: 1 MB", 1e6, 0, 60, 0},
    {"1 MB and a collector: teeth of 20 MB each minute", 1e6, 20e6, 60, 0},
    {"1 MB and load that wanders by 3 MB in 10 minutes", 1e6, 0, 60, 3e6},
};

struct Run {
  bool called = false;
  double predicted = 0;  // bytes per second, at the end
  double point_seconds = 0;
};

Run simulate(const Noise& noise, double rate, double duration, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> gaussian(0, 1);
  std::uniform_real_distribution<double> length(0.5 * noise.period, 1.5 * noise.period);
  LeakDetector detector;
  Run run;
  const double interval = duration > 12 * 3600 ? 15 : 5;
  const double remembers = std::exp(-interval / kWanderSeconds);
  double wander = noise.wander * gaussian(random);
  double tooth_start = 0;
  double tooth_end = length(random);
  const auto begin = std::chrono::steady_clock::now();
  for (double t = 0; t <= duration && !run.called; t += interval) {
    while (t >= tooth_end) {
      tooth_start = tooth_end;
      tooth_end += length(random);
    }
    const double tooth = noise.tooth * (t - tooth_start) / (tooth_end - tooth_start);
    wander =
        remembers * wander + std::sqrt(1 - remembers * remembers) * noise.wander * gaussian(random);
    const double value = kBase + rate * t + tooth + wander + noise.deviation * gaussian(random);
    run.called = detector.add(t, value, value + kOther).verdict == LeakVerdict::leak;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  run.point_seconds = took.count() / (duration / interval);
  run.predicted = detector.smallest_visible_rate();
  return run;
}

double called_share(const Noise& noise, double rate, double duration, unsigned runs) {
  unsigned called = 0;
  for (unsigned seed = 0; seed < runs; ++seed) {
    if (simulate(noise, rate, duration, seed).called) ++called;
  }
  return static_cast<double>(called) / runs;
}

// Upwards by sixths, as a leak so fast that it multiplies the memory takes longer again.
double smallest_rate(const Noise& noise, double start, double duration, unsigned runs) {
  for (double rate = start; rate < 1e9; rate *= 7.0 / 6) {
    if (called_share(noise, rate, duration, runs) >= 0.9) return rate;
  }
  return NAN;
}

void print_row(const Noise& noise, double hours, unsigned runs) {
  const double duration = hours * 3600;
  std::vector<double> predicted;
  double point = 0;
  unsigned accused = 0;
  for (unsigned seed = 0; seed < runs; ++seed) {
    const Run run = simulate(noise, 0, duration, 1000 + seed);
    predicted.push_back(run.predicted);
    point += run.point_seconds / runs;
    if (run.called) ++accused;
  }
  std::nth_element(predicted.begin(), predicted.begin() + runs / 2, predicted.end());
  const double expected = predicted[runs / 2];
  const double smallest = smallest_rate(noise, expected / 6, duration, runs);
  std::printf("| %s | %.3g h | %.2f kB/s | %.1f MB | %.2f kB/s | %.2f | %.2f us |\n", noise.name,
              hours, smallest / 1e3, smallest * duration / 1e6, expected / 1e3,
              static_cast<double>(accused) / runs, point * 1e6);
  std::fflush(stdout);
}

void print_smallest(unsigned runs) {
  std::printf("| noise | time | smallest leak | it adds | predicted | false | a point costs |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  for (const auto& noise : kNoises) {
    for (const double hours : {1.0 / 6, 1.0, 6.0, 24.0}) print_row(noise, hours, runs);
  }
}

// Whether an autoregressive part of this deviation (bytes), which forgets in so many seconds, is
// taken for a leak.
bool accused(const LeakSettings& settings, double deviation, double forgets, double duration,
             unsigned seed) {
  constexpr double kInterval = 5;
  constexpr double kNoise = 1e5;
  std::mt19937 random(seed);
  std::normal_distribution<double> gaussian(0, 1);
  const double remembers = std::exp(-kInterval / forgets);
  double wander = deviation * gaussian(random);
  LeakDetector detector(settings);
  for (double t = 0; t <= duration; t += kInterval) {
    wander =
        remembers * wander + std::sqrt(1 - remembers * remembers) * deviation * gaussian(random);
    const double value = kBase + wander + kNoise * gaussian(random);
    if (detector.add(t, value, value + kOther).verdict == LeakVerdict::leak) return true;
  }
  return false;
}

void print_wander(unsigned runs) {
  struct Load {
    double deviation;
    double forgets;
  };
  LeakSettings larger_steps;
  larger_steps.step_share = 0.25;
  LeakSettings patient;
  patient.patience = 600;
  patient.longest_patience = 3600;
  std::printf("| wanders by | forgets in | 1 h | 6 h | step_share 0.25: 1 h | 6 h | ");
  std::printf("patience 600, 3600: 1 h | 6 h |\n|---|---|---|---|---|---|---|---|\n");
  for (const auto& [deviation, forgets] :
       {Load{3e6, 60}, Load{3e6, 600}, Load{10e6, 600}, Load{10e6, 3600}}) {
    std::printf("| %.0f MB | %.0f min |", deviation / 1e6, forgets / 60);
    for (const auto& settings : {LeakSettings{}, larger_steps, patient}) {
      for (const double hours : {1.0, 6.0}) {
        unsigned count = 0;
        for (unsigned seed = 0; seed < runs; ++seed) {
          if (accused(settings, deviation, forgets, hours * 3600, 77 + seed)) ++count;
        }
        std::printf(" %.2f |", static_cast<double>(count) / runs);
      }
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  const std::string_view table = argc > 1 ? argv[1] : "";
  const int asked = argc > 2 ? std::atoi(argv[2]) : 20;
  const unsigned runs = asked > 0 ? static_cast<unsigned>(asked) : 20;
  if (table != "wander") perfwatch::print_smallest(runs);
  if (table != "smallest") perfwatch::print_wander(3 * runs);
}
