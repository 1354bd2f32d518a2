// SPDX-License-Identifier: Apache-2.0
#include "core/base/placeholders.h"

#include "core/base/text.h"

namespace perfwatch {

Result<std::vector<TextPart>> parse_placeholders(std::string_view text) {
  std::vector<TextPart> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find("{{", at);
    if (open != at) parts.push_back({false, std::string(text.substr(at, open - at))});
    if (open == std::string_view::npos) break;
    const auto close = text.find("}}", open + 2);
    if (close == std::string_view::npos) {
      return fail(ErrorKind::malformed,
                  "\"{{\" at byte " + std::to_string(open) + " has no \"}}\"");
    }
    const auto inside = trim(text.substr(open + 2, close - open - 2));
    if (inside.empty()) {
      return fail(ErrorKind::malformed, "empty \"{{}}\" at byte " + std::to_string(open));
    }
    parts.push_back({true, std::string(inside)});
    at = close + 2;
  }
  return parts;
}

}  // namespace perfwatch
