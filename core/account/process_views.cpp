// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_views.h"

namespace perfwatch {
namespace {

constexpr double kNan = kAbsent;

// `seconds` since the sweep before; without one nothing is known of rates.
double per_second(double amount, double seconds) { return seconds > 0 ? amount / seconds : kNan; }

ProcessView make_view(const ProcessRecord& record, const GroupLedger::Place& place,
                      const TickClock& clock, double seconds) {
  ProcessView view;
  view.key = record.key;
  view.parent = record.parent;
  view.uid = record.uid;
  view.comm = record.comm;
  view.state = record.state;
  view.group = place.slot;
  view.threads = record.threads;
  view.start_time_seconds = clock.at(record.key.start_ticks);
  view.cpu_seconds = record.user_seconds + record.system_seconds;
  view.cpu_cores = per_second(place.cpu_seconds, seconds);
  view.io_bytes_per_second =
      place.io_bytes ? per_second(static_cast<double>(*place.io_bytes), seconds) : kNan;
  view.resident_bytes = record.resident_bytes;
  view.anonymous_bytes = record.anonymous_bytes;
  view.swapped_bytes = record.swapped_bytes;
  return view;
}

GroupView make_view(const Group& group, double seconds) {
  GroupView view;
  view.name = group.name;
  view.processes = group.living.processes;
  view.threads = group.living.threads;
  view.cpu_cores = per_second(group.living.cpu_seconds_spent, seconds);
  view.cpu_seconds_total = group.totals.user_seconds + group.totals.system_seconds;
  view.io_bytes_per_second =
      group.totals.read_bytes
          ? per_second(static_cast<double>(group.living.io_bytes_moved), seconds)
          : kNan;
  view.resident_bytes = group.living.resident_bytes;
  view.anonymous_bytes = group.living.anonymous_bytes;
  view.swapped_bytes = group.living.swapped_bytes;
  view.largest_resident_bytes = group.living.largest_resident_bytes;
  view.started_total = group.started;
  view.exited_total = group.exited;
  return view;
}

}  // namespace

std::shared_ptr<ProcessTable> make_process_table(const GroupLedger& ledger,
                                                 std::span<const ProcessRecord> records,
                                                 const TickClock& clock, double seconds) {
  auto table = std::make_shared<ProcessTable>();
  table->groups.reserve(ledger.groups().size());
  for (const auto& group : ledger.groups()) table->groups.push_back(make_view(group, seconds));
  table->processes.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& place = ledger.places()[i];
    if (place.slot == GroupLedger::kNoSlot) continue;
    table->processes.push_back(make_view(records[i], place, clock, seconds));
  }
  return table;
}

}  // namespace perfwatch
