// SPDX-License-Identifier: Apache-2.0
#include "core/base/html_text.h"

#include "core/base/visible_text.h"

namespace perfwatch {

std::string html_escape(std::string_view text) {
  const std::string visible = visible_text(text);
  std::string out;
  out.reserve(visible.size());
  for (const char c : visible) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_name(std::string_view text) { return "<bdi>" + html_escape(text) + "</bdi>"; }

}  // namespace perfwatch
