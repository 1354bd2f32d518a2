// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/cli/cells.h"
#include "daemon/cli/dead_rows.h"
#include "daemon/cli/top_text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kFilterLimit = 64;

void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
    text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

TopModel::TopModel(SortBy sort, bool reverse, TopQuestion question)
    : sort_(sort),
      reverse_(reverse),
      question_(std::move(question)),
      group_title_(safe_text(question_.group)) {}

void TopModel::take(TopData data) {
  // An answer to an older question, or one that nobody waits for.
  if (data.question != question_ || (paused_ && has_data_)) return;
  error_ = std::move(data.error);
  if (!error_.empty()) return;
  has_data_ = true;
  rows_ = top_rows(data);
  if (question_.dead) dead_line_ = dead_line(data.exits);
  status_ = std::move(data.status);
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
      go_back();
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
    case 't':
      return sort_by(SortBy::time);
    case 'd':
      return turn_to({question_.group, !question_.dead, question_.minutes});
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
  const auto order = sort_order(question_.dead);
  const auto size = std::ssize(order);
  const auto at = std::find(order.begin(), order.end(), sort_) - order.begin();
  sort_by(order[static_cast<std::size_t>((at + by + size) % size)]);
}

void TopModel::sort_by(SortBy sort) {
  if (sort == SortBy::time && !question_.dead) return;
  if (sort_ != sort) reverse_ = false;
  sort_ = sort;
  arrange();
}

void TopModel::open_selected() {
  if (question_.dead || !question_.group.empty() || selected_ >= shown_.size()) return;
  group_title_ = shown_[selected_].name;
  turn_to({shown_[selected_].id, false, question_.minutes});
}

void TopModel::go_back() {
  if (!filter_.empty()) {
    filter_.clear();
    arrange();
  } else if (question_.dead) {
    turn_to({question_.group, false, question_.minutes});
  } else if (!question_.group.empty()) {
    std::string closed = question_.group;
    turn_to({{}, false, question_.minutes});
    selected_id_ = std::move(closed);
  }
}

void TopModel::turn_to(TopQuestion question) {
  question_ = std::move(question);
  if (sort_ == SortBy::time && !question_.dead) sort_ = SortBy::cpu;
  selected_id_.clear();
  selected_ = first_ = 0;
  filter_.clear();
  rows_.clear();
  error_.clear();
  has_data_ = false;
  arrange();
}

std::string TopModel::what_line() const {
  if (question_.dead) return has_data_ ? dead_line_ : "what has ended";
  return question_.group.empty() ? fmt::format("{} groups", shown_.size())
                                 : fmt::format("{}: {} processes", group_title_, shown_.size());
}

std::string TopModel::state_line() const {
  if (typing_filter_) return "/" + filter_ + "_";
  std::string text = what_line();
  if (!filter_.empty()) text += fmt::format(", of {} with \"{}\"", rows_.size(), filter_);
  text += fmt::format(", by {}{}", to_string(sort_, question_.dead), reverse_ ? " reversed" : "");
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
  Table table{top_columns(question_, sort_), {}};
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
    for (const std::string_view line : top_help())
      lines.push_back({clip(line, width), Look::plain});
  } else if (!error_.empty() && !has_data_) {
    for (std::string& line : wrap(error_, width)) lines.push_back({std::move(line), Look::plain});
  } else if (height > lines.size()) {
    draw_rows(lines, width, height - lines.size());
  }
  lines.resize(height);
  return lines;
}

}  // namespace perfwatch
