// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// One line of a CSV text, cut into fields: RFC 4180, but no line break inside quotes.
class CsvRow {
 public:
  static constexpr std::size_t kMostFields = 1000;

  // `line` without its line break. The fields point into `line` and into this object, until the
  // next call. Malformed says what is wrong and in which field.
  [[nodiscard]] Result<void> split(std::string_view line);
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t field) const { return fields_[field]; }
  [[nodiscard]] const std::vector<std::string_view>& fields() const { return fields_; }

 private:
  [[nodiscard]] Result<std::string_view> take_quoted(std::string_view& rest);

  std::vector<std::string_view> fields_;
  std::string unquoted_;  // reserved before it is pointed to
};

}  // namespace perfwatch
