// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace perfwatch {

enum class Tone : std::uint8_t { plain, good, warning, bad, strong, faint };

// How to write on the standard output.
struct Style {
  bool colour = false;
  bool terminal = false;
  std::size_t width = 80;

  // `text` in the colour of `tone`, or as it is.
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;
};

// What standard output is now. Colour only on a terminal that is not "dumb", and not with NO_COLOR.
[[nodiscard]] Style standard_output_style();

}  // namespace perfwatch
