// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

namespace perfwatch {

// The distribution of Mann and Whitney's U when two samples of `first` and `second` values are of
// one distribution, whatever that is: U counts the pairs, of first x second, in which the value of
// the second sample is the larger one. Exact where the smaller sample has at most 20 values, else
// the normal approximation with correction for continuity. Both samples have a value at least.

// P(U >= u): how easily chance makes so many pairs.
[[nodiscard]] double rank_sum_tail(std::size_t first, std::size_t second, std::size_t u);

// With all first x second differences in ascending order, the shift between the samples lies with
// `confidence` between the k-th smallest and the k-th largest of them, k counted from 0 (Hodges and
// Lehmann 1963, Moses 1965). Nullopt where so few values cannot be so sure.
[[nodiscard]] std::optional<std::size_t> rank_sum_interval(std::size_t first, std::size_t second,
                                                           double confidence);

}  // namespace perfwatch
