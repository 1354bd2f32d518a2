// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "exporters/json/prometheus_answer.h"

namespace perfwatch {

// The runs that other hosts of a class have measured, from what a Prometheus-compatible server has
// scraped of their daemons. All pure.

// How far back is asked, and how finely: of two runs that end on one host within a step only the
// last is seen. A server evaluates each step, so that finer ones cost it more.
struct SharedWindow {
  std::chrono::milliseconds range = std::chrono::days(30);
  std::chrono::milliseconds step = std::chrono::minutes(10);
};
// Malformed: `range` and `step` are not from 100 ms to 10 years, or have fewer than 1 or more than
// 200,000 steps.
[[nodiscard]] Result<void> check_window(const SharedWindow& window);

// `text` as a value of a label in PromQL, with its quotes.
[[nodiscard]] std::string promql_text(std::string_view text);

// What gives all perfwatch_run_last_* of this key, at the steps at which another run was the last.
// `cold` makes no difference: only warm runs are published.
[[nodiscard]] std::string shared_runs_query(const BaselineKey& key, const SharedWindow& window);

// The runs in the answer to that, oldest first, each once, however many servers scraped it; the
// newest kBaselineRuns. Their ids are made from when they began and what they cost, so that the
// same run has the same id wherever and whenever it is asked for. What ended after `now` (clocks
// may differ by an hour), or has another key, is left out.
[[nodiscard]] std::vector<BaselineRun> shared_runs(std::span<const ServerSeries> series,
                                                   const BaselineKey& key,
                                                   std::chrono::system_clock::time_point now);

// Somebody else's series instead: the history of one metric of a run, at scrapes.
struct MetricHistory {
  RunMetric metric;
  std::vector<ServerSeries> series;
};
// Each change of a value is a run, whose figures are those that series of the same labels have at
// that instant, and whose id is made from that and the labels. The first value of a series is no
// change. Else as above.
[[nodiscard]] std::vector<BaselineRun> changed_runs(std::span<const MetricHistory> histories,
                                                    std::chrono::system_clock::time_point now);

// Those of `shared` that `known` does not have already: ids are not the same where this host
// measured a run that comes back from the server, but CPU and wall time are, to the last bit.
[[nodiscard]] std::vector<BaselineRun> without_known(std::vector<BaselineRun> shared,
                                                     std::span<const BaselineRun> known);

}  // namespace perfwatch
