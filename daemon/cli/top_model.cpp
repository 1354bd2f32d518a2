// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

constexpr std::size_t kFilterLimit = 64;

constexpr std::string_view kHelp[] = {
    "c m i n p    sort by CPU, memory, I/O, name, processes (pid)",
    "< >          sort by the column on the left, on the right (arrow keys too)",
    "r            the other way round",
    "up down      select; PgUp, PgDn, Home, End too",
    "Enter        a group's processes; Esc or Backspace goes back",
    "/            show only names that contain a text; Esc clears it",
    "space        pause, go on",
    "q            quit",
    "",
    "CPU% counts one core as 100; IO/s is storage read and written; - is not known.",
    "LARGEST is the largest single process, CPU-TIME and STARTED include what has ended.",
};

void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
    text.pop_back();
  if (!text.empty()) text.pop_back();
}

std::string host_line(const StatusAnswer& status) {
  return fmt::format(
      "{}  up {}  cpu {} of {}  load {}  mem {} free of {}  swap {} free  pressure cpu {} mem {} "
      "io {}",
      status.hostname, human_duration(status.uptime_seconds), human_ratio(status.cpu_busy_ratio),
      human_count(status.cpu_cores), human_cores(status.load1),
      short_bytes(status.memory_available), short_bytes(status.memory_total),
      short_bytes(status.swap_free), human_ratio(status.pressure_cpu),
      human_ratio(status.pressure_memory), human_ratio(status.pressure_io));
}

std::string verdict_line(const StatusAnswer& status) {
  std::string text = "host " + (status.verdict.empty() ? "-" : status.verdict);
  if (!status.reasons.empty()) text += ": " + status.reasons.front();
  if (status.reasons.size() > 1) text += fmt::format(" (and {} more)", status.reasons.size() - 1);
  return text;
}

}  // namespace

TopModel::TopModel(SortBy sort, bool reverse, std::string open_group)
    : sort_(sort),
      reverse_(reverse),
      open_group_(std::move(open_group)),
      group_title_(safe_text(open_group_)) {}

void TopModel::take(TopData data) {
  // An answer to an older question, or one that nobody waits for.
  if (data.group != open_group_ || (paused_ && has_data_)) return;
  error_ = std::move(data.error);
  if (!error_.empty()) return;
  has_data_ = true;
  status_ = std::move(data.status);
  rows_ =
      open_group_.empty() ? group_rows(data.groups) : process_rows(data.processes, status_.taken);
  arrange();
}

void TopModel::arrange() {
  shown_.clear();
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(shown_),
               [&](const TopRow& row) { return contains_text(row.name, filter_); });
  sort_rows(shown_, sort_, reverse_);
  const auto found = std::find_if(shown_.begin(), shown_.end(),
                                  [&](const TopRow& row) { return row.id == selected_id_; });
  if (found != shown_.end() && !selected_id_.empty()) {
    selected_ = static_cast<std::size_t>(found - shown_.begin());
  } else {
    move_selection(0);
  }
}

bool TopModel::press(Key key, std::string_view text) {
  if (typing_filter_) {
    press_in_filter(key, text);
    return true;
  }
  if (key == Key::text && (text == "q" || text == "Q")) return false;
  if (help_) {
    help_ = false;
    return true;
  }
  const auto page = static_cast<std::ptrdiff_t>(page_);
  const auto all = static_cast<std::ptrdiff_t>(shown_.size());
  switch (key) {
    case Key::text:
      press_text(text);
      break;
    case Key::up:
      move_selection(-1);
      break;
    case Key::down:
      move_selection(1);
      break;
    case Key::page_up:
      move_selection(-page);
      break;
    case Key::page_down:
      move_selection(page);
      break;
    case Key::home:
      move_selection(-all);
      break;
    case Key::end:
      move_selection(all);
      break;
    case Key::left:
      move_sort(-1);
      break;
    case Key::right:
      move_sort(1);
      break;
    case Key::enter:
      open_selected();
      break;
    case Key::escape:
    case Key::backspace:
      close_group();
      break;
  }
  return true;
}

void TopModel::press_text(std::string_view text) {
  if (text.size() != 1) return;
  switch (text.front()) {
    case 'c':
      return sort_by(SortBy::cpu);
    case 'm':
      return sort_by(SortBy::memory);
    case 'i':
      return sort_by(SortBy::io);
    case 'n':
      return sort_by(SortBy::name);
    case 'p':
      return sort_by(SortBy::count);
    case '<':
      return move_sort(-1);
    case '>':
      return move_sort(1);
    case 'r':
      reverse_ = !reverse_;
      return arrange();
    case '/':
      typing_filter_ = true;
      return;
    case ' ':
      paused_ = !paused_;
      return;
    case 'h':
    case '?':
      help_ = true;
      return;
    default:
      return;
  }
}

