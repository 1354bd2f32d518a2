// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/change_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace perfwatch {
namespace {

// Of variance 1 in all: `white` of it without memory, the rest an AR(1).
struct Noise {
  double rho;
  double white;
};

constexpr std::array kRho{0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.98, 0.99};
constexpr std::array kMeasured{1.0, 4.0, 16.0,
                               64.0};  // variance of the white noise over that of the innovations
constexpr double kMixedFrom = 0.6;     // below, an AR(1) with white noise is much like one without

std::vector<Noise> make_grid() {
  std::vector<Noise> grid{{0, 0}};
  for (const double rho : kRho) {
    grid.push_back({rho, 0});
    if (rho < kMixedFrom) continue;
    for (const double ratio : kMeasured) {
      const double white = ratio * (1 - rho * rho);
      grid.push_back({rho, white / (1 + white)});
    }
  }
  return grid;
}

const std::vector<Noise>& grid() {
  static const std::vector<Noise> noises = make_grid();
  return noises;
}

constexpr double kLeastVariance = 1e-12;  // of a series of variance 1

// Sums of products of the innovations of level (a), slope (b) and response (y).
struct Products {
  double aa = 0, ab = 0, bb = 0, ay = 0, by = 0, yy = 0;

  void add(double a, double b, double y, double variance) {
    const double weight = 1 / variance;
    aa += a * a * weight;
    ab += a * b * weight;
    bb += b * b * weight;
    ay += a * y * weight;
    by += b * y * weight;
    yy += y * y * weight;
  }

  // Without the level, then without what the slope has beside it (Frisch and Waugh 1933).
  [[nodiscard]] double left(Shape shape) const {
    const double rest = yy - ay * ay / aa;
    const double slope = bb - ab * ab / aa;
    const double both = by - ab * ay / aa;
    const bool sloped = shape == Shape::line && slope > 1e-13 * bb;
    return std::max(0.0, sloped ? rest - both * both / slope : rest);
  }
};

// The logarithm of a product of many factors, taken of a few at a time.
class LogProduct {
 public:
  void multiply(double factor) {
    product_ *= factor;
    if (product_ > 1e-100) return;
    sum_ += std::log(product_);
    product_ = 1;
  }
  [[nodiscard]] double value() const { return sum_ + std::log(product_); }

 private:
  double product_ = 1;
  double sum_ = 0;
};

}  // namespace

ChangeEvidence::ChangeEvidence(std::span<const double> steps, std::span<const double> times,
                               std::span<const double> values, Shape shape)
    : steps_(steps), times_(times), values_(values), shape_(shape) {}

// The Kalman filter of the noise, run over response and regressors alike (Harvey 1989, 3.4).
ChangeEvidence::Fit ChangeEvidence::fit(std::size_t first, std::size_t end,
                                        std::size_t noise) const {
  const auto [rho, white] = grid()[noise];
  Products products;
  LogProduct determinant;
  double expected_a = 0;
  double expected_b = 0;
  double expected_y = 0;
  double variance = 1 - white;  // of the AR(1), given the rows before
  for (std::size_t i = first; i < end; ++i) {
    const double a = 1 - expected_a;
    const double b = times_[i] - expected_b;
    const double y = values_[i] - expected_y;
    const double innovation = variance + white;
    products.add(a, b, y, innovation);
    determinant.multiply(innovation);
    if (i + 1 == end) break;
    const double gap = steps_[i + 1] - steps_[i];
    const double decay = gap == 1 ? rho : std::pow(rho, gap);
    const double trust = variance / innovation;
    expected_a = decay * (expected_a + trust * a);
    expected_b = decay * (expected_b + trust * b);
    expected_y = decay * (expected_y + trust * y);
    variance = decay * decay * variance * (1 - trust) + (1 - white) * (1 - decay * decay);
  }
  return {products.left(shape_), determinant.value()};
}

const std::vector<ChangeEvidence::Fit>& ChangeEvidence::fits(std::size_t first, std::size_t end) {
  auto [entry, added] = fits_.try_emplace({first, end});
  if (added) {
    for (std::size_t g = 0; g < grid().size(); ++g) entry->second.push_back(fit(first, end, g));
  }
  return entry->second;
}

