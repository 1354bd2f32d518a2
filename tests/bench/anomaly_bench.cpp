// SPDX-License-Identifier: Apache-2.0
// What a point costs the anomaly detector: the median over blocks of 1,000 points of each kind of
// series, and the bytes of its state; aim: at most 500 ns and 4,096 bytes. And how often it alerts
// where there is nothing but noise.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include "core/analyse/anomaly.h"

namespace perfwatch {
namespace {

constexpr int kBlock = 1000;
constexpr int kBlocks = 200;
constexpr double kRowSeconds = 300;
constexpr double kDayRows = 288;

using Series = double (*)(int row, double noise);

// Nanoseconds a point in the median block.
double median_cost(Series series) {
  std::mt19937 random(1);
  std::normal_distribution<> normal;
  AnomalyDetector detector;
  std::vector<double> costs;
  std::vector<double> values(kBlock);
  double sum = 0;
  for (int block = 0; block < kBlocks; ++block) {
    const int first = block * kBlock;
    for (int i = 0; i < kBlock; ++i)
      values[static_cast<std::size_t>(i)] = series(first + i, normal(random));
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kBlock; ++i)
      sum += detector.add(values[static_cast<std::size_t>(i)], kRowSeconds * (first + i)).score;
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    costs.push_back(took.count() / kBlock);
  }
  std::nth_element(costs.begin(), costs.begin() + kBlocks / 2, costs.end());
  return sum < 0 ? 0 : costs[kBlocks / 2];  // keeps the sum alive
}

// False alerts in 10,000 rows, of ten series of 20,000.
void print_false_alerts(const char* name, const std::function<double(int, std::mt19937&)>& draw) {
  constexpr int kSeries = 10;
  constexpr int kRows = 20'000;
  int alerts = 0;
  for (unsigned seed = 1; seed <= kSeries; ++seed) {
    std::mt19937 random(seed);
    AnomalyDetector detector;
    for (int row = 0; row < kRows; ++row) {
      if (detector.add(draw(row, random), kRowSeconds * row).alert) ++alerts;
    }
  }
  std::printf("%-20s %4.1f false alerts in 10,000 rows\n", name, 1e4 * alerts / (kSeries * kRows));
}

void print_all_false_alerts() {
  std::normal_distribution<> normal;
  std::uniform_real_distribution<> uniform;
  std::poisson_distribution<> poisson(0.5);
  double state = 0;
  print_false_alerts("white noise", [&](int, auto& random) { return normal(random); });
  print_false_alerts("AR(0.9)", [&](int row, auto& random) {
    return state = (row > 0 ? 0.9 * state : 0) + normal(random);
  });
  print_false_alerts("random walk", [&](int row, auto& random) {
    return state = (row > 0 ? state : 0) + normal(random);
  });
  print_false_alerts("exponential",
                     [&](int, auto& random) { return -std::log1p(-uniform(random)); });
  print_false_alerts("Pareto(2)",
                     [&](int, auto& random) { return 1 / std::sqrt(1 - uniform(random)); });
  print_false_alerts("Poisson(0.5)",
                     [&](int, auto& random) { return static_cast<double>(poisson(random)); });
  print_false_alerts("daily sine and noise", [&](int row, auto& random) {
    return 10 * std::sin(6.2832 * row / kDayRows) + normal(random);
  });
}

double noise(int, double noise) { return noise; }
double day_curve(int row, double noise) { return 10 * std::sin(6.2832 * row / kDayRows) + noise; }
double bursts(int row, double noise) { return row % 97 == 0 ? 100 * noise : std::exp(noise); }
double constant(int, double) { return 42; }

}  // namespace
}  // namespace perfwatch

int main() {
  using namespace perfwatch;
  std::printf("state           %5zu bytes\n", sizeof(AnomalyDetector));
  std::printf("white noise     %5.0f ns a point\n", median_cost(noise));
  std::printf("daily curve     %5.0f ns a point\n", median_cost(day_curve));
  std::printf("skewed, bursts  %5.0f ns a point\n", median_cost(bursts));
  std::printf("constant        %5.0f ns a point\n", median_cost(constant));
  print_all_false_alerts();
}
