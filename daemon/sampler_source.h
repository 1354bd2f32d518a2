// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/analyse/activity.h"
#include "daemon/collector_trouble.h"
#include "daemon/sampler.h"
#include "daemon/wake_up.h"

namespace perfwatch {

// For sampler*.cpp only.

// What collectors of the same bounds have in common.
struct Sampler::Rhythm {
  Rhythm(const Cadence& cadence, Time first)
      : bounds{cadence.minimum, cadence.interval, cadence.maximum}, interval(bounds), due(first) {}
  [[nodiscard]] bool adaptive() const { return bounds.minimum < bounds.maximum; }

  IntervalBounds bounds;
  AdaptiveInterval interval;
  ActivityMeter activity;
  Time began;             // the latest round
  Time due;               // the next one
  bool in_round = false;  // the interval after it is not decided yet
};

// One collector as the sampler knows it.
struct Sampler::Source {
  std::shared_ptr<Collector> collector;
  Cadence cadence;
  Rhythm* rhythm = nullptr;
  CollectorState state;
  bool wanted = false;  // a round of it begins as soon as it is in no call
  std::shared_ptr<const Block> block;
  std::shared_ptr<const ProcessTable> processes;  // beside the block, which rates keep longer
  CollectorTrouble trouble;
  std::vector<std::function<void()>> changes;  // wait for the call to return
  std::unique_ptr<WakeUp> wake_up;             // null: nothing to catch up with
  Time rested;                                 // not before is it listened to

  bool in_round = false;  // the next frame waits for it
  // Of the call under way:
  Call call = Call::none;
  bool overlaps = false;  // a round began during its catch_up()
  Workers::Ticket ticket = 0;
  Time deadline;
};

// Filled by the worker, read by the loop afterwards.
struct Sampler::Outcome {
  Instant taken;
  Seconds duration{};
  Call call = Call::none;
  bool in_hurry = false;  // catch_up() wants a round
  Result<Samples> result = fail(ErrorKind::io, "did not run");
};

}  // namespace perfwatch
