// SPDX-License-Identifier: Apache-2.0
#include "daemon/collector_series.h"

#include <utility>

namespace perfwatch {
namespace {

constexpr Metric kDuration{"perfwatch_collector_duration_seconds",
                           MetricType::gauge,
                           "Time that the last finished round of the collector took.",
                           {"collector"}};
constexpr Metric kSuccess{"perfwatch_collector_success",
                          MetricType::gauge,
                          "1 if the last finished round of the collector brought data.",
                          {"collector"}};
constexpr Metric kLastSuccess{"perfwatch_collector_last_success_timestamp_seconds",
                              MetricType::gauge,
                              "When the collector last brought data, in seconds since 1970.",
                              {"collector"}};
constexpr Metric kStuck{"perfwatch_collector_stuck",
                        MetricType::gauge,
                        "1 while a call of the collector hangs past its deadline.",
                        {"collector"}};
constexpr Metric kInterval{"perfwatch_collector_interval_seconds",
                           MetricType::gauge,
                           "Time from one round of the collector to the next, unless it is woken.",
                           {"collector"}};
constexpr Metric kPaused{"perfwatch_collector_paused",
                         MetricType::gauge,
                         "1 while the collector is not run, to keep the budget.",
                         {"collector"}};
constexpr Metric kCatchUps{"perfwatch_collector_catch_ups_total",
                           MetricType::counter,
                           "Times the collector took what could not wait for its next round.",
                           {"collector"}};
constexpr Metric kCatchUpSeconds{"perfwatch_collector_catch_up_seconds_total",
                                 MetricType::counter,
                                 "Time that this took.",
                                 {"collector"}};
constexpr Metric kErrors{"perfwatch_collector_errors_total",
                         MetricType::counter,
                         "What the collector could not read, by reason; single items included.",
                         {"collector", "reason"}};
constexpr const Metric* kMetrics[] = {&kDuration, &kSuccess,  &kLastSuccess,    &kStuck, &kPaused,
                                      &kInterval, &kCatchUps, &kCatchUpSeconds, &kErrors};

}  // namespace

MetricList collector_metrics() { return kMetrics; }

Samples describe_collectors(const std::vector<CollectorState>& collectors,
                            std::shared_ptr<const Schema>& schema) {
  SampleWriter out(schema);
  const auto each = [&](const Metric& metric, auto value) {
    for (const auto& state : collectors) out.add(metric, value(state), {state.name});
  };
  // Before the first round has ended there is nothing to say.
  const auto ran = [](const CollectorState& s) { return s.last_success || !s.last_error.empty(); };
  each(kDuration, [&](const CollectorState& s) { return ran(s) ? s.duration.count() : kAbsent; });
  each(kSuccess,
       [&](const CollectorState& s) { return ran(s) ? static_cast<double>(s.success) : kAbsent; });
  each(kLastSuccess, [](const CollectorState& s) {
    return s.last_success ? unix_seconds(*s.last_success) : kAbsent;
  });
  each(kStuck, [](const CollectorState& s) { return s.stuck ? 1.0 : 0.0; });
  each(kPaused, [](const CollectorState& s) { return s.paused ? 1.0 : 0.0; });
  each(kInterval, [](const CollectorState& s) { return s.interval.count(); });
  // Most collectors have nothing to do between rounds.
  const auto each_that_catches_up = [&](const Metric& metric, auto value) {
    for (const auto& state : collectors) {
      if (state.catches_up) out.add(metric, value(state), {state.name});
    }
  };
  each_that_catches_up(kCatchUps,
                       [](const CollectorState& s) { return static_cast<double>(s.catch_ups); });
  each_that_catches_up(kCatchUpSeconds,
                       [](const CollectorState& s) { return s.catch_up_time.count(); });
  for (const auto& state : collectors) {
    for (std::size_t i = 0; i < kErrorKinds; ++i) {
      out.add(kErrors, static_cast<double>(state.errors[i]),
              {state.name, to_string(static_cast<ErrorKind>(i))});
    }
  }
  Samples samples = std::move(out).finish();
  schema = samples.schema;
  return samples;
}

}  // namespace perfwatch
