// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/json_values.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "exporters/report/words.h"

namespace perfwatch {

OrderedJson number_or_null(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
}

OrderedJson numbers_or_null(const std::vector<double>& values) {
  OrderedJson list = OrderedJson::array();
  for (const double value : values) list.push_back(number_or_null(value));
  return list;
}

void put_known(OrderedJson& object, const char* key, double value) {
  if (std::isfinite(value)) object[key] = value;
}

OrderedJson statistics_json(const Statistics& statistics) {
  OrderedJson object = OrderedJson::object();
  object["total"] = number_or_null(statistics.total);
  object["mean"] = number_or_null(statistics.mean);
  object["median"] = number_or_null(statistics.median);
  object["min"] = number_or_null(statistics.min);
  object["max"] = number_or_null(statistics.max);
  object["std"] = number_or_null(statistics.deviation);
  object["p95"] = number_or_null(statistics.p95);
  object["p99"] = number_or_null(statistics.p99);
  return object;
}

OrderedJson metrics_json(const MetricStatistics& metrics) {
  OrderedJson object = OrderedJson::object();
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    const auto metric = static_cast<RunMetric>(i);
    const Statistics& each = metrics[metric];
    if (each.count == 0) continue;
    OrderedJson entry = OrderedJson::object();
    entry["count"] = each.count;
    entry.update(statistics_json(each));
    if (is_peak(metric)) entry.erase("total");  // peaks of several runs have no sum
    object[std::string(info_of(metric).name)] = std::move(entry);
  }
  return object;
}

std::string dumped(const OrderedJson& json) {
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace perfwatch
