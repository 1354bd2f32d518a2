// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/event_loss.h"

namespace perfwatch {

std::uint64_t SequenceGaps::missing(std::uint32_t cpu, std::uint32_t sequence) {
  if (cpu >= kMostCpus) return 0;
  if (cpu >= next_.size()) next_.resize(cpu + 1);
  auto& next = next_[cpu];
  // A number that is far back is no gap of 4 billion: the count has begun anew.
  constexpr std::uint32_t kBackwards = std::uint32_t{1} << 31U;
  const std::uint32_t apart = next ? sequence - *next : 0;
  next = sequence + 1;
  return apart < kBackwards ? apart : 0;
}

}  // namespace perfwatch
