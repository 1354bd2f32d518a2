// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/rank_sum.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace perfwatch {
namespace {

constexpr std::size_t kExact = 20;  // values in the smaller sample

// [u]: in how many of all arrangements U is u, for u up to `last`: the coefficients of the Gaussian
// binomial, the product of (1 - q^(larger + i))/(1 - q^i) over i = 1 .. smaller. Whole numbers, of
// which those of the tail are small and exact.
std::vector<double> arrangements(std::size_t smaller, std::size_t larger, std::size_t last) {
  std::vector<double> count(last + 1);
  count[0] = 1;
  for (std::size_t i = 1; i <= smaller; ++i) {
    for (std::size_t u = last; u >= larger + i; --u) count[u] -= count[u - larger - i];
    for (std::size_t u = i; u <= last; ++u) count[u] += count[u - i];
  }
  return count;
}

double all_arrangements(std::size_t smaller, std::size_t larger) {
  double all = 1;
  for (std::size_t i = 1; i <= smaller; ++i)
    all *= static_cast<double>(larger + i) / static_cast<double>(i);
  return all;
}

// P(U <= u), which is P(U >= first second - u).
double normal_lower_tail(double first, double second, double u) {
  const double deviation = std::sqrt(first * second * (first + second + 1) / 12);
  return std::erfc((first * second / 2 - u - 0.5) / deviation / std::sqrt(2.0)) / 2;
}

double lower_tail(std::size_t first, std::size_t second, std::size_t u) {
  const auto [smaller, larger] = std::minmax(first, second);
  if (smaller > kExact)
    return normal_lower_tail(static_cast<double>(first), static_cast<double>(second),
                             static_cast<double>(u));
  double sum = 0;
  for (const double count : arrangements(smaller, larger, u)) sum += count;
  return std::min(1.0, sum / all_arrangements(smaller, larger));
}

}  // namespace

double rank_sum_tail(std::size_t first, std::size_t second, std::size_t u) {
  const std::size_t pairs = first * second;
  if (u > pairs) return 0;
  if (2 * u >= pairs) return lower_tail(first, second, pairs - u);
  return u == 0 ? 1 : 1 - lower_tail(first, second, u - 1);
}

std::optional<std::size_t> rank_sum_interval(std::size_t first, std::size_t second,
                                             double confidence) {
  const double each_side = (1 - confidence) / 2;
  const std::size_t half = first * second / 2;
  const auto [smaller, larger] = std::minmax(first, second);
  std::size_t k = 0;
  if (smaller > kExact) {
    while (k < half && normal_lower_tail(static_cast<double>(first), static_cast<double>(second),
                                         static_cast<double>(k)) <= each_side)
      ++k;
  } else {
    const std::vector<double> count = arrangements(smaller, larger, half);
    const double enough = each_side * all_arrangements(smaller, larger);
    for (double sum = count[0]; k < half && sum <= enough; sum += count[k]) ++k;
  }
  if (k == 0) return std::nullopt;
  return k - 1;
}

}  // namespace perfwatch
