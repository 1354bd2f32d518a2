// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace perfwatch {

// `values` with lone wild ones put back: where a value is more than 5 standard deviations of the
// noise from the median of the 7 around it, that median stands instead (Hampel 1974). The noise is
// taken from the differences of neighbours, which neither levels nor slopes move: their median
// absolute deviation or, where most neighbours do not differ at all, their root mean square, so
// that a few lone values in a constant series go and many stay. Fewer than 9 values are left alone.
// A step stays where it is: three of four rows beside it are of one level. All values are finite.
// O(n).
[[nodiscard]] std::vector<double> without_spikes(std::span<const double> values);

}  // namespace perfwatch
