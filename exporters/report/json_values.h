// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/model/run.h"
#include "core/model/run_statistics.h"

namespace perfwatch {

// Keys keep the order in which they are written, for who reads along.
using OrderedJson = nlohmann::ordered_json;

// A number, or null where it is not known.
[[nodiscard]] OrderedJson number_or_null(double value);
[[nodiscard]] OrderedJson numbers_or_null(const std::vector<double>& values);
// Leaves the key out where the value is not known.
void put_known(OrderedJson& object, const char* key, double value);
// {total, mean, median, min, max, std, p95, p99}, null where it is not known.
[[nodiscard]] OrderedJson statistics_json(const Statistics& statistics);
// By name, with their count, those of which a value is known.
[[nodiscard]] OrderedJson metrics_json(const MetricStatistics& metrics);
// One object and a line's end. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dumped(const OrderedJson& json);

}  // namespace perfwatch
