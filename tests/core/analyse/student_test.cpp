// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/student.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perfwatch {
namespace {

// From tables of the distribution (one-sided).
TEST(StudentTail, IsThatOfTheTables) {
  EXPECT_NEAR(student_tail(0, 5), 0.5, 1e-12);
  EXPECT_NEAR(student_tail(1, 1), 0.25, 1e-9);
  EXPECT_NEAR(student_tail(6.314, 1), 0.05, 1e-5);
  EXPECT_NEAR(student_tail(2.764, 10), 0.01, 1e-5);
  EXPECT_NEAR(student_tail(3.646, 30), 0.0005, 1e-6);
  EXPECT_NEAR(student_tail(-2.764, 10), 0.99, 1e-5);
  EXPECT_NEAR(student_tail(2.326, 1e6), 0.01, 1e-4);
}

TEST(StudentTail, TakesAnything) {
  EXPECT_EQ(student_tail(std::numeric_limits<double>::infinity(), 3), 0);
  EXPECT_EQ(student_tail(-std::numeric_limits<double>::infinity(), 3), 1);
  EXPECT_TRUE(std::isnan(student_tail(std::numeric_limits<double>::quiet_NaN(), 3)));
  EXPECT_GE(student_tail(1e200, 3), 0);
}

TEST(StudentQuantile, IsTheInverse) {
  for (const double degrees : {1.0, 2.5, 8.6, 15.5, 100.0, 1e5}) {
    for (const double p : {0.5, 0.4, 0.05, 0.01, 1e-3, 1e-6}) {
      const double t = student_quantile(p, degrees);
      EXPECT_NEAR(student_tail(t, degrees), p, 3e-4 * p) << degrees << ' ' << p;
    }
  }
  EXPECT_NEAR(student_quantile(0.05, 10), 1.8125, 1e-4);
  EXPECT_NEAR(student_quantile(0.5, 10), 0, 1e-6);
}

}  // namespace
}  // namespace perfwatch
