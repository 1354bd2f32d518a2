// SPDX-License-Identifier: Apache-2.0
// The configuration file from any bytes: parsed or refused with a text, never more.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "daemon/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = perfwatch::parse_config(text, "fuzz", {});
  if (!config) {
    // Problems go to a terminal: one line each, printable whatever the input was, bounded.
    const std::string& problems = config.error().text;
    if (problems.empty() || problems.size() > 100000) __builtin_trap();
    std::string_view rest = problems;
    std::string_view line;
    while (perfwatch::next_line(rest, line)) {
      if (perfwatch::printable_utf8(line) != line) __builtin_trap();
    }
  }
  return 0;
}
