// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// What a bench runs, worked out of the command line. All pure.

// The words of a command as a shell would split them: blanks, '...', "..." and backslashes. Nothing
// is expanded, and no shell runs it: an operator of the shell (|, >, &&) that stands by itself and
// unquoted is refused, as it would only be an argument. Malformed: that, a quote that does not
// close, nothing in it.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);

struct BenchParameter {
  std::string name;
  std::vector<std::string> values;
};
inline constexpr std::size_t kMostBenchValues = 1'000;

// `list` is separated by commas, a comma in a value is "\,"; FROM..TO and FROM..TO..STEP are whole
// numbers, both ends included: "1..4,8" is 1, 2, 3, 4, 8. The name: letters, digits and _.
[[nodiscard]] Result<BenchParameter> parse_parameter(std::string_view name, std::string_view list);

// A command with one choice of parameters.
struct BenchTask {
  std::string text;                  // for people
  std::vector<std::string> words;    // not empty
  std::vector<std::string> prepare;  // words; empty: nothing
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct BenchWish {
  std::vector<std::string> texts;  // commands, each of which is split
  std::vector<std::string> words;  // one more, that is split already; empty: none
  std::string prepare;             // empty: nothing
  std::vector<BenchParameter> parameters;
};
inline constexpr std::size_t kMostBenchTasks = 1'000;

// Each command with each choice of the parameters that it or `prepare` has in it, the first
// parameter changing slowest. {NAME} is replaced in texts before they are split, so that a value
// may be several words, or none; in a command of words each stays one. Malformed: no command, a
// parameter that is nowhere or comes twice, too many choices, what split_words() refuses.
[[nodiscard]] Result<std::vector<BenchTask>> plan_bench(const BenchWish& wish);

}  // namespace perfwatch
