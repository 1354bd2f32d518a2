// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_live.h"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <poll.h>

#include <cerrno>
#include <cstdlib>
#include <cwchar>
#include <optional>
#include <string>
#include <utility>

namespace perfwatch {
namespace {

// The terminal in curses' hands; given back at the end of the scope.
class Screen {
 public:
  Screen() : screen_(::newterm(nullptr, stdout, stdin)) {
    if (screen_ == nullptr) return;
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(25);
    ::curs_set(0);
    const char* no_colour = std::getenv("NO_COLOR");
    colour_ = (no_colour == nullptr || *no_colour == '\0') && ::has_colors();
    if (!colour_) return;
    ::start_color();
    ::use_default_colors();
    ::init_pair(kAlarm, COLOR_RED, -1);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() {
    if (screen_ == nullptr) return;
    ::endwin();
    ::delscreen(screen_);
  }

  [[nodiscard]] bool works() const { return screen_ != nullptr; }

  void draw(TopModel& model) const {
    const auto width = static_cast<std::size_t>(getmaxx(stdscr));
    const auto height = static_cast<std::size_t>(getmaxy(stdscr));
    const auto lines = model.draw(width, height);
    ::erase();
    for (std::size_t row = 0; row < lines.size(); ++row) {
      const int look = attributes(lines[row].look);
      ::attrset(look);
      ::mvaddstr(static_cast<int>(row), 0, lines[row].text.c_str());
    }
    ::refresh();
  }

 private:
  static constexpr short kAlarm = 1;

  [[nodiscard]] int attributes(Look look) const {
    switch (look) {
      case Look::plain:
        return A_NORMAL;
      case Look::title:
      case Look::heading:
        return static_cast<int>(look == Look::title ? A_BOLD : A_REVERSE);
      case Look::selected:
        return static_cast<int>(A_STANDOUT | A_BOLD);
      case Look::alarm:
        return static_cast<int>(A_BOLD) | (colour_ ? COLOR_PAIR(kAlarm) : 0);
      case Look::faint:
        return static_cast<int>(A_DIM);
    }
    return A_NORMAL;
  }

  SCREEN* screen_;
  bool colour_ = false;
};

std::optional<Key> special_key(wint_t code) {
  switch (code) {
    case KEY_UP:
      return Key::up;
    case KEY_DOWN:
      return Key::down;
    case KEY_LEFT:
      return Key::left;
    case KEY_RIGHT:
      return Key::right;
    case KEY_PPAGE:
      return Key::page_up;
    case KEY_NPAGE:
      return Key::page_down;
    case KEY_HOME:
      return Key::home;
    case KEY_END:
      return Key::end;
    case KEY_ENTER:
      return Key::enter;
    case KEY_BACKSPACE:
      return Key::backspace;
    default:
      return std::nullopt;  // KEY_RESIZE too: the next draw() has the new size
  }
}

std::string utf8(wint_t code) {
  char bytes[16];
  std::mbstate_t state{};
  const std::size_t size = std::wcrtomb(bytes, static_cast<wchar_t>(code), &state);
  return size == static_cast<std::size_t>(-1) ? std::string() : std::string(bytes, size);
}

bool press_character(TopModel& model, wint_t code) {
  switch (code) {
    case '\r':
    case '\n':
      return model.press(Key::enter);
    case 27:
      return model.press(Key::escape);
    case 8:
    case 127:
      return model.press(Key::backspace);
    default:
      return code < 32 || model.press(Key::text, utf8(code));
  }
}

// All keys that are waiting; false: quit.
bool press_waiting_keys(TopModel& model) {
  wint_t code = 0;
  for (int kind = ::get_wch(&code); kind != ERR; kind = ::get_wch(&code)) {
    if (kind == KEY_CODE_YES) {
      const auto key = special_key(code);
      if (key && !model.press(*key)) return false;
    } else if (!press_character(model, code)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<void> show_live(TopModel& model, TopFeed& feed) {
  const Screen screen;
  if (!screen.works()) {
    return fail(ErrorKind::unsupported,
                "this terminal is not known (TERM); perfwatch top --once prints one table");
  }
  for (;;) {
    screen.draw(model);
    pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {feed.descriptor(), POLLIN, 0}};
    // A signal (the window's size) ends the wait as well; get_wch() then has KEY_RESIZE.
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return {};
    if ((waiting[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
      return {};  // the window is gone
    if (!press_waiting_keys(model)) return {};
    feed.want(model.question(), model.paused());
    auto data = feed.take();
    if (data) model.take(std::move(*data));
  }
}

}  // namespace perfwatch
