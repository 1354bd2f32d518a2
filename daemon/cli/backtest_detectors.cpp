// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/analyse/anomaly.h"
#include "core/analyse/change_points.h"
#include "core/analyse/leak.h"
#include "daemon/cli/backtest.h"

namespace perfwatch {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no NaN: null is "not known".
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Result<void> print(const Json& json, BacktestOutput& output) {
  output.add(json.dump(2, ' ', false, Json::error_handler_t::replace));
  output.add("\n");
  return output.finish();
}

// What the live daemon would have said first, and on; a call stands.
struct LeakStory {
  double least_rate;  // a rule's levels, 0 without one
  double hold_seconds;
  LeakState last{};
  LeakState at_call{};
  double detected_at = std::nan("");
  double raised_since = std::nan("");

  void take(double seconds, const LeakState& state) {
    last = state;
    if (!std::isnan(detected_at)) return;
    const bool raised = state.verdict == LeakVerdict::leak && state.bytes_per_second >= least_rate;
    if (!raised) {
      raised_since = std::nan("");
    } else if (std::isnan(raised_since)) {
      raised_since = seconds;
    }
    if (!(seconds - raised_since >= hold_seconds)) return;
    detected_at = seconds;
    at_call = state;
  }
};

}  // namespace

Result<void> each_row(BacktestInput& input, BacktestOutput& output, const TakeRow& take) {
  BacktestRow row;
  for (;;) {
    if (!input.has_line()) {
      if (auto written = output.finish(); !written) return written;
    }
    const auto more = input.next(row);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    if (auto taken = take(row); !taken) return taken;
  }
}

Result<void> replay_anomalies(BacktestInput& input, BacktestOutput& output,
                              const AnomalyDetector::Settings& settings) {
  AnomalyDetector detector(settings);
  output.add("timestamp,value,score,alert\n");
  return each_row(input, output, [&](const BacktestRow& row) {
    const auto [score, alert] = detector.add(row.value, row.seconds);
    output.add(row.time_text);
    output.add(",");
    output.add(row.value_text);
    output.add(",");
    output.add(score);
    output.add(alert ? ",1\n" : ",0\n");
    return output.row_ended();
  });
}

Result<void> replay_change_points(BacktestInput& input, BacktestOutput& output,
                                  const ChangePointSettings& settings) {
  std::vector<double> values;
  const auto read = each_row(input, output, [&](const BacktestRow& row) -> Result<void> {
    if (values.size() == kMostRows) {
      return input.wrong("more than " + std::to_string(kMostRows) + " rows: average them first");
    }
    values.push_back(row.value);
    return {};
  });
  if (!read) return read;
  Json found = Json::array();
  for (const ChangePoint& point : find_change_points(values, settings)) {
    found.push_back({{"index", point.index},
                     {"before", number(point.before)},
                     {"after", number(point.after)},
                     {"confidence", number(point.confidence)}});
  }
  return print(Json{{"changepoints", std::move(found)}}, output);
}

Result<void> replay_leak(BacktestInput& input, BacktestOutput& output,
                         const DetectorSettings& settings) {
  LeakDetector detector(settings.leak);
  LeakStory story{settings.least_leak_rate, settings.leak_hold_seconds};
  const auto read = each_row(input, output, [&](const BacktestRow& row) -> Result<void> {
    story.take(row.seconds, detector.add(row.seconds, row.value, row.resident));
    return {};
  });
  if (!read) return read;
  const bool leak = !std::isnan(story.detected_at);
  const LeakState& told = leak ? story.at_call : story.last;
  return print(
      Json{{"leak", leak},
           {"verdict", std::string(to_string(leak ? LeakVerdict::leak : story.last.verdict))},
           {"detected_at", number(story.detected_at)},
           {"onset", number(leak ? told.onset_seconds : std::nan(""))},
           {"rate_bytes_per_second", number(leak ? told.bytes_per_second : std::nan(""))}},
      output);
}

}  // namespace perfwatch
