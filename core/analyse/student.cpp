// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/student.h"

#include <cmath>

namespace perfwatch {
namespace {

constexpr double kTiny = 1e-300;

// ln of the gamma function without lgamma's global sign (Lanczos; Press et al., 6.1). x > 0.
double log_gamma(double x) {
  constexpr double kTerms[] = {76.18009172947146,  -86.50532032941677,    24.01409824083091,
                               -1.231739572450155, 0.1208650973866179e-2, -0.5395239384953e-5};
  double sum = 1.000000000190015;
  double at = x;
  for (const double term : kTerms) sum += term / ++at;
  const double shifted = x + 5.5;
  return (x + 0.5) * std::log(shifted) - shifted + std::log(2.5066282746310005 * sum / x);
}

double kept_from_0(double value) { return std::abs(value) < kTiny ? kTiny : value; }

// Lentz' continued fraction of the incomplete beta function (Press et al., 6.4); fast while
// x < (a + 1)/(a + b + 2).
double beta_fraction(double a, double b, double x) {
  double c = 1;
  double d = 1 / kept_from_0(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int i = 1; i <= 300; ++i) {
    const double even = i * (b - i) * x / ((a + 2 * i - 1) * (a + 2 * i));
    d = 1 / kept_from_0(1 + even * d);
    c = kept_from_0(1 + even / c);
    result *= d * c;
    const double odd = -(a + i) * (a + b + i) * x / ((a + 2 * i) * (a + 2 * i + 1));
    d = 1 / kept_from_0(1 + odd * d);
    c = kept_from_0(1 + odd / c);
    result *= d * c;
    if (std::abs(d * c - 1) < 1e-14) break;
  }
  return result;
}

// Regularised incomplete beta function I_x(a, b).
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                                b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

}  // namespace

double student_tail(double t, double degrees) {
  if (std::isnan(t)) return t;
  if (std::isinf(t)) return t > 0 ? 0 : 1;
  const double half = incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
  return t >= 0 ? half : 1 - half;
}

double student_quantile(double probability, double degrees) {
  constexpr double kMost = 1e9;
  const auto excess = [&](double t) { return std::log(student_tail(t, degrees) / probability); };
  double low = 0;
  double high = 4;
  double at_low = excess(low);
  double at_high = excess(high);
  while (high < kMost && at_high > 0) {
    low = high;
    at_low = at_high;
    high *= 2;
    at_high = excess(high);
  }
  // Regula falsi, Illinois variant.
  double t = high;
  for (int i = 0; i < 60 && high - low > 1e-6 * high; ++i) {
    const double next = high - at_high * (high - low) / (at_high - at_low);
    const double at = excess(next);
    const bool close = std::abs(next - t) < 1e-5 * next;
    t = next;
    if (at == 0 || close || !std::isfinite(at)) break;
    if (at < 0) {
      high = next;
      at_high = at;
      at_low /= 2;
    } else {
      low = next;
      at_low = at;
      at_high /= 2;
    }
  }
  return t;
}

}  // namespace perfwatch
