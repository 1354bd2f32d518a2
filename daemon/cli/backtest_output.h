// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// Where a replay writes: standard output or a file. Gathers small pieces.
class BacktestOutput {
 public:
  // `path` empty: standard output. `input`: must not be the same file, which would be emptied.
  // What a file holds goes with the first write, not before: an input that is refused costs
  // nothing.
  [[nodiscard]] static Result<BacktestOutput> open(const std::string& path, int input);

  void add(std::string_view text) { buffer_ += text; }
  // Shortest text that reads back as the same number.
  void add(double number);
  // To be called after each row; writes when enough has gathered.
  [[nodiscard]] Result<void> row_ended();
  [[nodiscard]] Result<void> finish();

 private:
  BacktestOutput() = default;

  [[nodiscard]] Result<void> forget_old();

  UniqueFd file_;
  bool old_ = false;  // the file may hold what was there before
  std::string name_;
  std::string buffer_;
};

}  // namespace perfwatch
