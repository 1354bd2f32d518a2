// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest_input.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/whole_file.h"

namespace perfwatch {
namespace {

constexpr std::array<std::string_view, 6> kTimes = {"timestamp", "timestamp_seconds", "time", "ts",
                                                    "date",      "datetime"};
constexpr std::array<std::string_view, 1> kIndex = {"index"};
constexpr std::array<std::string_view, 2> kAnonymous = {"heap_bytes", "anonymous_bytes"};
constexpr std::array<std::string_view, 2> kResident = {"rss_bytes", "resident_bytes"};
constexpr double kLatestSeconds = 1e11;  // the year 5138; in milliseconds it is 1973
constexpr std::size_t kChunk = std::size_t{64} * 1024;

// Whatever the case of `name`.
template <class Names>
bool among(const Names& names, std::string_view name) {
  std::string lower(name);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return std::find(names.begin(), names.end(), lower) != names.end();
}

// The first column whose name, without blanks around it, is `wanted`; row.size() if none is.
template <class Wanted>
std::size_t find_column(const CsvRow& row, Wanted wanted) {
  std::size_t place = 0;
  while (place < row.size() && !wanted(trim(row[place]))) ++place;
  return place;
}

std::string list_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + safe_text(name.substr(0, 60));
  return text;
}

}  // namespace

tl::unexpected<Error> BacktestInput::wrong(const std::string& reason) const {
  return fail(ErrorKind::malformed, name_ + ":" + std::to_string(line_) + ": " + reason);
}

Result<BacktestInput> BacktestInput::open(const Wish& wish) {
  BacktestInput input;
  input.name_ = input_name(wish.path);
  input.file_ = open_input(wish.path);
  if (!input.file_.valid()) {
    return tl::unexpected(within("opening " + input.name_, error_from_errno(errno)));
  }
  if (auto header = input.read_header(wish); !header) {
    return tl::unexpected(std::move(header.error()));
  }
  return input;
}

