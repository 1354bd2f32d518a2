// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "exporters/report/json_values.h"
#include "exporters/report/report.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

std::vector<double> values(const BenchCommand& command, RunMetric metric) {
  std::vector<double> list;
  list.reserve(command.runs.size());
  for (const auto& run : command.runs) list.push_back(run.figures[metric]);
  return list;
}

// Whole bytes, as hyperfine's readers expect them.
OrderedJson whole_numbers(const std::vector<double>& numbers) {
  OrderedJson list = OrderedJson::array();
  for (const double number : numbers) {
    const bool known = number >= 0 && number < 1e18;
    list.push_back(known ? OrderedJson(static_cast<std::uint64_t>(number)) : OrderedJson(nullptr));
  }
  return list;
}

OrderedJson exit_codes(const BenchCommand& command) {
  OrderedJson list = OrderedJson::array();
  for (const auto& run : command.runs) {
    list.push_back(run.exit_code ? OrderedJson(*run.exit_code) : OrderedJson(nullptr));
  }
  return list;
}

OrderedJson outliers(const BenchResult& result) {
  OrderedJson list = OrderedJson::array();
  for (const auto& outlier : result.outliers) {
    list.push_back({{"run", outlier.run},
                    {"seconds", number_or_null(outlier.value)},
                    {"score", number_or_null(outlier.score)}});
  }
  return list;
}

// Each metric that any run has, in the order of the runs: what a later bench is compared with.
OrderedJson all_values(const BenchCommand& command) {
  OrderedJson object = OrderedJson::object();
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    const auto known = [&](const BenchMeasurement& run) { return run.figures.has(metric); };
    if (std::none_of(command.runs.begin(), command.runs.end(), known)) continue;
    object[std::string(info_of(metric).name)] = numbers_or_null(values(command, metric));
  }
  return object;
}

// As hyperfine writes them.
void put_hyperfine(OrderedJson& object, const BenchResult& result) {
  const Statistics& wall = result.metrics[RunMetric::wall_seconds];
  object["command"] = result.command.command;
  object["mean"] = number_or_null(wall.mean);
  object["stddev"] = number_or_null(wall.deviation);
  object["median"] = number_or_null(wall.median);
  object["user"] = number_or_null(result.metrics[RunMetric::user_seconds].mean);
  object["system"] = number_or_null(result.metrics[RunMetric::system_seconds].mean);
  object["min"] = number_or_null(wall.min);
  object["max"] = number_or_null(wall.max);
  object["times"] = numbers_or_null(values(result.command, RunMetric::wall_seconds));
  object["memory_usage_byte"] =
      whole_numbers(values(result.command, RunMetric::largest_process_bytes));
  object["exit_codes"] = exit_codes(result.command);
  OrderedJson parameters = OrderedJson::object();
  for (const auto& [name, value] : result.command.parameters) parameters[name] = value;
  object["parameters"] = std::move(parameters);
}

OrderedJson result_json(const BenchResult& result, RunMetric memory_metric) {
  OrderedJson object = OrderedJson::object();
  put_hyperfine(object, result);
  const Statistics& wall = result.metrics[RunMetric::wall_seconds];
  object["p95"] = number_or_null(wall.p95);
  object["p99"] = number_or_null(wall.p99);
  object["ratio"] = number_or_null(result.ratio);
  object["ratio_stddev"] = number_or_null(result.ratio_deviation);
  object["fastest"] = result.fastest;
  put_known(object, "items_per_second", result.items_per_second);
  put_known(object, "bytes_per_second", result.bytes_per_second);
  object["memory"] = {{"metric", info_of(memory_metric).name},
                      {"mean", number_or_null(result.metrics[memory_metric].mean)},
                      {"peak", number_or_null(result.metrics[memory_metric].max)}};
  object["outliers"] = outliers(result);
  object["warnings"] = result.warnings;
  object["metrics"] = metrics_json(result.metrics);
  object["values"] = all_values(result.command);
  return object;
}

}  // namespace

std::string bench_json(const BenchReport& report) {
  OrderedJson object = OrderedJson::object();
  OrderedJson results = OrderedJson::array();
  for (const auto& result : report.results) {
    results.push_back(result_json(result, report.memory_metric));
  }
  object["results"] = std::move(results);
  object["recommendations"] = report.recommendations;
  if (!report.host_class.empty()) object["host_class"] = report.host_class;
  return dumped(object);
}

}  // namespace perfwatch
