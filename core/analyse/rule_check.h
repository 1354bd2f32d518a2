// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/analyse/rule_set.h"
#include "core/base/result.h"

namespace perfwatch {

// Everything about rules that can be told without compiling their expressions and templates.
// Malformed names the rule and the field and says what is wanted.
[[nodiscard]] Result<void> check_rules(const std::vector<Rule>& rules);

// "rule HighLoad: FIELD: TEXT"
[[nodiscard]] tl::unexpected<Error> rule_error(const Rule& rule, std::string_view field,
                                               std::string_view text);

}  // namespace perfwatch
