// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/csv.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// One row of a file to replay. The texts are valid until the next row.
struct BacktestRow {
  std::string_view time_text;
  double seconds = 0;  // epoch or any other zero; the row's number with an index
  std::string_view value_text;
  double value = 0;     // NaN: missing (empty, NaN), or not finite as it stands there
  double resident = 0;  // NaN when there is no such column, or none was wanted
};

// A CSV file: a header, a time column, value columns. Reads as it goes; a line has 64 KiB at most.
// Every error begins with "FILE:LINE: ".
class BacktestInput {
 public:
  struct Wish {
    std::string path;    // "-": standard input
    std::string column;  // the value column; empty: the first one, heap_bytes before rss_bytes
    bool index_allowed = false;
    bool resident_wanted = false;  // rss_bytes or resident_bytes, if there is one, or ...
    std::string resident;          // ... this column
  };
  [[nodiscard]] static Result<BacktestInput> open(const Wish& wish);

  // False at the end.
  [[nodiscard]] Result<bool> next(BacktestRow& row);
  // Whether next() has a line already, and waits for nobody.
  [[nodiscard]] bool has_line() const;

  // Malformed, "FILE:LINE: reason", of the row that next() gave last.
  [[nodiscard]] tl::unexpected<Error> wrong(const std::string& reason) const;

  [[nodiscard]] const std::string& value_column() const { return value_column_; }
  [[nodiscard]] int descriptor() const { return file_.get(); }

 private:
  static constexpr std::size_t kLongestLine = std::size_t{64} * 1024;

  BacktestInput() = default;
  [[nodiscard]] Result<bool> next_line(std::string_view& line);
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<void> read_header(const Wish& wish);
  [[nodiscard]] Result<void> choose_time(const Wish& wish);
  [[nodiscard]] Result<void> choose_value(const Wish& wish);
  [[nodiscard]] Result<void> choose_resident(const Wish& wish);
  [[nodiscard]] Result<std::size_t> column(const std::string& name) const;
  [[nodiscard]] std::size_t usual_value() const;
  [[nodiscard]] Result<double> number(std::size_t column) const;
  [[nodiscard]] Result<void> only_one(std::size_t place) const;

  UniqueFd file_;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not taken yet
  bool ended_ = false;
  std::size_t line_ = 0;
  CsvRow row_;
  std::size_t columns_ = 0;
  std::size_t time_ = 0;
  std::size_t value_ = 0;
  std::optional<std::size_t> resident_;
  bool index_ = false;
  std::string value_column_;
};

}  // namespace perfwatch
