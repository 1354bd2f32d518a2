// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/analyse/exit_window.h"
#include "core/analyse/history.h"
#include "core/analyse/host_summary.h"
#include "core/analyse/rule_set.h"
#include "core/base/result.h"
#include "core/model/overview.h"

namespace perfwatch {

// The read-only JSON interface, /api/v1/...: {"status":"success","data":...} or
// {"status":"error","error":"..."} as Prometheus has it. docs/api.md shows each answer. Absent
// values are left out, never null or 0. Any text is fine: what is not UTF-8 is replaced.

[[nodiscard]] std::string api_status(const Overview& overview, const HostSummary& host);
[[nodiscard]] std::string api_groups(const Overview& overview);
// The processes of one group, heaviest CPU first, at most `limit`; says "truncated" when there were
// more. `gone` when there is no such group (404).
[[nodiscard]] Result<std::string> api_processes(const Overview& overview, std::string_view group,
                                                std::size_t limit);
[[nodiscard]] std::string api_alerts(const Overview& overview);
// The latest kills for lack of memory, newest first, at most `limit`.
[[nodiscard]] std::string api_oom(const Overview& overview, std::size_t limit);
// Series whose metric name starts with `prefix`, at most `limit`; says "truncated" when there were
// more.
[[nodiscard]] std::string api_series(const Overview& overview, std::string_view prefix,
                                     std::size_t limit);
struct ExitsQuery {
  std::chrono::minutes window{5};
  ExitSort sort = ExitSort::cpu;
  std::size_t limit = 50;  // of the kinds
  std::size_t recent = 0;  // so many of the last exits one by one, newest first
};
// What ended in the last minutes, by kind of program. `gone` before the first sweep (503),
// `unsupported` in a tier that does not see exits (501): the text says why, and what mends it.
[[nodiscard]] Result<std::string> api_exits(const Overview& overview, const ExitsQuery& query);
struct RulesQuery {
  std::optional<std::string> rule{};  // with what it judges now; all rules, without, otherwise
  std::size_t limit = 100;            // of what it judges
};
// The rules that are on, and how each of their series stands. `gone` when there is no such rule.
[[nodiscard]] Result<std::string> api_rules(const RuleSet& rules, const RulesQuery& query);
struct HistoryQuery {
  std::string metric;
  std::optional<std::string> subject{};  // as subject_text() has it; all of the metric without
  std::chrono::milliseconds window = std::chrono::minutes(15);
  std::size_t limit = 10;  // series
};
// The points that are kept of a metric's series in the window before the frame. `gone` when there
// is no such series (404), `unsupported` when none of them is watched by a rule (404): the text
// says what to do.
[[nodiscard]] Result<std::string> api_history(const Frame& frame, const History& history,
                                              const HistoryQuery& query);
struct FindingsQuery {
  Severity severity = Severity::info;  // that or worse
  std::size_t limit = 100;
};
// What bounds the host or a group, and all that is wrong with it: what a rule or the judgement of
// bottlenecks found, the worst first; says "truncated" when there was more.
[[nodiscard]] std::string api_findings(const Overview& overview, const FindingsQuery& query);
[[nodiscard]] std::string api_error(std::string_view text);

}  // namespace perfwatch
