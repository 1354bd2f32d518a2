// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/ulid.h"
#include "core/model/run_limits.h"
#include "core/store/run_rows.h"
#include "core/store/runs.h"

namespace perfwatch {
namespace {

constexpr int kClosedAtOnce = 1'000;

// Which runs outlast their age: the newest of each accepted mark.
constexpr const char* kKept =
    "WITH kept AS MATERIALIZED (SELECT number FROM (SELECT runs.number AS number, row_number()"
    "  OVER (PARTITION BY baselines.number ORDER BY runs.id DESC) AS place"
    "  FROM baselines JOIN runs ON runs.component = baselines.component"
    "   AND runs.operation = baselines.operation AND runs.host_class = baselines.host_class"
    "   AND runs.cold = baselines.cold AND runs.outcome = 'succeeded'"
    "   AND runs.id >= baselines.since_run"
    "  WHERE baselines.since_run <> '') WHERE place <= ?1) ";

Result<void> check_id(const Run& run) {
  if (is_ulid(run.id)) return {};
  return fail(ErrorKind::malformed, "\"" + run.id + "\" is no id of a run (26 characters, ULID)");
}

// The new row's number. Gone: there is one of that id.
Result<std::int64_t> insert_row(Database& database, const Run& run, const RunMeasurer* measurer) {
  const std::string sql =
      "INSERT INTO runs (" + std::string(kRunColumns) +
      ", measurer_pid, measurer_start_ticks, measurer_boot_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
      " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
      " ON CONFLICT (id) DO NOTHING RETURNING number";
  auto insert = database.prepare(sql.c_str());
  if (!insert) return tl::unexpected(std::move(insert.error()));
  const std::string host_class = to_string(run.host_class);
  bind_run(*insert, run, host_class);
  if (measurer != nullptr) {
    insert->bind(kRunColumnCount + 1, measurer->process.pid)
        .bind(kRunColumnCount + 2, static_cast<std::int64_t>(measurer->process.start_ticks))
        .bind(kRunColumnCount + 3, measurer->boot_id);
  }
  auto row = insert->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (!*row) return fail(ErrorKind::io, "there is a run of this id already");
  return insert->integer(0);
}

Result<void> remove_run(Database& database, const std::string& id) {
  auto remove = database.prepare("DELETE FROM runs WHERE id = ?1");
  if (!remove) return tl::unexpected(std::move(remove.error()));
  return remove->bind(1, id).run();
}

Result<void> write_run(Database& database, const Run& run, const RunMeasurer* measurer,
                       bool replace) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  if (replace) {
    if (auto done = remove_run(database, run.id); !done) return done;
  }
  const auto number = insert_row(database, run, measurer);
  if (!number) return tl::unexpected(number.error());
  if (auto done = write_details(database, *number, run); !done) return done;
  return transaction->commit();
}

struct OpenRun {
  std::int64_t number = 0;
  RunMeasurer measurer;
};

Result<std::vector<OpenRun>> open_runs(Database& database) {
  auto select = database.prepare(
      "SELECT number, measurer_pid, measurer_start_ticks, measurer_boot_id FROM runs"
      " WHERE outcome = 'running' ORDER BY id LIMIT ?1");
  if (!select) return tl::unexpected(std::move(select.error()));
  select->bind(1, kClosedAtOnce);
  std::vector<OpenRun> open;
  while (true) {
    auto row = select->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return open;
    open.push_back({select->integer(0),
                    {{static_cast<std::int32_t>(select->integer(1)),
                      static_cast<std::uint64_t>(select->integer(2))},
                     select->text(3)}});
  }
}

// Those that were not finished meanwhile.
Result<std::size_t> mark_interrupted(Database& database, const std::vector<OpenRun>& runs) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto update = database.prepare(
      "UPDATE runs SET outcome = 'interrupted', measurer_pid = NULL, measurer_start_ticks = NULL,"
      " measurer_boot_id = NULL WHERE number = ?1 AND outcome = 'running' RETURNING 1");
  if (!update) return tl::unexpected(std::move(update.error()));
  std::size_t closed = 0;
  for (const OpenRun& run : runs) {
    auto row = update->bind(1, run.number).step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (*row) ++closed;
    update->reset();
  }
  if (auto done = transaction->commit(); !done) return tl::unexpected(std::move(done.error()));
  return closed;
}

