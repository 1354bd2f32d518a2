// SPDX-License-Identifier: Apache-2.0
#include "core/account/processes.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/account/group_ledger.h"
#include "core/account/group_series.h"
#include "core/account/oom_account.h"

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

void note(SampleWriter& out, ErrorKind kind, std::uint32_t count, std::string& text) {
  // The text goes with the first item; an empty one costs nothing for the others.
  for (std::uint32_t i = 0; i < count; ++i) out.item_error({kind, std::exchange(text, {})});
}

}  // namespace

struct ProcessesCollector::Impl {
  std::unique_ptr<ProcessReader> reader;
  GroupRules rules;
  GroupLedger ledger;
  TickClock clock;
  std::vector<ProcessRecord> records;
  std::shared_ptr<const Schema> schema;
  std::optional<std::chrono::steady_clock::time_point> last_sweep;
  std::unique_ptr<OomAccount> oom{};                       // null: nobody asked
  std::unordered_map<std::int32_t, std::string> placed{};  // pid -> group, of the last round

  void account_oom(Instant now);
  void remember_places();
  [[nodiscard]] std::shared_ptr<const ProcessTable> make_table(double seconds) const;
};

ProcessesCollector::ProcessesCollector(std::unique_ptr<ProcessReader> reader, GroupRules rules,
                                       Settings settings, double boot_time_seconds,
                                       double ticks_per_second)
    : impl_(new Impl{std::move(reader),
                     std::move(rules),
                     GroupLedger(settings.group_limit),
                     TickClock{boot_time_seconds, ticks_per_second},
                     {},
                     {},
                     {}}) {}

ProcessesCollector::~ProcessesCollector() = default;

MetricList ProcessesCollector::metrics() const { return group_metrics(); }

Result<Samples> ProcessesCollector::collect(Instant now) {
  Impl& my = *impl_;
  auto errors = my.reader->sweep(my.records);
  if (!errors) return tl::unexpected(std::move(errors.error()));
  const auto classify = [&my, needs = my.rules.needs()](const ProcessRecord& record) {
    // All kernel threads are one group, whatever they are called.
    const auto wanted = record.kernel_thread ? IdentityNeeds{} : needs;
    return my.rules.classify(my.reader->identify(record, wanted));
  };
  my.ledger.update(my.records, now, classify, errors->unread);
  const double seconds = my.last_sweep ? Seconds(now.monotonic - *my.last_sweep).count() : 0;
  my.last_sweep = now.monotonic;
  if (my.oom) my.account_oom(now);

  SampleWriter out(my.schema);
  write_group_series(my.ledger, my.clock, out);
  if (my.oom) my.oom->write(out);
  note(out, ErrorKind::denied, errors->denied, errors->text);
  note(out, ErrorKind::malformed, errors->malformed, errors->text);
  note(out, ErrorKind::io, errors->io, errors->text);
  Samples samples = std::move(out).finish();
  samples.processes = my.make_table(seconds);
  my.schema = samples.schema;
  return samples;
}

void ProcessesCollector::watch_oom(OomSources sources) {
  impl_->oom = std::make_unique<OomAccount>(std::move(sources));
}

// The victim may be gone already: those of the round before count first.
void ProcessesCollector::Impl::account_oom(Instant now) {
  const auto before = std::exchange(placed, {});
  remember_places();
  oom->update(now, {}, [&](std::int32_t pid) {
    const auto old = before.find(pid);
    if (old != before.end()) return old->second;
    const auto fresh = placed.find(pid);
    return fresh != placed.end() ? fresh->second : std::string();
  });
}

void ProcessesCollector::Impl::remember_places() {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto slot = ledger.places()[i].slot;
    if (slot != GroupLedger::kNoSlot) placed[records[i].key.pid] = ledger.groups()[slot].name;
  }
}

void ProcessesCollector::set_rules(GroupRules rules, Settings settings) {
  impl_->rules = std::move(rules);
  impl_->ledger.reclassify(settings.group_limit);
}

std::shared_ptr<const ProcessTable> ProcessesCollector::Impl::make_table(double seconds) const {
  auto table = std::make_shared<ProcessTable>();
  auto accounting = std::make_shared<Accounting>();
  reader->describe(*accounting);
  if (oom) oom->describe(*accounting);
  table->accounting = std::move(accounting);
  table->groups.reserve(ledger.groups().size());
  for (const auto& group : ledger.groups()) table->groups.push_back(make_view(group, seconds));
  table->processes.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& place = ledger.places()[i];
    if (place.slot == GroupLedger::kNoSlot) continue;
    table->processes.push_back(make_view(records[i], place, clock, seconds));
  }
  if (oom) table->new_oom_kills = oom->latest();
  return table;
}

}  // namespace perfwatch
