// SPDX-License-Identifier: Apache-2.0
#include "core/base/csv.h"

#include <string>

namespace perfwatch {

Result<void> CsvRow::split(std::string_view line) {
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(line.size());
  std::string_view rest = line;
  for (;;) {
    if (fields_.size() == kMostFields) {
      return fail(ErrorKind::malformed, "more than " + std::to_string(kMostFields) + " fields");
    }
    if (rest.starts_with('"')) {
      const auto field = take_quoted(rest);
      if (!field) return tl::unexpected(field.error());
      fields_.push_back(*field);
    } else {
      fields_.push_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(fields_.back().size());
    }
    if (rest.empty()) return {};
    rest.remove_prefix(1);  // the comma
  }
}

Result<std::string_view> CsvRow::take_quoted(std::string_view& rest) {
  const std::string where = "field " + std::to_string(fields_.size() + 1);
  const std::size_t begin = unquoted_.size();
  rest.remove_prefix(1);
  for (;;) {
    const auto quote = rest.find('"');
    if (quote == std::string_view::npos) {
      return fail(ErrorKind::malformed, where + ": its quote is not closed");
    }
    unquoted_.append(rest.substr(0, quote));
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    unquoted_.push_back('"');
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() != ',') {
    return fail(ErrorKind::malformed, where + ": text behind its closing quote");
  }
  return std::string_view(unquoted_).substr(begin);
}

}  // namespace perfwatch
