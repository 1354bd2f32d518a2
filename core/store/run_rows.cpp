// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_rows.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/store/timeline_blob.h"

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;

constexpr std::string_view kByCpu = "cpu";
constexpr std::string_view kByMemory = "memory";

AccountingTier tier_of(std::string_view text) {
  for (const AccountingTier tier : {AccountingTier::taskstats, AccountingTier::ebpf}) {
    if (text == to_string(tier)) return tier;
  }
  return AccountingTier::poll;
}

Result<void> write_figures(Database& database, std::int64_t number, const RunFigures& figures) {
  auto insert = database.prepare("INSERT INTO run_figures VALUES (?1, ?2, ?3)");
  if (!insert) return tl::unexpected(std::move(insert.error()));
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    if (!figures.has(metric)) continue;
    insert->bind(1, number).bind(2, run_metrics().at(i).name).bind_real(3, figures[metric]);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

Result<void> write_texts(Database& database, std::int64_t number, const Run& run) {
  auto words = database.prepare("INSERT INTO run_words VALUES (?1, ?2, ?3)");
  if (!words) return tl::unexpected(std::move(words.error()));
  for (std::size_t i = 0; i < run.command.size(); ++i) {
    words->bind(1, number).bind(2, static_cast<std::int64_t>(i)).bind(3, run.command[i]);
    if (auto done = words->run(); !done) return done;
  }
  auto labels = database.prepare("INSERT INTO run_labels VALUES (?1, ?2, ?3)");
  if (!labels) return tl::unexpected(std::move(labels.error()));
  for (const auto& [name, value] : run.labels) {
    if (auto done = labels->bind(1, number).bind(2, name).bind(3, value).run(); !done) return done;
  }
  return {};
}

Result<void> write_commands(Database& database, std::int64_t number, std::string_view list,
                            const std::vector<RunCommand>& commands) {
  auto insert =
      database.prepare("INSERT INTO run_commands VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  if (!insert) return tl::unexpected(std::move(insert.error()));
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const RunCommand& command = commands[i];
    insert->bind(1, number)
        .bind(2, list)
        .bind(3, static_cast<std::int64_t>(i))
        .bind(4, command.comm)
        .bind(5, static_cast<std::int64_t>(command.count))
        .bind_real(6, command.cpu_seconds)
        .bind_real(7, command.largest_bytes)
        .bind(8, command.largest_arguments);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

Result<void> write_timeline(Database& database, std::int64_t number, const Run& run) {
  if (run.timeline.empty()) return {};
  auto insert = database.prepare("INSERT INTO run_timelines VALUES (?1, ?2)");
  if (!insert) return tl::unexpected(std::move(insert.error()));
  const auto bytes = encode_timeline(run.timeline);
  return insert->bind(1, number).bind_blob(2, bytes).run();
}

Result<void> read_words(Database& database, std::int64_t number, Run& run) {
  auto words = database.prepare("SELECT word FROM run_words WHERE run = ?1 ORDER BY place");
  if (!words) return tl::unexpected(std::move(words.error()));
  words->bind(1, number);
  while (true) {
    auto row = words->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    run.command.push_back(words->text(0));
  }
}

Result<void> read_commands(Database& database, std::int64_t number, Run& run) {
  auto commands = database.prepare(
      "SELECT list, comm, count, cpu_seconds, largest_bytes, largest_arguments FROM run_commands"
      " WHERE run = ?1 ORDER BY list, place");
  if (!commands) return tl::unexpected(std::move(commands.error()));
  commands->bind(1, number);
  while (true) {
    auto row = commands->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    auto& list = commands->text(0) == kByCpu ? run.by_cpu : run.by_memory;
    list.push_back({commands->text(1), static_cast<std::uint64_t>(commands->integer(2)),
                    commands->maybe_real(3), commands->maybe_real(4), commands->text(5)});
  }
}

Result<void> read_timeline(Database& database, std::int64_t number, Run& run) {
  auto timeline = database.prepare("SELECT points FROM run_timelines WHERE run = ?1");
  if (!timeline) return tl::unexpected(std::move(timeline.error()));
  timeline->bind(1, number);
  auto row = timeline->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (!*row) return {};
  auto points = decode_timeline(timeline->blob(0));
  if (!points) return tl::unexpected(std::move(points.error()));
  run.timeline = std::move(*points);
  return {};
}

}  // namespace

std::int64_t to_nanoseconds(system_clock::time_point at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

system_clock::time_point to_wall(std::int64_t count) {
  return system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(nanoseconds(count)));
}

tl::unexpected<Error> refused(const Database& database, std::string_view what, Error error) {
  std::string context = "storage: " + database.path() + ": ";
  return tl::unexpected(within(context.append(what), std::move(error)));
}

Statement& bind_key(Statement& statement, int first, const BaselineKey& key) {
  return statement.bind(first, key.component)
      .bind(first + 1, key.operation)
      .bind(first + 2, key.host_class)
      .bind(first + 3, key.cold ? 1 : 0);
}

Statement& bind_run(Statement& statement, const Run& run, const std::string& host_class) {
  return statement.bind(1, run.id)
      .bind(2, run.component)
      .bind(3, run.operation)
      .bind(4, host_class)
      .bind(5, run.cold ? 1 : 0)
      .bind(6, to_string(run.outcome))
      .bind(7, run.host)
      .bind(8, run.host_class.cpu_model)
      .bind(9, run.host_class.cores)
      .bind(10, static_cast<std::int64_t>(run.host_class.memory_bytes))
      .bind(11, to_nanoseconds(run.started))
      .bind(12, run.exit_code)
      .bind(13, to_string(run.tier))
      .bind(14, run.exact ? 1 : 0)
      .bind(15, run.method)
      .bind(16, run.reason);
}

Run read_run(const Statement& row) {
  Run run;
  run.id = row.text(1);
  run.component = row.text(2);
  run.operation = row.text(3);
  run.cold = row.integer(5) != 0;
  // What nobody can read, nobody knows.
  run.outcome = run_outcome(row.text(6)).value_or(RunOutcome::interrupted);
  run.host = row.text(7);
  run.host_class = {row.text(8), static_cast<std::uint32_t>(row.integer(9)),
                    static_cast<std::uint64_t>(row.integer(10))};
  run.started = to_wall(row.integer(11));
  run.exit_code = static_cast<int>(row.integer(12));
  run.tier = tier_of(row.text(13));
  run.exact = row.integer(14) != 0;
  run.method = row.text(15);
  run.reason = row.text(16);
  return run;
}

Result<void> write_details(Database& database, std::int64_t number, const Run& run) {
  if (auto done = write_figures(database, number, run.figures); !done) return done;
  if (auto done = write_texts(database, number, run); !done) return done;
  if (auto done = write_commands(database, number, kByCpu, run.by_cpu); !done) return done;
  if (auto done = write_commands(database, number, kByMemory, run.by_memory); !done) return done;
  return write_timeline(database, number, run);
}

Result<void> read_details(Database& database, std::int64_t number, Run& run) {
  auto figures = prepare_figures(database);
  if (!figures) return tl::unexpected(std::move(figures.error()));
  if (auto done = read_figures(*figures, number, run.figures); !done) return done;
  auto labels = prepare_labels(database);
  if (!labels) return tl::unexpected(std::move(labels.error()));
  if (auto done = read_labels(*labels, number, run); !done) return done;
  if (auto done = read_words(database, number, run); !done) return done;
  if (auto done = read_commands(database, number, run); !done) return done;
  return read_timeline(database, number, run);
}

Result<Statement> prepare_figures(Database& database) {
  return database.prepare("SELECT metric, value FROM run_figures WHERE run = ?1");
}

Result<void> read_figures(Statement& figures, std::int64_t number, RunFigures& out) {
  figures.reset();
  figures.bind(1, number);
  while (true) {
    auto row = figures.step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    if (const auto metric = run_metric(figures.text(0))) out[*metric] = figures.real(1);
  }
}

Result<Statement> prepare_labels(Database& database) {
  return database.prepare("SELECT name, value FROM run_labels WHERE run = ?1 ORDER BY name");
}

Result<void> read_labels(Statement& labels, std::int64_t number, Run& run) {
  labels.reset();
  labels.bind(1, number);
  while (true) {
    auto row = labels.step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    run.labels.emplace_back(labels.text(0), labels.text(1));
  }
}

}  // namespace perfwatch
