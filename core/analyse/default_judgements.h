// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/analyse/rule_set.h"

namespace perfwatch {

// The rules that ship and judge more than the value of now: leaks, trends, anomalies.
[[nodiscard]] std::vector<Rule> rules_that_look_back();

}  // namespace perfwatch
