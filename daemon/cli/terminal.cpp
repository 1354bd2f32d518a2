// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace perfwatch {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

std::string Style::paint(Tone tone, std::string_view text) const {
  constexpr std::string_view kCodes[] = {"", "32", "33", "1;31", "1", "2"};
  const std::string_view code = kCodes[static_cast<std::size_t>(tone)];
  if (!colour || code.empty()) return std::string(text);
  return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

Style standard_output_style() {
  Style style;
  style.terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  style.colour = style.terminal && !dumb && !is_set("NO_COLOR");
  winsize size{};
  if (style.terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = size.ws_col;
  }
  return style;
}

}  // namespace perfwatch
