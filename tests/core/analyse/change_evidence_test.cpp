// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/change_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace perfwatch {
namespace {

using Matrix = std::vector<std::vector<double>>;

struct Rows {
  std::vector<double> steps;
  std::vector<double> times;
  std::vector<double> values;

  [[nodiscard]] ChangeEvidence evidence(Shape shape) const { return {steps, times, values, shape}; }
};

// AR(1) noise with a step in the middle.
Rows series(std::size_t count, double rho, double step, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Rows rows;
  double noise = normal(random) / std::sqrt(1 - rho * rho);
  for (std::size_t i = 0; i < count; ++i) {
    rows.steps.push_back(static_cast<double>(i));
    rows.times.push_back(2 * static_cast<double>(i) / static_cast<double>(count) - 1);
    rows.values.push_back(noise + (2 * i >= count ? step : 0));
    noise = rho * noise + normal(random);
  }
  return rows;
}

// The lower triangle L with L L^T = m.
Matrix cholesky(const Matrix& m) {
  Matrix lower(m.size(), std::vector<double>(m.size()));
  for (std::size_t i = 0; i < m.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = m[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i == j ? std::sqrt(sum) : sum / lower[j][j];
    }
  }
  return lower;
}

// L^-1 v.
std::vector<double> solved(const Matrix& lower, std::vector<double> v) {
  for (std::size_t i = 0; i < v.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) v[i] -= lower[i][k] * v[k];
    v[i] /= lower[i][i];
  }
  return v;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Squares left and ln of the determinant for one segment, from its covariance matrix.
std::pair<double, double> by_covariance(const Rows& rows, std::size_t first, std::size_t end,
                                        double rho, double white, Shape shape) {
  Matrix covariance(end - first, std::vector<double>(end - first));
  for (std::size_t i = first; i < end; ++i) {
    for (std::size_t j = first; j < end; ++j) {
      const double gap = std::abs(rows.steps[i] - rows.steps[j]);
      covariance[i - first][j - first] = (1 - white) * std::pow(rho, gap) + (i == j ? white : 0);
    }
  }
  const Matrix lower = cholesky(covariance);
  double determinant = 0;
  for (std::size_t i = 0; i < lower.size(); ++i) determinant += 2 * std::log(lower[i][i]);
  std::vector<double> y(rows.values.begin() + static_cast<std::ptrdiff_t>(first),
                        rows.values.begin() + static_cast<std::ptrdiff_t>(end));
  std::vector<double> b(rows.times.begin() + static_cast<std::ptrdiff_t>(first),
                        rows.times.begin() + static_cast<std::ptrdiff_t>(end));
  y = solved(lower, y);
  b = solved(lower, b);
  const std::vector<double> a = solved(lower, std::vector<double>(y.size(), 1));
  const auto take = [](std::vector<double>& from, const std::vector<double>& what) {
    const double share = dot(from, what) / dot(what, what);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] -= share * what[i];
  };
  take(y, a);
  if (shape == Shape::line) {
    take(b, a);
    take(y, b);
  }
  return {dot(y, y), determinant};
}

double deviance_by_covariance(const Rows& rows, const Changes& changes, Shape shape) {
  double least = std::numeric_limits<double>::infinity();
  const auto count = static_cast<double>(rows.values.size());
  const double freedom =
      count - static_cast<double>(changes.size() + 1) * (shape == Shape::line ? 2 : 1);
  for (const double rho : {0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.98, 0.99}) {
    for (const double ratio : {0.0, 1.0, 4.0, 16.0, 64.0}) {
      if (ratio > 0 && rho < 0.5) continue;
      const double white = ratio * (1 - rho * rho) / (1 + ratio * (1 - rho * rho));
      double squares = 0;
      double determinants = 0;
      std::size_t first = 0;
      for (std::size_t i = 0; i <= changes.size(); ++i) {
        const std::size_t end = i < changes.size() ? changes[i] : rows.values.size();
        const auto [left, determinant] = by_covariance(rows, first, end, rho, white, shape);
        squares += left;
        determinants += determinant;
        first = end;
      }
      least = std::min(least, count * std::log(squares / freedom) + determinants);
    }
  }
  return least;
}

TEST(ChangeEvidence, IsTheLikelihoodOfTheCovarianceMatrix) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    Rows rows = series(30, 0.3 * (seed - 1), 2, seed);
    if (seed == 3) {  // a hole
      for (std::size_t i = 11; i < 30; ++i) rows.steps[i] += 4;
    }
    for (const Shape shape : {Shape::level, Shape::line}) {
      ChangeEvidence evidence = rows.evidence(shape);
      for (const Changes& changes : {Changes{}, Changes{15}, Changes{7, 21}}) {
        EXPECT_NEAR(evidence.deviance(changes), deviance_by_covariance(rows, changes, shape), 1e-6)
            << seed << " " << changes.size();
      }
    }
  }
}

TEST(ChangeEvidence, KeepsAStepAndDropsWhatExplainsNothing) {
  const Rows rows = series(100, 0, 4, 5);
  ChangeEvidence evidence = rows.evidence(Shape::level);
  EXPECT_EQ(evidence.worth({20, 50, 71}, 11), Changes{50});
  EXPECT_TRUE(evidence.worth({20, 71}, 1000).empty());
  EXPECT_TRUE(evidence.worth({}, 11).empty());
  EXPECT_EQ(evidence.worth({20, 50, 71}, -1000), (Changes{20, 50, 71})) << "a reward for changes";
}

TEST(ChangeEvidence, GainIsTheDevianceThatAChangeSaves) {
  const Rows rows = series(100, 0.5, 4, 6);
  ChangeEvidence evidence = rows.evidence(Shape::line);
  EXPECT_NEAR(evidence.gain({20, 50}, 0), evidence.deviance({50}) - evidence.deviance({20, 50}),
              1e-12);
  EXPECT_GT(evidence.gain({50}, 0), evidence.gain({20}, 0));
}

TEST(ChangeEvidence, MovesAChangeToWhereItIsLikeliest) {
  const Rows rows = series(100, 0.5, 8, 7);
  ChangeEvidence evidence = rows.evidence(Shape::level);
  EXPECT_EQ(evidence.placed({45}, 10, 5), Changes{50});
  EXPECT_EQ(evidence.placed({30}, 5, 5).size(), 1U);
  EXPECT_LE(evidence.placed({30}, 5, 5)[0], 40U) << "5 rows in each of 2 rounds";
  const Changes ends = evidence.placed({5, 95}, 50, 5);
  EXPECT_GE(ends[0], 5U);
  EXPECT_GE(ends[1], ends[0] + 5);
  EXPECT_LE(ends[1], 95U);
}

TEST(ChangeEvidence, SeesLessInNoiseThatWanders) {
  double calm = 0;
  double wandering = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {  // the same step of 3 innovations
    const Rows quiet = series(200, 0, 3, seed);
    const Rows walk = series(200, 0.9, 3, seed);
    calm += quiet.evidence(Shape::level).gain({100}, 0) / 20;
    wandering += walk.evidence(Shape::level).gain({100}, 0) / 20;
  }
  EXPECT_GT(calm, 3 * wandering);
}

}  // namespace
}  // namespace perfwatch
