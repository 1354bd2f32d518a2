// SPDX-License-Identifier: Apache-2.0
// What the change point and trend rules see where there is nothing, and miss where there is
// something, in simulated series; and how often changes of each confidence were right.
//
//   build/bin/change_points_power [SERIES]      series per figure (200); about 5 minutes for 400
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "core/analyse/change_points.h"
#include "core/analyse/trend.h"

namespace perfwatch {
namespace {

using Random = std::mt19937_64;
using Series = std::vector<double>;

Series independent(std::size_t rows, const std::function<double()>& draw) {
  Series values(rows);
  std::generate(values.begin(), values.end(), draw);
  return values;
}

// AR(1) of variance 1/(1 - rho^2); rho = 1 is a random walk.
Series autoregressive(std::size_t rows, double rho, Random& random) {
  std::normal_distribution<double> normal;
  double now = rho < 1 ? normal(random) / std::sqrt(1 - rho * rho) : 0;
  return independent(rows, [&] {
    const double before = now;
    now = rho * now + normal(random);
    return before;
  });
}

struct Noise {
  std::string_view name;
  Series (*draw)(std::size_t rows, Random& random);
  double deviation;  // what a step is measured in; 0: grows with the rows, as sqrt(rows / 6)
};

const Noise kNoises[] = {
    {"white", [](std::size_t n, Random& r) { return autoregressive(n, 0, r); }, 1},
    {"t(2)",
     [](std::size_t n, Random& r) {
       std::student_t_distribution<double> t(2);
       return independent(n, [&] { return t(r); });
     },
     1},
    {"AR(0.5)", [](std::size_t n, Random& r) { return autoregressive(n, 0.5, r); }, 1.155},
    {"AR(0.9)", [](std::size_t n, Random& r) { return autoregressive(n, 0.9, r); }, 2.294},
    {"AR(0.97)", [](std::size_t n, Random& r) { return autoregressive(n, 0.97, r); }, 4.113},
    {"random walk", [](std::size_t n, Random& r) { return autoregressive(n, 1, r); }, 0},
    {"walk + white",
     [](std::size_t n, Random& r) {
       Series values = autoregressive(n, 1, r);
       std::normal_distribution<double> normal;
       for (double& value : values) value += 2 * normal(r);
       return values;
     },
     0},
    {"sine + white",
     [](std::size_t n, Random& r) {
       Series values = autoregressive(n, 0, r);
       for (std::size_t i = 0; i < n; ++i)
         values[i] += 2 * std::sin(static_cast<double>(i) * 0.2618);
       return values;
     },
     1},
};
constexpr std::size_t kRows[] = {60, 200, 500};

Series with_step(Series values, std::size_t at, double step) {
  for (std::size_t i = at; i < values.size(); ++i) values[i] += step;
  return values;
}

double deviation_of(const Noise& noise, std::size_t rows) {
  return noise.deviation > 0 ? noise.deviation : std::sqrt(static_cast<double>(rows) / 6);
}

std::size_t distance(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

bool found_near(const std::vector<ChangePoint>& points, std::size_t at) {
  return std::any_of(points.begin(), points.end(),
                     [&](const ChangePoint& point) { return distance(point.index, at) <= 5; });
}

bool has_trend(const Series& values) {
  std::vector<TrendPoint> points;
  for (const double value : values) points.push_back({static_cast<double>(points.size()), value});
  const auto trend = find_trend(points);
  return trend && trend->direction != Direction::stable;
}

// Percent of `series` drawn ones for which `seen` holds.
double percent(int series, const std::function<bool(Random&)>& seen) {
  Random random(1);
  int count = 0;
  for (int i = 0; i < series; ++i) count += seen(random) ? 1 : 0;
  return 100.0 * count / series;
}

void show_table(std::string_view title,
                const std::function<double(const Noise&, std::size_t)>& cell) {
  std::printf("\n%s\n%-14s", title.data(), "rows");
  for (const std::size_t rows : kRows) std::printf("%8zu", rows);
  std::puts("");
  for (const Noise& noise : kNoises) {
    std::printf("%-14s", noise.name.data());
    for (const std::size_t rows : kRows) std::printf("%8.0f", cell(noise, rows));
    std::puts("");
  }
}

// Half of the series have a step of 1 to 5 deviations, anywhere but at the ends.
void show_confidence(int series) {
  constexpr double kFrom[] = {0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99};
  int found[std::size(kFrom)] = {};
  int right[std::size(kFrom)] = {};
  Random random(2);
  std::uniform_real_distribution<double> uniform;
  for (int i = 0; i < 4 * series; ++i) {
    for (const Noise& noise : kNoises) {
      const std::size_t rows = i % 2 == 0 ? 100 : 300;
      const double step = i % 4 < 2 ? 0 : (1 + 4 * uniform(random)) * deviation_of(noise, rows);
      const auto at =
          static_cast<std::size_t>((0.15 + 0.7 * uniform(random)) * static_cast<double>(rows));
      for (const ChangePoint& point :
           find_change_points(with_step(noise.draw(rows, random), at, step))) {
        const auto band =
            std::upper_bound(std::begin(kFrom), std::end(kFrom), point.confidence) - kFrom - 1;
        ++found[band];
        if (step > 0 && distance(point.index, at) <= std::max<std::size_t>(5, rows * 3 / 100))
          ++right[band];
      }
    }
  }
  std::puts("\nconfidence from, changes found, right, %");
  for (std::size_t i = 0; i < std::size(kFrom); ++i) {
    std::printf("%.2f %6d %5.0f\n", kFrom[i], found[i], 100.0 * right[i] / std::max(found[i], 1));
  }
}

void show_all(int series) {
  show_table("series with a false change point, %", [&](const Noise& noise, std::size_t rows) {
    return percent(series,
                   [&](Random& r) { return !find_change_points(noise.draw(rows, r)).empty(); });
  });
  for (const double step : {1.0, 2.0, 3.0, 4.0}) {
    std::printf("\na step of %.0f deviations in the middle:", step);
    show_table("found within 5 rows, %", [&](const Noise& noise, std::size_t rows) {
      const double size = step * deviation_of(noise, rows);
      return percent(series, [&](Random& r) {
        return found_near(find_change_points(with_step(noise.draw(rows, r), rows / 2, size)),
                          rows / 2);
      });
    });
  }
  show_table("series with a false trend, %", [&](const Noise& noise, std::size_t rows) {
    return percent(series, [&](Random& r) { return has_trend(noise.draw(rows, r)); });
  });
  show_confidence(series);
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) { perfwatch::show_all(argc > 1 ? std::atoi(argv[1]) : 200); }