// A statement that begins with `kept` (?1) and has one parameter of its own; rows that it returns.
template <class Parameter>
Result<std::size_t> delete_counting(Database& database, const char* sql, Parameter parameter) {
  auto remove = database.prepare((std::string(kKept) + sql).c_str());
  if (!remove) return tl::unexpected(std::move(remove.error()));
  remove->bind(1, static_cast<std::int64_t>(kRunsKeptForMark)).bind(2, parameter);
  std::size_t rows = 0;
  while (true) {
    auto row = remove->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return rows;
    ++rows;
  }
}

// Whether prune_runs() has anything to do; so that it takes the lock of a writer only then.
Result<bool> too_many(Database& database, std::string_view oldest, std::size_t count) {
  auto select = database.prepare(
      "SELECT EXISTS (SELECT 1 FROM runs WHERE id < ?1) OR (SELECT count(*) FROM runs) > ?2");
  if (!select) return tl::unexpected(std::move(select.error()));
  auto row = select->bind(1, oldest).bind(2, static_cast<std::int64_t>(count)).step();
  if (!row) return tl::unexpected(std::move(row.error()));
  return select->integer(0) != 0;
}

Result<std::size_t> prune(Database& database, std::string_view oldest, std::size_t count) {
  const auto needed = too_many(database, oldest, count);
  if (!needed) return tl::unexpected(needed.error());
  if (!*needed) return 0;
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto old = delete_counting(
      database, "DELETE FROM runs WHERE id < ?2 AND number NOT IN kept RETURNING 1", oldest);
  if (!old) return old;
  auto surplus =
      delete_counting(database,
                      "DELETE FROM runs WHERE number IN (SELECT number FROM runs"
                      " ORDER BY number IN kept DESC, id DESC LIMIT -1 OFFSET ?2) RETURNING 1",
                      static_cast<std::int64_t>(count));
  if (!surplus) return surplus;
  if (auto done = transaction->commit(); !done) return tl::unexpected(std::move(done.error()));
  return *old + *surplus;
}

}  // namespace

Result<void> begin_run(Database& database, const Run& run, const RunMeasurer& measurer) {
  if (auto good = check_id(run); !good) return good;
  Run kept = bounded(run);
  kept.outcome = RunOutcome::running;
  auto done = write_run(database, kept, &measurer, false);
  if (!done) return refused(database, "keeping run " + run.id, std::move(done.error()));
  return {};
}

Result<void> finish_run(Database& database, const Run& run) {
  if (auto good = check_id(run); !good) return good;
  if (run.outcome == RunOutcome::running) {
    return fail(ErrorKind::malformed, "run " + run.id + " is still running");
  }
  auto done = write_run(database, bounded(run), nullptr, true);
  if (!done) return refused(database, "keeping run " + run.id, std::move(done.error()));
  return {};
}

Result<std::size_t> close_interrupted_runs(Database& database,
                                           const std::function<bool(const RunMeasurer&)>& alive) {
  constexpr std::string_view kWhat = "closing runs";
  auto open = open_runs(database);
  if (!open) return refused(database, kWhat, std::move(open.error()));
  std::erase_if(*open, [&](const OpenRun& run) { return alive(run.measurer); });
  if (open->empty()) return 0;
  auto closed = mark_interrupted(database, *open);
  if (!closed) return refused(database, kWhat, std::move(closed.error()));
  return closed;
}

Result<std::size_t> prune_runs(Database& database, std::chrono::system_clock::time_point now,
                               const RunRetention& retention) {
  const std::string oldest = make_ulid(now - retention.max_age, {});
  auto gone = prune(database, oldest, retention.max_count);
  if (!gone) return refused(database, "forgetting old runs", std::move(gone.error()));
  return gone;
}

}  // namespace perfwatch
