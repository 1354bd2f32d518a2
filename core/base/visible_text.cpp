// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"

#include <array>
#include <cstddef>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

// The name of a character that overrides the direction of text; empty for any other.
std::string_view turning(std::string_view sequence) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNames = {{
      {"\xE2\x80\xAA", "\\u202A"},
      {"\xE2\x80\xAB", "\\u202B"},
      {"\xE2\x80\xAC", "\\u202C"},
      {"\xE2\x80\xAD", "\\u202D"},
      {"\xE2\x80\xAE", "\\u202E"},
      {"\xE2\x81\xA6", "\\u2066"},
      {"\xE2\x81\xA7", "\\u2067"},
      {"\xE2\x81\xA8", "\\u2068"},
      {"\xE2\x81\xA9", "\\u2069"},
  }};
  if (sequence.empty() || sequence[0] != '\xE2') return {};
  for (const auto& [bytes, name] : kNames) {
    if (sequence == bytes) return name;
  }
  return {};
}

}  // namespace

std::string visible_text(std::string_view text) {
  const std::string printable = printable_utf8(text);
  std::string out;
  out.reserve(printable.size());
  for (std::size_t i = 0; i < printable.size(); ++i) {
    const std::string_view turned = turning(std::string_view(printable).substr(i, 3));
    if (turned.empty()) {
      out += printable[i];
    } else {
      out += turned;
      i += 2;
    }
  }
  return out;
}

}  // namespace perfwatch
