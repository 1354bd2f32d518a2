// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/account/group_rules.h"
#include "core/account/oom_watch.h"
#include "core/account/process_reader.h"
#include "core/account/pss.h"
#include "core/account/run_watch.h"
#include "core/collect/collector.h"

namespace perfwatch {

// Every metric of the `processes` collector.
[[nodiscard]] MetricList process_metrics();

// The `processes` collector: events and sweep -> ledger -> the perfwatch_group_* and
// perfwatch_accounting_* series and the ProcessTable.
// Counters are kept in the ledger: a group's include its dead and never go back. Processes that are
// there at the first sweep start from 0, later ones count from their own start.
class ProcessesCollector : public Collector {
 public:
  struct Settings {
    std::size_t group_limit = 100;  // groups with a name of their own, kernel and other not counted
  };
  // `boot_time_seconds` may be kAbsent: then no start time is known.
  ProcessesCollector(std::unique_ptr<ProcessReader> reader, GroupRules rules, Settings settings,
                     double boot_time_seconds, double ticks_per_second);
  ~ProcessesCollector() override;

  // What else it does, from the next collect() on; call only when none runs.
  // Holds what the groups spent against the host's and the cgroups' own counters.
  void reconcile_with(const Roots& roots);
  // Finds the kills for lack of memory.
  void watch_oom(OomSources sources);
  // Tells whose proportional memory is wanted.
  void feed(std::shared_ptr<PssInbox> pss);
  // Recognises runs and measures them, and takes orders for more; both are told by the Accounting.
  // Called again: recognises others, and those that go on go on.
  void watch_runs(RunWatchSettings settings, std::shared_ptr<RunInbox> inbox);

  [[nodiscard]] std::string_view name() const override { return "processes"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] Result<Samples> collect(Instant now) override;
  [[nodiscard]] int wake_descriptor() const override;
  [[nodiscard]] bool catch_up() override;

  // For a reload: sorts every process anew with the next collect(); counters stay. Call only when
  // no collect() runs.
  void set_rules(GroupRules rules, Settings settings);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perfwatch
