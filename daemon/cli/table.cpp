// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/table.h"

#include <algorithm>

#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLeastStretch = 12;  // narrower than this a name says nothing

struct Place {
  std::size_t column;
  std::size_t width;
};

std::vector<Place> natural_places(const Table& table) {
  std::vector<Place> places;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t width = std::max(table.columns[i].width, display_width(table.columns[i].title));
    for (const auto& row : table.rows) width = std::max(width, display_width(row[i]));
    places.push_back({i, width});
  }
  return places;
}

std::size_t total(const std::vector<Place>& places) {
  std::size_t sum = places.empty() ? 0 : places.size() - 1;
  for (const Place& place : places) sum += place.width;
  return sum;
}

// Takes from the stretching column what is too much, drops columns where that is not enough, and
// gives it what is left.
void squeeze(const Table& table, std::vector<Place>& places, std::size_t width) {
  const auto stretching = [&](const Place& place) { return table.columns[place.column].stretch; };
  const auto drops_later = [&](const Place& a, const Place& b) {
    return table.columns[a.column].drop < table.columns[b.column].drop;
  };
  for (;;) {
    const auto flexible = std::find_if(places.begin(), places.end(), stretching);
    const std::size_t others =
        flexible == places.end() ? total(places) : total(places) - flexible->width;
    const std::size_t least =
        flexible == places.end() ? 0 : std::min(flexible->width, kLeastStretch);
    const auto last = std::max_element(places.begin(), places.end(), drops_later);
    if (others + least > width && last != places.end() && table.columns[last->column].drop > 0) {
      places.erase(last);
      continue;
    }
    if (flexible != places.end()) flexible->width = width > others ? width - others : 0;
    return;
  }
}

}  // namespace

std::vector<std::string> lay_out(const Table& table, std::size_t width) {
  std::vector<Place> places = natural_places(table);
  if (width > 0) squeeze(table, places, width);
  std::vector<std::string> lines;
  const auto add_line = [&](const auto& cell) {
    std::string line;
    for (const Place& place : places) {
      if (!line.empty()) line += ' ';
      line += fit(cell(place.column), place.width, !table.columns[place.column].left);
    }
    if (width > 0) line = clip(line, width);
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  };
  add_line([&](std::size_t column) { return std::string_view(table.columns[column].title); });
  for (const auto& row : table.rows) {
    add_line([&](std::size_t column) { return std::string_view(row[column]); });
  }
  return lines;
}

}  // namespace perfwatch
