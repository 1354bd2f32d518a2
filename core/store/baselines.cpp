// SPDX-License-Identifier: Apache-2.0
#include "core/store/baselines.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/base/ulid.h"
#include "core/model/run_limits.h"
#include "core/store/baseline_rows.h"
#include "core/store/run_rows.h"

namespace perfwatch {
namespace {

using std::chrono::system_clock;

std::string bounded_note(std::string_view note) {
  return std::string(cut_utf8(printable_utf8(cut_utf8(note, kRunTextBytes)), kRunTextBytes));
}

Result<void> check_id(std::string_view id) {
  if (is_ulid(id)) return {};
  return fail(ErrorKind::malformed, "\"" + printable_utf8(cut_utf8(id, 2 * kUlidSize)) +
                                        "\" is no id of a run (26 characters, ULID)");
}

Result<void> write_mark(Database& database, const BaselineKey& key, std::string_view from_run,
                        std::string_view note, system_clock::time_point at) {
  auto upsert = database.prepare(
      "INSERT INTO baselines (component, operation, host_class, cold, since_run, accepted_ns, note)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (component, operation, host_class, cold)"
      " DO UPDATE SET since_run = ?5, accepted_ns = ?6, note = ?7");
  if (!upsert) return tl::unexpected(std::move(upsert.error()));
  return bind_key(*upsert, 1, key)
      .bind(5, from_run)
      .bind(6, to_nanoseconds(at))
      .bind(7, note)
      .run();
}

// Where the key has none, a row without a mark.
Result<std::int64_t> have_row(Database& database, const BaselineKey& key) {
  auto insert = database.prepare(
      "INSERT INTO baselines (component, operation, host_class, cold, since_run, note)"
      " VALUES (?1, ?2, ?3, ?4, '', '') ON CONFLICT DO NOTHING");
  if (!insert) return tl::unexpected(std::move(insert.error()));
  if (auto done = bind_key(*insert, 1, key).run(); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  const auto row = read_baseline_row(database, key);
  if (!row) return tl::unexpected(row.error());
  if (!row->number) return fail(ErrorKind::io, "a row that was just written is not there");
  return *row->number;
}

Result<void> take_mark(Database& database, const BaselineKey& key, const Baseline& from) {
  if (from.since_run.empty() || !from.accepted_at) return {};
  if (auto good = check_id(from.since_run); !good) return good;
  const auto ours = read_baseline_row(database, key);
  if (!ours) return tl::unexpected(ours.error());
  if (ours->baseline.accepted_at.value_or(system_clock::time_point::min()) >= *from.accepted_at) {
    return {};
  }
  const std::string note = bounded_note(from.note);
  return write_mark(database, key, from.since_run, note, *from.accepted_at);
}

Result<void> take_runs(Database& database, std::int64_t number, const Baseline& from) {
  auto insert = database.prepare("INSERT OR REPLACE INTO baseline_figures VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return tl::unexpected(std::move(insert.error()));
  for (const BaselineRun& run : from.runs) {
    if (auto good = check_id(run.id); !good) return good;
    for (std::size_t i = 0; i < kRunMetrics; ++i) {
      const auto metric = static_cast<RunMetric>(i);
      if (!run.figures.has(metric)) continue;
      insert->bind(1, number)
          .bind(2, run.id)
          .bind(3, run_metrics().at(i).name)
          .bind_real(4, run.figures[metric]);
      if (auto done = insert->run(); !done) return done;
    }
  }
  auto forget = database.prepare(
      "DELETE FROM baseline_figures WHERE baseline = ?1 AND run_id NOT IN"
      " (SELECT DISTINCT run_id FROM baseline_figures WHERE baseline = ?1"
      "  ORDER BY run_id DESC LIMIT ?2)");
  if (!forget) return tl::unexpected(std::move(forget.error()));
  return forget->bind(1, number).bind(2, static_cast<std::int64_t>(kBaselineRuns)).run();
}

Result<void> check_count(Database& database) {
  auto count = database.prepare("SELECT count(*) FROM baselines");
  if (!count) return tl::unexpected(std::move(count.error()));
  auto row = count->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (count->integer(0) <= static_cast<std::int64_t>(kBaselinesKept)) return {};
  return fail(ErrorKind::malformed, "with these there would be " +
                                        std::to_string(count->integer(0)) + " baselines; at most " +
                                        std::to_string(kBaselinesKept) + " are kept");
}

Result<void> import_all(Database& database, std::span<const Baseline> baselines) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  for (const Baseline& baseline : baselines) {
    const BaselineKey key = bounded(baseline.key);
    const auto number = have_row(database, key);
    if (!number) return tl::unexpected(number.error());
    if (auto done = take_mark(database, key, baseline); !done) return done;
    if (auto done = take_runs(database, *number, baseline); !done) return done;
  }
  if (auto done = check_count(database); !done) return done;
  return transaction->commit();
}

Result<void> count_own(Database& database, BaselineSummary& summary) {
  auto select = database.prepare(
      "SELECT count(*), max(id) FROM runs WHERE component = ?1 AND operation = ?2"
      " AND host_class = ?3 AND cold = ?4 AND outcome = 'succeeded' AND id >= ?5");
  if (!select) return tl::unexpected(std::move(select.error()));
  bind_key(*select, 1, summary.baseline.key).bind(5, summary.baseline.since_run);
  auto row = select->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  summary.own = static_cast<std::size_t>(select->integer(0));
  summary.newest_run = select->text(1);
  return {};
}

Result<void> count_imported(Database& database, std::int64_t number, BaselineSummary& summary) {
  auto select = database.prepare(
      "SELECT count(DISTINCT run_id), max(run_id) FROM baseline_figures WHERE baseline = ?1"
      " AND run_id >= ?2 AND run_id NOT IN (SELECT id FROM runs WHERE outcome = 'succeeded')");
  if (!select) return tl::unexpected(std::move(select.error()));
  auto row = select->bind(1, number).bind(2, summary.baseline.since_run).step();
  if (!row) return tl::unexpected(std::move(row.error()));
  summary.imported = static_cast<std::size_t>(select->integer(0));
  summary.newest_run = std::max(summary.newest_run, select->text(1));
  return {};
}

Result<BaselineSummary> summarise(Database& database, const BaselineKey& key) {
  auto row = read_baseline_row(database, key);
  if (!row) return tl::unexpected(std::move(row.error()));
  BaselineSummary summary;
  summary.baseline = std::move(row->baseline);
  if (auto done = count_own(database, summary); !done) return tl::unexpected(done.error());
  if (!row->number) return summary;
  auto done = count_imported(database, *row->number, summary);
  if (!done) return tl::unexpected(std::move(done.error()));
  return summary;
}

Result<std::vector<BaselineSummary>> list_all(Database& database) {
  auto transaction = Transaction::begin_reading(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto keys = database.prepare(
      "SELECT DISTINCT component, operation, host_class, cold FROM runs"
      " WHERE outcome = 'succeeded' UNION SELECT component, operation, host_class, cold"
      " FROM baselines ORDER BY 1, 2, 3, 4 LIMIT ?1");
  if (!keys) return tl::unexpected(std::move(keys.error()));
  keys->bind(1, static_cast<std::int64_t>(kBaselinesKept));
  std::vector<BaselineSummary> list;
  while (true) {
    auto row = keys->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return list;
    auto summary =
        summarise(database, {keys->text(0), keys->text(1), keys->text(2), keys->integer(3) != 0});
    if (!summary) return tl::unexpected(std::move(summary.error()));
    list.push_back(std::move(*summary));
  }
}

}  // namespace

Result<BaselineRow> read_baseline_row(Database& database, const BaselineKey& key) {
  auto select = database.prepare(
      "SELECT number, since_run, accepted_ns, note FROM baselines WHERE component = ?1"
      " AND operation = ?2 AND host_class = ?3 AND cold = ?4");
  if (!select) return tl::unexpected(std::move(select.error()));
  auto row = bind_key(*select, 1, key).step();
  if (!row) return tl::unexpected(std::move(row.error()));
  BaselineRow out;
  out.baseline.key = key;
  if (!*row) return out;
  out.number = select->integer(0);
  out.baseline.since_run = select->text(1);
  if (const auto at = select->maybe_integer(2)) out.baseline.accepted_at = to_wall(*at);
  out.baseline.note = select->text(3);
  return out;
}

Result<void> accept_baseline(Database& database, const BaselineKey& key, std::string_view from_run,
                             std::string_view note, system_clock::time_point at) {
  if (auto good = check_id(from_run); !good) return good;
  const BaselineKey kept = bounded(key);
  const std::string text = bounded_note(note);
  auto done = write_mark(database, kept, from_run, text, at);
  if (!done) return refused(database, "accepting a baseline", std::move(done.error()));
  return {};
}

Result<std::vector<BaselineSummary>> list_baselines(Database& database) {
  auto list = list_all(database);
  if (!list) return refused(database, "listing baselines", std::move(list.error()));
  return list;
}

Result<void> import_baselines(Database& database, std::span<const Baseline> baselines) {
  auto done = import_all(database, baselines);
  if (!done) return refused(database, "importing baselines", std::move(done.error()));
  return {};
}

}  // namespace perfwatch
