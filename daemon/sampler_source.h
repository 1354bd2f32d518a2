// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "daemon/collector_trouble.h"
#include "daemon/sampler.h"
#include "daemon/wake_up.h"

namespace perfwatch {

// One collector as the sampler knows it; for sampler.cpp and sampler_calls.cpp only.
struct Sampler::Source {
  std::shared_ptr<Collector> collector;
  Cadence cadence;
  CollectorState state;
  Time due;
  std::shared_ptr<const Block> block;
  std::shared_ptr<const ProcessTable> processes;  // beside the block, which rates keep longer
  CollectorTrouble trouble;
  std::vector<std::function<void()>> changes;  // wait for the call to return
  std::unique_ptr<WakeUp> wake_up;             // null: nothing to catch up with
  Time rested;                                 // not before is it listened to

  bool in_round = false;  // the next frame waits for it
  // Of the call under way:
  Call call = Call::none;
  bool overlaps = false;  // a round became due during its catch_up()
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
