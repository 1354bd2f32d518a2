// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace perfwatch {

// One moment on both clocks. Differences, rates and deadlines use `monotonic` (CLOCK_MONOTONIC,
// survives clock jumps); only what a person or Prometheus reads uses `wall` (UTC).
struct Instant {
  std::chrono::steady_clock::time_point monotonic;
  std::chrono::system_clock::time_point wall;

  [[nodiscard]] static Instant now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
  }
};

using Seconds = std::chrono::duration<double>;

// Seconds since 1970-01-01 UTC, the unit of every *_timestamp_seconds metric.
[[nodiscard]] inline double unix_seconds(std::chrono::system_clock::time_point t) {
  return Seconds(t.time_since_epoch()).count();
}

}  // namespace perfwatch
