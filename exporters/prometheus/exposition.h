// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/model/frame.h"

namespace perfwatch {

// https://prometheus.io/docs/instrumenting/exposition_formats/ and
// https://prometheus.io/docs/specs/om/open_metrics_spec/.
enum class Exposition : std::uint8_t { text_0_0_4, openmetrics_1_0_0 };
inline constexpr std::size_t kExpositions = 2;

[[nodiscard]] std::string_view content_type(Exposition exposition);

// Renders frames. Names, labels, HELP and TYPE are rendered once per schema, then only the numbers:
// a steady render allocates nothing when `out` is reused, else `out` once.
//
// Absent values are left out, and so is the HELP of a family that has no value. A family that comes
// a second time, in the same block or in another, is left out whole: first wins.
//
// Exemplars go out in OpenMetrics only, as text 0.0.4 has none.
//
// Counters with born_at_zero: the first frame in which a new series is rendered shows it as 0, in
// every format and however often that frame is rendered (so it does not matter which text of a
// frame the HTTP layer keeps); frames rendered later show the real value. That frame is the first
// that anybody scrapes, so a second Prometheus that scrapes only after it sees the series begin at
// its value, as with any other exporter, and its increase() lacks what was counted until then.
// Frames are told apart by `at.monotonic`. Not new is what comes with a collector that was not in
// the frame rendered before: at the daemon's start, and when a stuck collector is back, its
// counters are old already, and a 0 would show Prometheus a reset that never was. A series that
// leaves the schema is forgotten.
//
// Not thread-safe: lives on the loop.
class ExpositionRenderer {
 public:
  ExpositionRenderer();
  ~ExpositionRenderer();
  ExpositionRenderer(const ExpositionRenderer&) = delete;
  ExpositionRenderer& operator=(const ExpositionRenderer&) = delete;

  // Replaces `out` by the exposition of the frame.
  void render(const Frame& frame, Exposition exposition, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perfwatch
