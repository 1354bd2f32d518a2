// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/cli/top_data.h"
#include "daemon/cli/top_rows.h"

namespace perfwatch {

enum class Key : std::uint8_t {
  text,
  up,
  down,
  left,
  right,
  page_up,
  page_down,
  home,
  end,
  enter,
  escape,
  backspace
};

enum class Look : std::uint8_t { plain, title, heading, selected, alarm, faint };
struct ScreenLine {
  std::string text;
  Look look = Look::plain;
};

// All of `perfwatch top` but the terminal: keys and data in, lines out. No clock, no I/O.
class TopModel {
 public:
  TopModel(SortBy sort, bool reverse, TopQuestion question = {});

  void take(TopData data);
  // False: quit. `text` is the character of Key::text, in UTF-8.
  [[nodiscard]] bool press(Key key, std::string_view text = {});
  // Exactly `height` lines of at most `width` columns. Remembers the height, to scroll by pages.
  [[nodiscard]] std::vector<ScreenLine> draw(std::size_t width, std::size_t height);

  // What to ask the daemon.
  [[nodiscard]] const TopQuestion& question() const { return question_; }
  [[nodiscard]] bool paused() const { return paused_; }

 private:
  void press_text(std::string_view text);
  void press_in_filter(Key key, std::string_view text);
  void move_selection(std::ptrdiff_t by);
  void move_sort(int by);
  void sort_by(SortBy sort);
  void open_selected();
  void go_back();
  void turn_to(TopQuestion question);
  void arrange();  // rows_ -> shown_: filtered, sorted, the selection where it was
  [[nodiscard]] std::vector<ScreenLine> head(std::size_t width) const;
  [[nodiscard]] std::string what_line() const;
  [[nodiscard]] std::string state_line() const;
  void draw_rows(std::vector<ScreenLine>& lines, std::size_t width, std::size_t height);

  SortBy sort_;
  bool reverse_;
  TopQuestion question_;
  std::string group_title_;
  std::string filter_;
  bool typing_filter_ = false;
  bool paused_ = false;
  bool help_ = false;
  bool has_data_ = false;
  StatusAnswer status_;
  std::string dead_line_;
  std::string error_;
  std::vector<TopRow> rows_;
  std::vector<TopRow> shown_;
  std::string selected_id_;
  std::size_t selected_ = 0;
  std::size_t first_ = 0;  // of shown_, at the top of the screen
  std::size_t page_ = 10;
};

}  // namespace perfwatch
