// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/metric.h"
#include "core/model/samples.h"

namespace perfwatch {

// Reads one origin (a kernel file family, a device, a runtime). Settings and roots come by
// constructor. Called by one worker at a time, never again while a call is under way; may block,
// and is abandoned where it hangs.
//
// Inside, three steps stay apart: read the text; `parse_x(std::string_view) -> Result<X>` (public
// and pure, the kernel's text sampled above it; unknown lines skipped, missing ones reported); X ->
// samples. docs/writing-a-collector.md walks through one.
class Collector {
 public:
  Collector() = default;
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  virtual ~Collector() = default;

  // The `collector` label, snake_case, static storage.
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Every metric that collect() may ever return.
  [[nodiscard]] virtual MetricList metrics() const = 0;
  // An error when the origin as a whole gave nothing; items that failed are counted in the samples.
  [[nodiscard]] virtual Result<Samples> collect(Instant now) = 0;

  // True for what may be left out while perfwatch is over its budget: nice to know, and no rule
  // that ships watches it.
  [[nodiscard]] virtual bool optional() const { return false; }

  // Readable when catch_up() should be called before the next collect(); -1: never. Owned by the
  // collector, the same for its life.
  [[nodiscard]] virtual int wake_descriptor() const { return -1; }
  // Takes what cannot wait for the next collect(), e.g. from a buffer that fills. Called as
  // collect() is, by a worker and never while another call is under way; collect() does the same
  // by itself. True: the next collect() should not wait for its time, as what has come fills memory
  // until then.
  [[nodiscard]] virtual bool catch_up() { return false; }
};

}  // namespace perfwatch
