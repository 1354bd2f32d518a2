// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace perfwatch {

// What is wrong with a configuration, a line each. Bounded: the first kMost are kept, the rest is
// counted.
class Problems {
 public:
  static constexpr std::size_t kMost = 20;

  void add(std::string line);
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> lines_;
  std::size_t count_ = 0;
};

// Where a value stands: the file or variable it came from and its JSON pointer (RFC 6901) there.
// Problems are reported through it, so that each says where. The Problems must outlive it.
class Place {
 public:
  Place(Problems& problems, std::string_view origin) : problems_(&problems), origin_(origin) {}

  [[nodiscard]] Place child(std::string_view key) const;
  [[nodiscard]] Place child(std::size_t index) const;
  [[nodiscard]] const std::string& pointer() const { return pointer_; }

  // "perfwatch.json: /sampling/interval: " + what
  void problem(std::string_view what) const;
  // "perfwatch.json:3:17: " + what, for text that could not be read as JSON. Both count from 1.
  void problem_at(std::size_t line, std::size_t column, std::string_view what) const;
  // How many problems are known by now; compared before and after, it says if a part is sound.
  [[nodiscard]] std::size_t problem_count() const { return problems_->count(); }

  // The place as another problem's text names it: "/rules/1", with the origin if that differs.
  [[nodiscard]] std::string seen_from(const Place& other) const;

 private:
  Problems* problems_;
  std::string origin_;
  std::string pointer_;
};

// `text` in double quotes, printable, cut when it is long: user's text is repeated, not trusted.
[[nodiscard]] std::string quote(std::string_view text);

// `, did you mean "interval"?` or `; known here: a, b, c`: the end of an "unknown ..." problem.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& candidates);

}  // namespace perfwatch
