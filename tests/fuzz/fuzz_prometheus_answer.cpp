// SPDX-License-Identifier: Apache-2.0
// The answer of a server that may be anybody: what is taken is bounded, and the runs in it are what
// a baseline takes, the same each time.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "core/base/ulid.h"
#include "core/model/run_limits.h"
#include "daemon/shared_runs.h"
#include "exporters/json/prometheus_answer.h"

namespace {

using perfwatch::BaselineRun;

void check(bool promise) {
  if (!promise) std::abort();
}

void check_runs(std::span<const BaselineRun> runs, std::span<const BaselineRun> again) {
  check(runs.size() <= perfwatch::kBaselineRuns && runs.size() == again.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    check(perfwatch::is_ulid(runs[i].id) && runs[i].id == again[i].id);
    check(i == 0 || runs[i - 1].id < runs[i].id);
    for (std::size_t m = 0; m < perfwatch::kRunMetrics; ++m) {
      const auto metric = static_cast<perfwatch::RunMetric>(m);
      check(!runs[i].figures.has(metric) || runs[i].figures[metric] >= 0);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto series =
      perfwatch::series_from_prometheus({reinterpret_cast<const char*>(data), size});
  if (!series) {
    check(!series.error().text.empty());
    return 0;
  }
  check(series->size() <= perfwatch::kServerSeries);
  const std::chrono::system_clock::time_point now(std::chrono::seconds(1'800'000'000));
  const perfwatch::BaselineKey key{"kernel", "make bzImage", "8 x AMD EPYC 7B13, 32 GiB", false};
  check_runs(perfwatch::shared_runs(*series, key, now), perfwatch::shared_runs(*series, key, now));
  const perfwatch::MetricHistory history{perfwatch::RunMetric::cpu_seconds, *series};
  const auto changed = perfwatch::changed_runs(std::span(&history, 1), now);
  check_runs(changed, perfwatch::changed_runs(std::span(&history, 1), now));
  return 0;
}
