// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/config_place.h"

namespace perfwatch {

// Deeper nesting is refused; the configuration itself needs five levels.
inline constexpr std::size_t kConfigDepth = 32;

// Reads JSON with // and /* */ comments. Reports through `at` and returns nothing when the text is
// not JSON, is nested too deeply or too large. A key that stands twice in one object is reported
// too (JSON parsers keep one of them in silence), but the document is still returned, so that its
// other problems are found.
[[nodiscard]] std::optional<nlohmann::json> read_json(std::string_view text, const Place& at);

// The value as a message names it: `the text "abc"`, `the number 5`, `a list`, `null`.
[[nodiscard]] std::string describe(const nlohmann::json& value);

}  // namespace perfwatch
