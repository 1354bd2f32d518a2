// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/analyse/alert_book.h"
#include "core/model/metric.h"
#include "daemon/cli/backtest.h"

namespace perfwatch {
namespace {

constexpr Metric kGauge{"backtest_value", MetricType::gauge, "The column.", {}};
constexpr Metric kCounter{"backtest_value", MetricType::counter, "The column.", {}};

// `seconds` on both clocks: the book measures by the one and prints the other.
Instant instant_of(double seconds) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(seconds));
  Instant at;
  at.monotonic += since;
  at.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(since);
  return at;
}

// One row as the frame of a host that has this one series.
class Rows {
 public:
  explicit Rows(const Metric& metric) : metric_(metric) {}

  // A row that is not later than the one before is taken to be one millisecond after it: live the
  // monotonic clock never goes back.
  [[nodiscard]] Frame frame(double seconds, double value) {
    constexpr double kStep = 0.001;
    constexpr double kLatest = 4e9;  // nanoseconds since 1970 stay in 63 bits
    now_ = std::min(std::max(std::isnan(now_) ? seconds : now_ + kStep, seconds), kLatest);
    SampleWriter out(schema_);
    out.add(metric_, std::isfinite(value) ? value : kAbsent);
    auto block = std::make_shared<Block>();
    block->collector = "backtest";
    Frame frame;
    frame.at = block->taken = instant_of(now_);
    block->samples = std::move(out).finish();
    schema_ = block->samples.schema;
    frame.blocks.push_back(std::move(block));
    return frame;
  }

 private:
  const Metric& metric_;
  std::shared_ptr<const Schema> schema_;
  double now_ = std::nan("");
};

std::string_view state_of(const AlertBook& book) {
  std::string_view state = "inactive";
  for (const Alert* alert : book.alerts()) {
    if (alert->state == AlertState::firing) return to_string(alert->state);
    if (alert->state == AlertState::pending) state = to_string(alert->state);
  }
  return state;
}

}  // namespace

Result<void> replay_threshold(BacktestInput& input, BacktestOutput& output, const Rule& rule,
                              bool counter) {
  Rule here = rule;
  here.metric = kGauge.name;
  here.labels.clear();
  here.except.clear();
  here.divided_by.reset();
  auto rules = RuleSet::make({std::move(here)});
  if (!rules) return tl::unexpected(std::move(rules.error()));
  AlertBook book({});
  Rows rows(counter ? kCounter : kGauge);
  output.add("timestamp,value,state\n");
  return each_row(input, output, [&](const BacktestRow& row) {
    const Frame frame = rows.frame(row.seconds, row.value);
    static_cast<void>(book.update(*rules, rules->judge(frame), frame));
    output.add(row.time_text);
    output.add(",");
    output.add(row.value_text);
    output.add(",");
    output.add(state_of(book));
    output.add("\n");
    return output.row_ended();
  });
}

}  // namespace perfwatch
