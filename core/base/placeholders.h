// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// A text with {{ placeholders }}, cut once when the configuration is read. The words inside mean
// what their user says they mean: group names know process-exporter's {{.Comm}}, alerts know
// Prometheus' {{ $value }}.
struct TextPart {
  bool placeholder = false;
  std::string text;  // literal text, or the trimmed inside of the braces
};

// Malformed when a brace pair is not closed or is empty; the text names the position (0-based
// byte).
[[nodiscard]] Result<std::vector<TextPart>> parse_placeholders(std::string_view text);

}  // namespace perfwatch
