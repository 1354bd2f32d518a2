// SPDX-License-Identifier: Apache-2.0
#include "core/account/accounting_series.h"

#include <array>

namespace perfwatch {
namespace {

using enum MetricType;

constexpr Metric kTier{"perfwatch_accounting_tier",
                       gauge,
                       "1 for the tier by which processes are accounted, 0 for the others.",
                       {"tier"}};
constexpr Metric kFeature{"perfwatch_accounting_feature_info",
                          info,
                          "By what each part of the accounting is done; none when it is missing.",
                          {"feature", "source"}};
constexpr Metric kExact{
    "perfwatch_accounting_exact", gauge,
    "1 while every process is in the groups' totals, the short-lived too; 0 after events were "
    "lost, until a whole round passed without loss, and in the poll tier."};
constexpr Metric kLost{"perfwatch_events_lost_total",
                       counter,
                       "Events of processes that were not delivered; those of the reason \"late\" "
                       "were, but without the "
                       "last moments of a process.",
                       {"source", "reason"},
                       true};
constexpr Metric kEnded{
    "perfwatch_processes_ended_total",
    counter,
    "Processes that ended since the first sweep, however short they lived; in the poll tier those "
    "that a sweep had seen.",
    {},
    true};

constexpr std::array<const Metric*, 5> kAll = {&kTier, &kFeature, &kExact, &kLost, &kEnded};

}  // namespace

MetricList accounting_metrics() { return kAll; }

void write_accounting_series(const Accounting& accounting, const GroupLedger& ledger,
                             SampleWriter& out) {
  for (const auto tier : {AccountingTier::ebpf, AccountingTier::taskstats, AccountingTier::poll}) {
    out.add(kTier, tier == accounting.tier ? 1 : 0, {to_string(tier)});
  }
  for (const auto& feature : accounting.features) {
    out.add(kFeature, 1, {feature.name, feature.source});
  }
  out.add(kExact, accounting.exact ? 1 : 0);
  for (const auto& lost : accounting.lost) {
    out.add(kLost, static_cast<double>(lost.count), {lost.source, lost.reason});
  }
  out.add(kEnded, static_cast<double>(ledger.processes_ended()));
}

}  // namespace perfwatch
