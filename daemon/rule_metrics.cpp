// SPDX-License-Identifier: Apache-2.0
#include "daemon/rule_metrics.h"

#include <algorithm>

#include "core/base/text.h"
#include "daemon/reference.h"

namespace perfwatch {

std::vector<UnknownMetric> unknown_metrics(const std::vector<Rule>& rules) {
  auto known = metric_names();
  known.emplace_back(kProcessMemory);
  std::vector<UnknownMetric> unknown;
  const auto check = [&](const std::string& rule, const std::string& metric) {
    if (std::find(known.begin(), known.end(), metric) != known.end()) return;
    unknown.push_back({rule, metric, std::string(nearest(metric, known).value_or(""))});
  };
  for (const auto& rule : rules) {
    check(rule.name, rule.metric);
    for (const auto* other : {&rule.divided_by, &rule.footprint, &rule.room}) {
      if (*other) check(rule.name, **other);
    }
  }
  return unknown;
}

}  // namespace perfwatch
