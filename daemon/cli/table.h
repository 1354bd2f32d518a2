// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace perfwatch {

struct Column {
  std::string title;
  std::size_t width = 0;  // at least
  bool left = false;      // numbers stand on the right, names on the left
  bool stretch = false;   // one column takes what the others leave
  int drop = 0;           // when it is too narrow, the highest goes first; 0 always stays
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells as columns, all safe_text
};

// One line per row, the titles first, no line wider than `width`; width 0 is "as wide as it needs":
// nothing is cut or dropped.
[[nodiscard]] std::vector<std::string> lay_out(const Table& table, std::size_t width);

}  // namespace perfwatch
