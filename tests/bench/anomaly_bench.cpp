// SPDX-License-Identifier: Apache-2.0
// What a point costs the anomaly detector: the median over blocks of 1,000 points of each kind of
// series, and the bytes of its state. Aim: at most 500 ns and 4,096 bytes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
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
}