void TopModel::press_in_filter(Key key, std::string_view text) {
  if (key == Key::text && filter_.size() + text.size() <= kFilterLimit) {
    filter_ += safe_text(text);
  } else if (key == Key::backspace) {
    drop_last_character(filter_);
  } else if (key == Key::escape || key == Key::enter) {
    typing_filter_ = false;
    if (key == Key::escape) filter_.clear();
  }
  arrange();
}

void TopModel::move_selection(std::ptrdiff_t by) {
  const auto last = static_cast<std::ptrdiff_t>(shown_.size()) - 1;
  const auto wanted = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(selected_) + by, 0,
                                                 std::max<std::ptrdiff_t>(last, 0));
  selected_ = static_cast<std::size_t>(wanted);
  // Who has not moved yet stays at the top, whatever comes there.
  if (by != 0) selected_id_ = last >= 0 ? shown_[selected_].id : std::string();
}

void TopModel::move_sort(int by) {
  const auto at = std::find(std::begin(kSortOrder), std::end(kSortOrder), sort_);
  const auto size = std::ssize(kSortOrder);
  sort_by(kSortOrder[(at - std::begin(kSortOrder) + by + size) % size]);
}

void TopModel::sort_by(SortBy sort) {
  if (sort_ != sort) reverse_ = false;
  sort_ = sort;
  arrange();
}

void TopModel::open_selected() {
  if (!open_group_.empty() || selected_ >= shown_.size()) return;
  group_title_ = shown_[selected_].name;
  open_group_ = std::string(shown_[selected_].id);
  selected_id_.clear();
  selected_ = first_ = 0;
  filter_.clear();
  rows_.clear();
  has_data_ = false;
  arrange();
}

void TopModel::close_group() {
  if (!filter_.empty()) {
    filter_.clear();
  } else if (!open_group_.empty()) {
    selected_id_ = std::exchange(open_group_, std::string());
    first_ = 0;
    rows_.clear();
    has_data_ = false;
  }
  arrange();
}

std::string TopModel::state_line() const {
  if (typing_filter_) return "/" + filter_ + "_";
  std::string text = open_group_.empty()
                         ? fmt::format("{} groups", shown_.size())
                         : fmt::format("{}: {} processes", group_title_, shown_.size());
  if (!filter_.empty()) text += fmt::format(", of {} with \"{}\"", rows_.size(), filter_);
  text += fmt::format(", by {}{}", to_string(sort_), reverse_ ? " reversed" : "");
  if (paused_) text += ", PAUSED";
  return text + "  (h help, q quit)";
}

std::vector<ScreenLine> TopModel::head(std::size_t width) const {
  std::vector<ScreenLine> lines;
  lines.push_back({clip(host_line(status_), width), Look::title});
  if (!error_.empty()) {
    lines.push_back({clip(error_ + " - trying again", width), Look::alarm});
  } else if (!has_data_) {
    lines.push_back({"asking the daemon...", Look::faint});
  } else {
    const bool well = status_.verdict == "well";
    lines.push_back({clip(verdict_line(status_), width), well ? Look::plain : Look::alarm});
  }
  lines.push_back({clip(state_line(), width), Look::faint});
  return lines;
}

void TopModel::draw_rows(std::vector<ScreenLine>& lines, std::size_t width, std::size_t height) {
  page_ = std::max<std::size_t>(height > 1 ? height - 1 : 0, 1);
  if (selected_ < first_) first_ = selected_;
  if (selected_ >= first_ + page_) first_ = selected_ - page_ + 1;
  if (first_ + page_ > shown_.size()) first_ = shown_.size() > page_ ? shown_.size() - page_ : 0;
  Table table{open_group_.empty() ? group_columns(sort_) : process_columns(sort_), {}};
  const std::size_t end = std::min(first_ + page_, shown_.size());
  for (std::size_t i = first_; i < end; ++i) table.rows.push_back(shown_[i].cells);
  const auto texts = lay_out(table, width);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool selected = i > 0 && first_ + i - 1 == selected_;
    const Look look = i == 0 ? Look::heading : selected ? Look::selected : Look::plain;
    lines.push_back({i == 0 || selected ? fit(texts[i], width) : texts[i], look});
  }
}

std::vector<ScreenLine> TopModel::draw(std::size_t width, std::size_t height) {
  width = std::max<std::size_t>(width, 1);
  std::vector<ScreenLine> lines = head(width);
  if (help_) {
    for (const std::string_view line : kHelp) lines.push_back({clip(line, width), Look::plain});
  } else if (height > lines.size()) {
    draw_rows(lines, width, height - lines.size());
  }
  lines.resize(height);
  return lines;
}

}  // namespace perfwatch
