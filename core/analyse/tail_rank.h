// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace perfwatch {

// How far out in the tail of its own past a signed deviation lies.
//
// A histogram of the past deviations, each sign for itself, in bins of a quarter octave (a factor
// of 2^0.25, 19 %) over eight octaves below the largest one. The unit of the deviation does not
// matter. The past fades: whenever it weighs more than kMemory values, all of it is halved.
//
// 132 bytes, no allocation.
class TailRank {
 public:
  static constexpr int kBins = 32;                // each sign
  static constexpr float kMostSurprise = 9;       // decades
  static constexpr std::uint16_t kUnit = 2;       // what the newest deviation weighs
  static constexpr std::size_t kMemory = 24'000;  // values

  // The surprise of `deviation` in decades: -log10 of the share of the past that lies as far out or
  // further on the same side, twice that (as a two-sided p-value); 0 in the inner half. Beyond
  // everything seen the share falls with the sixth power of the distance. 0 without a past.
  // A deviation must be finite; less than the smallest normal number counts as 0.
  [[nodiscard]] float surprise(double deviation) const;
  void learn(double deviation);
  // Both, in this order.
  float add(double deviation);

 private:
  using Side = std::array<std::uint16_t, kBins>;
  struct Place {
    int side;        // 0 or 1; kNoSide for zero
    int base;        // of the bins
    int bin;         // 0 or more; kBins and more lie beyond what the histogram can hold
    float fraction;  // 0..1, of the bin, from its inner edge
  };
  static constexpr int kNoSide = -1;

  [[nodiscard]] Place place_of(double deviation) const;
  [[nodiscard]] float surprise_at(Place place) const;
  void remember(Place place);
  void raise_base(int bins);
  void halve();

  std::array<Side, 2>
      weights_{};               // of the positive, then of the negative deviations, inner bin first
  std::uint16_t total_ = 0;     // of all weights, and of zeros before the first other value
  std::int16_t base_ = kUnset;  // lower edge of bin 0 is 2^(base/4)

  static constexpr std::int16_t kUnset = INT16_MIN;
};

}  // namespace perfwatch
