// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "core/model/frame.h"

namespace perfwatch {

// What the log has heard of one collector: it is told when things get worse, and once when they
// have been good for a minute, so that what comes and goes is said once.
class CollectorTrouble {
 public:
  // Of a round that is finished and noted in `state`.
  void note(const CollectorState& state, const Result<Samples>& result,
            std::chrono::steady_clock::time_point now);

 private:
  enum class Level : std::uint8_t { none, items, failed };  // from good to bad
  Level said_ = Level::none;
  std::chrono::steady_clock::time_point calm_since_;
};

}  // namespace perfwatch
