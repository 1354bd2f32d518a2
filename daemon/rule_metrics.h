// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/analyse/rule_set.h"

namespace perfwatch {

// A metric that a rule names and nobody fills: the rule would be silent for ever.
struct UnknownMetric {
  std::string rule;
  std::string metric;
  std::string nearest;  // one that exists; empty when none is close
};

// Of `metric`, `divided_by`, `footprint` and `room` of each rule.
[[nodiscard]] std::vector<UnknownMetric> unknown_metrics(const std::vector<Rule>& rules);

}  // namespace perfwatch
