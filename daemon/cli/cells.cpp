// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/cells.h"

#include <langinfo.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "core/base/text.h"

namespace perfwatch {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// The character at the front of valid UTF-8; a stray byte stands for itself.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto tail = [&](std::size_t i) { return byte(i) & 0x3FU; };
  const char32_t first = byte(0);
  if (first >= 0xF0 && text.size() >= 4) {
    return {(first & 0x07U) << 18U | tail(1) << 12U | tail(2) << 6U | tail(3), 4};
  }
  if (first >= 0xE0 && text.size() >= 3) {
    return {(first & 0x0FU) << 12U | tail(1) << 6U | tail(2), 3};
  }
  if (first >= 0xC0 && text.size() >= 2) return {(first & 0x1FU) << 6U | tail(1), 2};
  return {first, 1};
}

int width_of(char32_t code) { return ::wcwidth(static_cast<wchar_t>(code)); }

// Marks, embeddings, overrides and isolates (Unicode UAX 9): a name could show what it is not.
bool turns_direction(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

// The longest front of `text` that is at most `width` columns wide.
std::string_view front(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Character next = first_character(text.substr(bytes));
    const auto columns = static_cast<std::size_t>(std::max(width_of(next.code), 0));
    if (used + columns > width) break;
    used += columns;
    bytes += next.bytes;
  }
  return text.substr(0, bytes);
}

}  // namespace

void use_utf8_locale() {
  ::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") ::setlocale(LC_CTYPE, "C.UTF-8");
}

std::string safe_text(std::string_view text) {
  const std::string printable = printable_utf8(text);
  std::string out;
  out.reserve(printable.size());
  for (std::string_view rest = printable; !rest.empty();) {
    const Character next = first_character(rest);
    if (width_of(next.code) < 0 || turns_direction(next.code)) {
      out += "\xEF\xBF\xBD";
    } else {
      out += rest.substr(0, next.bytes);
    }
    rest.remove_prefix(next.bytes);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character next = first_character(text);
    width += static_cast<std::size_t>(std::max(width_of(next.code), 0));
    text.remove_prefix(next.bytes);
  }
  return width;
}

std::string clip(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  return std::string(front(text, width - 1)) + "…";
}

std::string fit(std::string_view text, std::size_t width, bool right) {
  std::string cut = clip(text, width);
  const std::size_t used = display_width(cut);
  const std::string blanks(width > used ? width - used : 0, ' ');
  return right ? blanks + cut : cut + blanks;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  text = trim(text);
  while (!text.empty()) {
    std::string_view line = front(text, std::max<std::size_t>(width, 2));
    if (line.size() < text.size() && text[line.size()] != ' ') {
      const auto blank = line.rfind(' ');
      if (blank != std::string_view::npos && blank > 0) line = line.substr(0, blank);
    }
    lines.emplace_back(trim(line));
    text = trim(text.substr(line.size()));
  }
  return lines;
}

}  // namespace perfwatch