Result<void> BacktestInput::read_header(const Wish& wish) {
  std::string_view line;
  const auto there = next_line(line);
  if (!there) return tl::unexpected(there.error());
  if (!*there) {
    line_ = 1;
    return wrong("the file is empty; its first line names the columns, as in \"timestamp,value\"");
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (auto cut = row_.split(line); !cut) return wrong(cut.error().text);
  columns_ = row_.size();
  if (auto time = choose_time(wish); !time) return time;
  if (auto value = choose_value(wish); !value) return value;
  return choose_resident(wish);
}

Result<void> BacktestInput::choose_time(const Wish& wish) {
  time_ = find_column(row_, [](std::string_view name) { return among(kTimes, name); });
  index_ = time_ == columns_;
  if (index_) time_ = find_column(row_, [](std::string_view name) { return among(kIndex, name); });
  if (time_ == columns_) {
    return wrong("no time column among " + list_of(row_.fields()) +
                 "; it is called timestamp, time, ts, date, datetime, timestamp_seconds or index");
  }
  if (index_ && !wish.index_allowed) {
    return wrong("the rows have an index instead of times, which only changepoint can do with");
  }
  return only_one(time_);
}

// Two columns of one name: which of them was meant?
Result<void> BacktestInput::only_one(std::size_t place) const {
  const auto name = trim(row_[place]);
  for (std::size_t other = place + 1; other < row_.size(); ++other) {
    if (trim(row_[other]) == name) {
      return wrong("two columns are called " + safe_text(name.substr(0, 60)));
    }
  }
  return {};
}

Result<std::size_t> BacktestInput::column(const std::string& name) const {
  const auto place = find_column(row_, [&](std::string_view other) { return other == name; });
  if (place < columns_) return place;
  return wrong("no column " + safe_text(name) + "; there are " + list_of(row_.fields()));
}

// Anonymous memory, else the first column that is neither the time nor an index.
std::size_t BacktestInput::usual_value() const {
  const auto anonymous =
      find_column(row_, [](std::string_view name) { return among(kAnonymous, name); });
  if (anonymous < columns_) return anonymous;
  std::size_t place = 0;
  while (place < columns_ && (place == time_ || among(kIndex, trim(row_[place])))) ++place;
  return place;
}

Result<void> BacktestInput::choose_value(const Wish& wish) {
  if (!wish.column.empty()) {
    const auto named = column(wish.column);
    if (!named) return tl::unexpected(named.error());
    value_ = *named;
  } else {
    value_ = usual_value();
    if (value_ == columns_) return wrong("no value column beside " + list_of(row_.fields()));
  }
  if (value_ == time_) return wrong("the column " + safe_text(wish.column) + " is the time");
  value_column_ = safe_text(trim(row_[value_]));
  return only_one(value_);
}

Result<void> BacktestInput::choose_resident(const Wish& wish) {
  if (!wish.resident_wanted) return {};
  if (wish.resident.empty()) {
    const auto usual =
        find_column(row_, [](std::string_view name) { return among(kResident, name); });
    if (usual < columns_ && usual != value_) resident_ = usual;
    return {};
  }
  const auto named = column(wish.resident);
  if (!named) return tl::unexpected(named.error());
  if (*named == time_) return wrong("the column " + safe_text(wish.resident) + " is the time");
  resident_ = *named;
  return only_one(*named);
}

bool BacktestInput::has_line() const { return buffer_.find('\n', begin_) != std::string::npos; }

Result<bool> BacktestInput::next(BacktestRow& row) {
  std::string_view line;
  do {
    const auto there = next_line(line);
    if (!there || !*there) return there;
  } while (line.empty());
  if (auto cut = row_.split(line); !cut) return wrong(cut.error().text);
  if (row_.size() != columns_) {
    return wrong("the line has " + std::to_string(row_.size()) + " fields, the header " +
                 std::to_string(columns_));
  }
  row.time_text = row_[time_];
  row.value_text = row_[value_];
  const auto seconds = parse_timestamp(trim(row.time_text));
  if (!seconds) {
    return wrong("\"" + safe_text(row.time_text.substr(0, 60)) +
                 "\" is no time: epoch seconds or YYYY-MM-DD HH:MM:SS");
  }
  if (!index_ && *seconds > kLatestSeconds) {
    return wrong("\"" + safe_text(row.time_text.substr(0, 60)) +
                 "\" is no time in seconds; if it is milliseconds or less, divide it");
  }
  row.seconds = *seconds;
  const auto value = number(value_);
  if (!value) return tl::unexpected(value.error());
  row.value = *value;
  row.resident = std::numeric_limits<double>::quiet_NaN();
  if (!resident_) return true;
  const auto resident = number(*resident_);
  if (!resident) return tl::unexpected(resident.error());
  row.resident = *resident;
  return true;
}

Result<double> BacktestInput::number(std::size_t column) const {
  const auto text = trim(row_[column]);
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto value = to_number<double>(text.starts_with('+') ? text.substr(1) : text);
  if (!value) {
    return wrong("\"" + safe_text(text.substr(0, 60)) +
                 "\" is no number; a missing value is an empty field or NaN");
  }
  return *value;
}

Result<bool> BacktestInput::next_line(std::string_view& line) {
  for (;;) {
    const auto end = buffer_.find('\n', begin_);
    const bool whole = end != std::string::npos;
    if (whole || (ended_ && begin_ < buffer_.size())) {
      line = std::string_view(buffer_).substr(begin_, whole ? end - begin_ : std::string::npos);
      begin_ = whole ? end + 1 : buffer_.size();
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++line_;
      return true;
    }
    if (ended_) return false;
    const auto more = fill();
    if (!more) return more;
  }
}

Result<bool> BacktestInput::fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t had = buffer_.size();
  if (had > kLongestLine) {
    ++line_;
    return wrong("the line is longer than 64 KiB");
  }
  buffer_.resize(had + kChunk);
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), buffer_.data() + had, kChunk);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return tl::unexpected(within("reading " + name_, error_from_errno(errno)));
  buffer_.resize(had + static_cast<std::size_t>(got));
  ended_ = got == 0;
  return true;
}

}  // namespace perfwatch
