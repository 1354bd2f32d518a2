// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace perfwatch {

// Student's t distribution, of any number of degrees of freedom above 0.

// P(T > t), to 1e-12. NaN for NaN.
[[nodiscard]] double student_tail(double t, double degrees);

// The t that is exceeded with `probability`, within (0, 0.5]; to 1e-5 of it, at most 1e9.
[[nodiscard]] double student_quantile(double probability, double degrees);

}  // namespace perfwatch