std::vector<ChangeEvidence::Fit> ChangeEvidence::total(const Changes& changes) {
  std::vector<Fit> sums(grid().size());
  std::size_t first = 0;
  for (std::size_t i = 0; i <= changes.size(); ++i) {
    const std::size_t end = i < changes.size() ? changes[i] : values_.size();
    const std::vector<Fit>& its = fits(first, end);
    for (std::size_t g = 0; g < sums.size(); ++g) {
      sums[g].squares += its[g].squares;
      sums[g].determinant += its[g].determinant;
    }
    first = end;
  }
  return sums;
}

double ChangeEvidence::deviance(const Fit& total, std::size_t changes) const {
  const double rows = static_cast<double>(values_.size());
  const double estimated = static_cast<double>(changes + 1) * (shape_ == Shape::line ? 2 : 1);
  const double variance = total.squares / std::max(1.0, rows - estimated);
  return rows * std::log(std::max(variance, kLeastVariance)) + total.determinant;
}

double ChangeEvidence::deviance(const Changes& changes) {
  double least = std::numeric_limits<double>::infinity();
  for (const Fit& sum : total(changes)) least = std::min(least, deviance(sum, changes.size()));
  return least;
}

double ChangeEvidence::gain(const Changes& changes, std::size_t i) {
  Changes without = changes;
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
  return deviance(without) - deviance(changes);
}

Changes ChangeEvidence::worth(Changes changes, double cost) {
  Changes best = changes;
  double least = deviance(changes) + cost * static_cast<double>(changes.size());
  while (!changes.empty()) {
    std::size_t weakest = 0;
    double smallest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const double its = gain(changes, i);
      if (its >= smallest) continue;
      smallest = its;
      weakest = i;
    }
    changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(weakest));
    const double now = deviance(changes) + cost * static_cast<double>(changes.size());
    if (now > least) continue;
    least = now;
    best = changes;
  }
  return best;
}

std::size_t ChangeEvidence::place(const Changes& changes, std::size_t i, std::size_t reach,
                                  std::size_t smallest, std::size_t noise) const {
  const std::size_t first = i > 0 ? changes[i - 1] : 0;
  const std::size_t end = i + 1 < changes.size() ? changes[i + 1] : values_.size();
  // The other segments do not move, but their squares count under the logarithm.
  Fit others;
  for (std::size_t other = 0; other <= changes.size(); ++other) {
    if (other == i || other == i + 1) continue;
    const std::size_t from = other > 0 ? changes[other - 1] : 0;
    const Fit its = fit(from, other < changes.size() ? changes[other] : values_.size(), noise);
    others.squares += its.squares;
    others.determinant += its.determinant;
  }
  const auto with = [&](std::size_t at) {
    const Fit before = fit(first, at, noise);
    const Fit after = fit(at, end, noise);
    return deviance({others.squares + before.squares + after.squares,
                     others.determinant + before.determinant + after.determinant},
                    changes.size());
  };
  std::size_t best = changes[i];
  double least = with(best);
  const std::size_t last = std::min(end - std::min(end, smallest), best + reach);
  for (std::size_t at = std::max(first + smallest, best - std::min(best, reach)); at <= last;
       ++at) {
    const double its = with(at);
    if (its >= least) continue;
    least = its;
    best = at;
  }
  return best;
}

Changes ChangeEvidence::placed(Changes changes, std::size_t reach, std::size_t smallest) {
  constexpr int kRounds = 2;  // neighbours that move leave each other room
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<Fit> sums = total(changes);
    const auto likeliest = std::min_element(sums.begin(), sums.end(), [&](auto& a, auto& b) {
      return deviance(a, changes.size()) < deviance(b, changes.size());
    });
    const auto noise = static_cast<std::size_t>(likeliest - sums.begin());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      changes[i] = place(changes, i, reach, smallest, noise);
    }
  }
  return changes;
}

}  // namespace perfwatch
