// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/store/statement.h"

struct sqlite3;

namespace perfwatch {

// Who else uses the file.
//   daemon    nobody for long: a damaged file is found at once, by reading all of it, and moved
//             aside so that the daemon can go on
//   commands  any number of them at once: it is not read whole each time, nobody moves it away from
//             the others, and one waits long for one's turn. On a full disk one has it alone while
//             it is open
enum class DatabaseUse : std::uint8_t { daemon, commands };

// What survives a restart: one SQLite file, `perfwatch.db`. Used by one thread at a time, never by
// the loop.
//
// WAL with synchronous=FULL: what was written survives a kill -9 and a power cut. NORMAL would lose
// the last writes with the power, and a host out of memory is often reset; what we write is so
// rare that the flush costs nothing.
class Database {
 public:
  // Opens or makes the file in `folder`, which is made too where only its last part is missing.
  // Errors name the file and the cure. A file that is no database or damaged is moved aside, see
  // moved_aside(); one that a newer version wrote is refused (unsupported). Never follows a link at
  // the place of the file.
  [[nodiscard]] static Result<Database> open(const std::string& folder,
                                             DatabaseUse use = DatabaseUse::daemon);
  // The same with another schema, for tests.
  [[nodiscard]] static Result<Database> open(const std::string& folder,
                                             std::span<const char* const> steps,
                                             DatabaseUse use = DatabaseUse::daemon);

  // For who may read the file and not write it or its folder: a mount that is read-only, another
  // user's. Nothing is made or changed, so the tables have to be of this version (unsupported), and
  // a journal that nobody has read into the file must be readable as it is (denied).
  [[nodiscard]] static Result<Database> open_read_only(const std::string& folder);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_read_only() const { return read_only_; }
  // Where the damaged file is now; empty when there was none. The caller has to say it loudly.
  [[nodiscard]] const std::string& moved_aside() const { return moved_aside_; }

  [[nodiscard]] Result<Statement> prepare(const char* sql);
  // One or several statements without rows or parameters.
  [[nodiscard]] Result<void> execute(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  using Connection = std::unique_ptr<sqlite3, Close>;
  Database(Connection connection, std::string path)
      : connection_(std::move(connection)), path_(std::move(path)) {}

  enum class Sharing : std::uint8_t { with_others, alone };
  [[nodiscard]] static Result<Database> open_file(const std::string& path,
                                                  std::span<const char* const> steps,
                                                  DatabaseUse use,
                                                  Sharing sharing = Sharing::with_others);
  enum class Journal : std::uint8_t { shared, none };
  [[nodiscard]] static Result<Database> open_to_read(const std::string& path, Journal journal);
  [[nodiscard]] Result<void> prepare_connection(DatabaseUse use, Sharing sharing);
  [[nodiscard]] Result<void> check();
  [[nodiscard]] Result<void> be_blank();
  [[nodiscard]] Result<void> migrate(std::span<const char* const> steps);
  [[nodiscard]] Result<void> step_up(const char* sql, std::size_t version);
  [[nodiscard]] Result<std::int64_t> version();

  Connection connection_;
  std::string path_;
  std::string moved_aside_;
  bool read_only_ = false;
};

// All or nothing: what was not committed is rolled back at the end.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  // Of one who only reads: sees one state throughout, and keeps nobody from writing.
  [[nodiscard]] static Result<Transaction> begin_reading(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace perfwatch
