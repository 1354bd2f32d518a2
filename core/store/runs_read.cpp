// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/base/ulid.h"
#include "core/store/run_rows.h"
#include "core/store/runs.h"

namespace perfwatch {
namespace {

constexpr std::size_t kShortestPart = 4;
constexpr std::size_t kNamed = 4;  // of those that have a part of an id in common

void bind_text_or_null(Statement& statement, int parameter,
                       const std::optional<std::string>& text) {
  if (text) {
    statement.bind(parameter, *text);
  } else {
    statement.bind_null(parameter);
  }
}

Result<Statement> select_runs(Database& database, const RunFilter& filter) {
  const std::string sql = "SELECT number, " + std::string(kRunColumns) +
                          " FROM runs WHERE (?1 IS NULL OR component = ?1)"
                          " AND (?2 IS NULL OR operation = ?2) AND (?3 IS NULL OR started_ns >= ?3)"
                          " AND (?4 IS NULL OR outcome = ?4) AND (?5 IS NULL OR host_class = ?5)"
                          " ORDER BY id DESC LIMIT ?6";
  auto select = database.prepare(sql.c_str());
  if (!select) return select;
  bind_text_or_null(*select, 1, filter.component);
  bind_text_or_null(*select, 2, filter.operation);
  std::optional<std::int64_t> since;
  if (filter.since) since = to_nanoseconds(*filter.since);
  select->bind_or_null(3, since);
  if (filter.outcome) select->bind(4, to_string(*filter.outcome));
  bind_text_or_null(*select, 5, filter.host_class);
  select->bind(6, static_cast<std::int64_t>(std::min(filter.limit, kRunsListed)));
  return select;
}

Result<std::vector<Run>> read_list(Database& database, const RunFilter& filter) {
  auto transaction = Transaction::begin_reading(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto select = select_runs(database, filter);
  if (!select) return tl::unexpected(std::move(select.error()));
  auto figures = prepare_figures(database);
  if (!figures) return tl::unexpected(std::move(figures.error()));
  auto labels = prepare_labels(database);
  if (!labels) return tl::unexpected(std::move(labels.error()));
  std::vector<Run> runs;
  while (true) {
    auto row = select->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return runs;
    Run run = read_run(*select);
    const std::int64_t number = select->integer(0);
    if (auto done = read_figures(*figures, number, run.figures); !done) {
      return tl::unexpected(std::move(done.error()));
    }
    if (auto done = read_labels(*labels, number, run); !done) {
      return tl::unexpected(std::move(done.error()));
    }
    runs.push_back(std::move(run));
  }
}

tl::unexpected<Error> several(const std::string& part, const std::vector<std::string>& ids) {
  std::string text = "several runs have " + part + " in their id:";
  for (std::size_t i = 0; i < std::min(ids.size(), kNamed - 1); ++i) text += " " + ids[i];
  if (ids.size() >= kNamed) text += " ...";
  return fail(ErrorKind::malformed, text + "; say more of it");
}

// Those that `part` may mean, newest first. A part of an id takes a look at all of them.
Result<std::vector<std::string>> find_ids(Database& database, const std::string& part) {
  if (part.size() == kUlidSize) return std::vector{part};
  auto select = database.prepare(
      "SELECT id FROM runs WHERE id = ?1 OR substr(id, 1, ?2) = ?1 OR substr(id, -?2) = ?1"
      " ORDER BY id DESC LIMIT ?3");
  if (!select) return tl::unexpected(std::move(select.error()));
  select->bind(1, part)
      .bind(2, static_cast<std::int64_t>(part.size()))
      .bind(3, static_cast<std::int64_t>(kNamed));
  std::vector<std::string> ids;
  while (true) {
    auto row = select->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return ids;
    ids.push_back(select->text(0));
  }
}

Result<Run> read_whole(Database& database, const std::string& id) {
  const std::string sql = "SELECT number, " + std::string(kRunColumns) + " FROM runs WHERE id = ?1";
  auto select = database.prepare(sql.c_str());
  if (!select) return tl::unexpected(std::move(select.error()));
  auto row = select->bind(1, id).step();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (!*row) return fail(ErrorKind::gone, "no run " + id);
  Run run = read_run(*select);
  if (auto done = read_details(database, select->integer(0), run); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  return run;
}

// Malformed is the name of a run, never the file: who named it is told so.
tl::unexpected<Error> unreadable(const Database& database, std::string_view what, Error error) {
  if (error.kind == ErrorKind::malformed) error.kind = ErrorKind::io;
  return refused(database, what, std::move(error));
}

}  // namespace

Result<std::vector<Run>> list_runs(Database& database, const RunFilter& filter) {
  auto runs = read_list(database, filter);
  if (!runs) return unreadable(database, "listing runs", std::move(runs.error()));
  return runs;
}

Result<Run> find_run(Database& database, std::string_view id_or_part) {
  const auto part = ulid_letters(id_or_part);
  if (!part || part->size() < kShortestPart || part->size() > kUlidSize) {
    return fail(ErrorKind::malformed,
                "\"" + printable_utf8(cut_utf8(id_or_part, 2 * kUlidSize)) +
                    "\" is no run's id, nor the beginning or the end of one (4 to 26 letters and "
                    "digits)");
  }
  auto transaction = Transaction::begin_reading(database);
  if (!transaction) return unreadable(database, "reading", std::move(transaction.error()));
  auto ids = find_ids(database, *part);
  if (!ids) return unreadable(database, "looking for run " + *part, std::move(ids.error()));
  if (ids->empty()) return fail(ErrorKind::gone, "no run " + *part);
  if (ids->size() > 1) return several(*part, *ids);
  auto run = read_whole(database, ids->front());
  if (run || run.error().kind == ErrorKind::gone) return run;
  return unreadable(database, "reading run " + ids->front(), std::move(run.error()));
}

}  // namespace perfwatch
