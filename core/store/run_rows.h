// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/model/run.h"
#include "core/store/database.h"
#include "core/store/statement.h"

namespace perfwatch {

// Rows of the tables of runs, and values; for core/store only.

[[nodiscard]] std::int64_t to_nanoseconds(std::chrono::system_clock::time_point at);
[[nodiscard]] std::chrono::system_clock::time_point to_wall(std::int64_t nanoseconds);

// "storage: /var/lib/perfwatch/perfwatch.db: WHAT: ..."
[[nodiscard]] tl::unexpected<Error> refused(const Database& database, std::string_view what,
                                            Error error);

// As parameters, four of them from `first` on.
Statement& bind_key(Statement& statement, int first, const BaselineKey& key);

// The columns that bind_run() binds from 1 on and read_run() reads from 1 on (0 is the number).
inline constexpr const char* kRunColumns =
    "id, component, operation, host_class, cold, outcome, host, cpu_model, cores, memory_bytes,"
    " started_ns, exit_code, tier, exact, method, reason";
inline constexpr int kRunColumnCount = 16;
// `host_class` is the text of the run's; both stay as they are until the next reset().
Statement& bind_run(Statement& statement, const Run& run, const std::string& host_class);
[[nodiscard]] Run read_run(const Statement& row);

// What is kept of the run with this number, in other tables.
[[nodiscard]] Result<void> write_details(Database& database, std::int64_t number, const Run& run);
[[nodiscard]] Result<void> read_details(Database& database, std::int64_t number, Run& run);

// One run after the other: SELECT metric, value ... WHERE run = ?1.
[[nodiscard]] Result<Statement> prepare_figures(Database& database);
[[nodiscard]] Result<void> read_figures(Statement& figures, std::int64_t number, RunFigures& out);
[[nodiscard]] Result<Statement> prepare_labels(Database& database);
[[nodiscard]] Result<void> read_labels(Statement& labels, std::int64_t number, Run& run);

}  // namespace perfwatch
