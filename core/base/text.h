// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace perfwatch {

// Cuts the kernel's tables apart without allocating. All views point into the text that was given.

// Takes one line (without its newline) off the front of `text`; false when nothing is left.
[[nodiscard]] inline bool next_line(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const auto end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

// Takes one word, separated by spaces or tabs, off the front of `line`; empty when none is left.
[[nodiscard]] inline std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// The whole of `word` as a number; nullopt for anything else (signs, blanks, overflow, trailing
// text).
template <class Number>
[[nodiscard]] std::optional<Number> to_number(std::string_view word) {
  Number value{};
  const auto* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

[[nodiscard]] inline std::optional<std::uint64_t> next_u64(std::string_view& line) {
  return to_number<std::uint64_t>(next_word(line));
}

[[nodiscard]] std::string_view trim(std::string_view text);

// `text` with every byte that is not part of valid UTF-8, and every control character, written as
// \xNN: safe as a label value, in JSON, HTML and on a terminal. Names from the host (comm, mount
// point, interface) pass here once.
[[nodiscard]] std::string printable_utf8(std::string_view text);

// The front of `text`, at most `limit` bytes, cut between characters.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t limit);

// [a-zA-Z_][a-zA-Z0-9_]*; a metric's name may have colons too.
[[nodiscard]] bool is_label_name(std::string_view text);
[[nodiscard]] bool is_metric_name(std::string_view text);

// The candidate with the smallest edit distance to `word`, if it is close enough to be a likely
// typo.
template <class Range>
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      const Range& candidates);

// Levenshtein distance, in bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::optional<std::string_view> nearest(std::string_view word, const Range& candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = word.size() / 2 + 1;  // farther than half the word is no typo
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = std::string_view(candidate);
    }
  }
  return best;
}

}  // namespace perfwatch
