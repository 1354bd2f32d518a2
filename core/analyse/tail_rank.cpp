// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/tail_rank.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace perfwatch {
namespace {

constexpr int kBinsPerOctave = 4;
constexpr float kDecadesPerOctave = 0.30103F;
constexpr int kFirstBin = 20;    // where the first deviation goes: room for 2^3 times as much
constexpr float kDecline = 6;    // exponent of the tail beyond the largest value seen
constexpr float kPrior = 0.05F;  // values that are imagined beyond it
constexpr float kEmptyTop = 9;   // the highest bin of a side that saw nothing
constexpr float kUnitWeight = TailRank::kUnit;

// 4 log2 of a positive normal number; the fraction as if the logarithm were straight within a
// quarter of an octave, which is off by at most 0.022.
struct QuarterOctaves {
  int whole;
  float fraction;
};

QuarterOctaves quarter_octaves(double magnitude) {
  constexpr int kMantissaBits = std::numeric_limits<double>::digits - 1;
  constexpr int kBias = std::numeric_limits<double>::max_exponent - 1;
  constexpr auto kMantissa = (std::uint64_t{1} << kMantissaBits) - 1;
  constexpr std::array<float, kBinsPerOctave + 1> kEdges = {1, 1.1892071F, 1.4142135F, 1.6817928F,
                                                            2};

  const auto bits = std::bit_cast<std::uint64_t>(magnitude);
  const int octave = static_cast<int>(bits >> kMantissaBits) - kBias;
  const auto one_to_two = static_cast<float>(
      std::bit_cast<double>((bits & kMantissa) | (std::uint64_t{kBias} << kMantissaBits)));
  const int quarter =
      (one_to_two >= kEdges[1]) + (one_to_two >= kEdges[2]) + (one_to_two >= kEdges[3]);
  const float inner = kEdges[static_cast<std::size_t>(quarter)];
  const float outer = kEdges[static_cast<std::size_t>(quarter) + 1];
  return {kBinsPerOctave * octave + quarter, (one_to_two - inner) / (outer - inner)};
}

// kOutside[kBins - 1 - bin + i] masks the bins i that lie outside of `bin`.
constexpr auto kOutside = [] {
  std::array<std::uint16_t, std::size_t{2} * TailRank::kBins> masks{};
  for (std::size_t i = TailRank::kBins; i < masks.size(); ++i) masks[i] = 0xFFFF;
  return masks;
}();

}  // namespace

float TailRank::surprise(double deviation) const { return surprise_at(place_of(deviation)); }

void TailRank::learn(double deviation) { remember(place_of(deviation)); }

float TailRank::add(double deviation) {
  const Place place = place_of(deviation);
  const float surprise = surprise_at(place);
  remember(place);
  return surprise;
}

TailRank::Place TailRank::place_of(double deviation) const {
  const double magnitude = std::fabs(deviation);
  if (!(magnitude >= std::numeric_limits<double>::min())) return {kNoSide, 0, 0, 0};
  const QuarterOctaves size = quarter_octaves(magnitude);
  const int base = base_ == kUnset ? size.whole - kFirstBin : base_;
  const int side = deviation < 0 ? 1 : 0;
  if (size.whole < base) return {side, base, 0, 0};
  return {side, base, size.whole - base, size.fraction};
}

// What falls off the inner end stays in bin 0.
void TailRank::raise_base(int bins) {
  const int lost = std::min(bins, kBins);
  for (Side& side : weights_) {
    const int inner = std::accumulate(side.begin(), side.begin() + lost, 0);
    std::shift_left(side.begin(), side.end(), lost);
    std::fill(side.end() - lost, side.end(), std::uint16_t{0});
    side[0] = static_cast<std::uint16_t>(side[0] + inner);
  }
  base_ = static_cast<std::int16_t>(base_ + bins);
}

float TailRank::surprise_at(Place place) const {
  if (place.side == kNoSide) return 0;
  const Side& side = weights_[static_cast<std::size_t>(place.side)];
  // A fixed number of steps and no sum over 65,535: a dozen instructions once vectorised.
  const int bin = std::min(place.bin, kBins - 1);
  const std::uint16_t* mask = &kOutside[static_cast<std::size_t>(kBins - 1 - bin)];
  std::uint16_t outside = 0;
  for (std::size_t i = 0; i < kBins; ++i)
    outside = static_cast<std::uint16_t>(outside + (side[i] & mask[i]));
  const float in_bin = place.bin == bin ? static_cast<float>(side[static_cast<std::size_t>(bin)]) *
                                              (1 - place.fraction)
                                        : 0;
  const float beyond = (static_cast<float>(outside) + in_bin) / kUnitWeight;
  const float all = static_cast<float>(total_) / kUnitWeight;
  if (all <= 0 || 2 * beyond >= all) return 0;

  float decline = 1;
  if (beyond < 1) {
    const auto last =
        std::find_if(side.rbegin(), side.rend(), [](auto weight) { return weight != 0; });
    const float top = last == side.rend() ? kEmptyTop : static_cast<float>(side.rend() - last - 1);
    const float over = static_cast<float>(place.bin) + place.fraction - (top + 1);
    if (over > 0) decline = std::exp2(-kDecline * over / kBinsPerOctave);
  }
  const float share = 2 * (beyond + kPrior * decline) / (all + 2 * kPrior);
  return share >= 1 ? 0 : std::min(kMostSurprise, -kDecadesPerOctave * std::log2(share));
}

// Zero has no side: half of it goes to each.
void TailRank::remember(Place place) {
  constexpr std::uint16_t kMost = kMemory * kUnit;
  static_assert(kMemory * kUnit + kUnit <= std::numeric_limits<std::uint16_t>::max());
  const auto grow = [](std::uint16_t& weight, int by) {
    weight = static_cast<std::uint16_t>(weight + by);
  };
  if (place.side != kNoSide) {
    base_ = static_cast<std::int16_t>(place.base);
    if (place.bin >= kBins) raise_base(place.bin - (kBins - 1));
    const int bin = std::min(place.bin, kBins - 1);
    grow(weights_[static_cast<std::size_t>(place.side)][static_cast<std::size_t>(bin)], kUnit);
  } else if (base_ != kUnset) {
    for (Side& each : weights_) grow(each[0], kUnit / 2);
  }
  grow(total_, kUnit);
  if (total_ >= kMost) halve();
}

// Rounds down: an extreme is forgotten with the third halving.
void TailRank::halve() {
  for (Side& side : weights_)
    for (std::uint16_t& weight : side) weight = static_cast<std::uint16_t>(weight / 2);
  total_ = static_cast<std::uint16_t>(total_ / 2);
}

}  // namespace perfwatch
