// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace perfwatch {

// What SQLite said of its last call on `connection`, sorted: malformed for a damaged file, denied
// for one that may not be written, io for the rest.
[[nodiscard]] Error sqlite_error(sqlite3* connection, int code);

// One prepared statement. Values are bound, never written into the SQL. Texts must be UTF-8 and
// stay as they are until the next reset(). Used by the thread that uses its database.
class Statement {
 public:
  [[nodiscard]] static Result<Statement> prepare(sqlite3* connection, const char* sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters count from 1. An error of binding is told by the next step().
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  // Stays as it is until the next reset(), too.
  Statement& bind_blob(int parameter, std::span<const std::uint8_t> bytes);
  // NaN becomes NULL.
  Statement& bind_real(int parameter, double value);
  Statement& bind_null(int parameter);
  template <class Number>
  Statement& bind_or_null(int parameter, const std::optional<Number>& value) {
    return value ? bind(parameter, static_cast<std::int64_t>(*value)) : bind_null(parameter);
  }

  // True when there is a row.
  [[nodiscard]] Result<bool> step();
  // One run of a statement without rows, ready for the next.
  [[nodiscard]] Result<void> run();
  void reset();

  // Of the row, counted from 0. NULL is 0, "" or nullopt.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
  // NULL is NaN.
  [[nodiscard]] double maybe_real(int column) const;
  // Until the next step().
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;

 private:
  Statement(sqlite3* connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  void note(int code);

  sqlite3* connection_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  int bind_error_ = 0;
};

}  // namespace perfwatch
