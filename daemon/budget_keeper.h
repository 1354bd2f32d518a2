// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/clock.h"
#include "core/model/samples.h"
#include "daemon/budget.h"
#include "daemon/sampler.h"
#include "daemon/workers.h"

namespace perfwatch {

// Does what the governor decides: slows the sampler down, gives memory back, says so in the log and
// in perfwatch_budget_*. Lives on the loop.
class BudgetKeeper {
 public:
  BudgetKeeper(Sampler& sampler, Workers& workers, BudgetLimits limits);

  void set_limits(BudgetLimits limits);
  // Called with each frame.
  void feed(Instant now, const OwnUse& use);
  [[nodiscard]] const BudgetState& state() const { return governor_.state(); }

  [[nodiscard]] Samples describe();
  [[nodiscard]] static MetricList metrics();

 private:
  void apply();
  void say(const BudgetState& before) const;

  Sampler& sampler_;
  Workers& workers_;
  BudgetGovernor governor_;
  double cpu_exceeded_seconds_ = 0;
  double memory_exceeded_seconds_ = 0;
  std::uint64_t given_back_ = 0;
  int frames_ = 0;  // no further than kSettled
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
