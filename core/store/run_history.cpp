// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/model/run_limits.h"
#include "core/store/baseline_rows.h"
#include "core/store/run_rows.h"
#include "core/store/runs.h"

namespace perfwatch {
namespace {

using RunsById = std::map<std::string, RunFigures>;

// Above all ids: "not before any run".
constexpr std::string_view kNoEnd = "~";

Result<void> add_own(Database& database, const HistoryWish& wish, const Baseline& baseline,
                     RunsById& runs) {
  auto select = database.prepare(
      "SELECT number, id FROM runs WHERE component = ?1 AND operation = ?2 AND host_class = ?3"
      " AND cold = ?4 AND outcome = 'succeeded' AND id >= ?5 AND id < ?6"
      " ORDER BY id DESC LIMIT ?7");
  if (!select) return tl::unexpected(std::move(select.error()));
  auto figures = prepare_figures(database);
  if (!figures) return tl::unexpected(std::move(figures.error()));
  bind_key(*select, 1, baseline.key)
      .bind(5, baseline.since_run)
      .bind(6, wish.before_run.empty() ? kNoEnd : std::string_view(wish.before_run))
      .bind(7, static_cast<std::int64_t>(wish.limit));
  while (true) {
    auto row = select->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    // In place of what was imported of the same run.
    RunFigures& own = runs[select->text(1)] = RunFigures();
    if (auto done = read_figures(*figures, select->integer(0), own); !done) return done;
  }
}

Result<void> add_imported(Database& database, std::int64_t number, const HistoryWish& wish,
                          const Baseline& baseline, RunsById& runs) {
  auto select = database.prepare(
      "SELECT run_id, metric, value FROM baseline_figures WHERE baseline = ?1 AND run_id IN"
      " (SELECT DISTINCT run_id FROM baseline_figures WHERE baseline = ?1 AND run_id >= ?2"
      "  AND run_id < ?3 ORDER BY run_id DESC LIMIT ?4)");
  if (!select) return tl::unexpected(std::move(select.error()));
  select->bind(1, number)
      .bind(2, baseline.since_run)
      .bind(3, wish.before_run.empty() ? kNoEnd : std::string_view(wish.before_run))
      .bind(4, static_cast<std::int64_t>(wish.limit));
  while (true) {
    auto row = select->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    const auto metric = run_metric(select->text(1));
    if (metric) runs[select->text(0)][*metric] = select->real(2);
  }
}

Result<Baseline> read_history(Database& database, const HistoryWish& wish) {
  auto transaction = Transaction::begin_reading(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto row = read_baseline_row(database, wish.key);
  if (!row) return tl::unexpected(std::move(row.error()));
  Baseline baseline = std::move(row->baseline);
  RunsById runs;
  if (row->number) {
    if (auto done = add_imported(database, *row->number, wish, baseline, runs); !done) {
      return tl::unexpected(std::move(done.error()));
    }
  }
  if (auto done = add_own(database, wish, baseline, runs); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  auto first = runs.begin();
  if (runs.size() > wish.limit) std::advance(first, runs.size() - wish.limit);
  for (; first != runs.end(); ++first) baseline.runs.push_back({first->first, first->second});
  return baseline;
}

}  // namespace

Result<Baseline> history_of(Database& database, const HistoryWish& wish) {
  HistoryWish kept = wish;
  kept.key = bounded(std::move(kept.key));
  kept.limit = std::min(kept.limit, kBaselineRuns);
  auto history = read_history(database, kept);
  if (!history) return refused(database, "reading history", std::move(history.error()));
  return history;
}

}  // namespace perfwatch
