// SPDX-License-Identifier: Apache-2.0
#include "core/store/database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <utility>

#include "core/store/database_file.h"
#include "core/store/schema.h"

namespace perfwatch {
namespace {

constexpr const char* kFileName = "perfwatch.db";
// Another program (a second daemon, a backup) may hold the file for a moment.
constexpr int kBusyMilliseconds = 2000;
// Two hundred commands that end together, on a disk that takes 50 ms for a flush.
constexpr int kCrowdMilliseconds = 30'000;

Error with_cure(Error error) {
  if (error.kind == ErrorKind::denied) {
    error.text +=
        "; make the folder writable for the user that perfwatchd runs as, or give "
        "another one with --storage.path";
  }
  return error;
}

tl::unexpected<Error> refused(std::string_view context, Error error) {
  return tl::unexpected(with_cure(within(context, std::move(error))));
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Result<Database> Database::open(const std::string& folder, DatabaseUse use) {
  return open(folder, schema_steps(), use);
}

Result<Database> Database::open(const std::string& folder, std::span<const char* const> steps,
                                DatabaseUse use) {
  auto path = place_for(folder, kFileName);
  if (!path) return refused("storage", std::move(path.error()));
  auto database = open_file(*path, steps, use);
  if (database || database.error().kind != ErrorKind::malformed) return database;
  if (use == DatabaseUse::commands) {
    database.error().text +=
        "; move it away together with its -wal and -shm, and a new one is made";
    return database;
  }
  auto aside = move_aside(*path);
  if (!aside) return refused(database.error().text, std::move(aside.error()));
  database = open_file(*path, steps, use);
  if (database) database->moved_aside_ = *aside;
  return database;
}

Result<Database> Database::open_file(const std::string& path, std::span<const char* const> steps,
                                     DatabaseUse use, Sharing sharing) {
  if (auto made = make_file(path); !made) return refused("storage", std::move(made.error()));
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  Database database(Connection(raw), path);
  const std::string context = "storage: " + path;
  if (code != SQLITE_OK) return refused(context, sqlite_error(raw, code));
  if (auto done = database.prepare_connection(use, sharing); !done) {
    // On a full disk there is no room for the file over which several share the journal (-shm).
    // Who is alone needs none, and can at least read.
    const bool full = sqlite3_extended_errcode(raw) == SQLITE_IOERR_SHMSIZE;
    if (full && use == DatabaseUse::commands && sharing == Sharing::with_others) {
      database.connection_.reset();
      return open_file(path, steps, use, Sharing::alone);
    }
    return refused(context, done.error());
  }
  if (use == DatabaseUse::daemon) {
    if (auto done = database.check(); !done) return refused(context, done.error());
  }
  if (auto done = database.migrate(steps); !done) return refused(context, done.error());
  return database;
}

Result<Database> Database::open_read_only(const std::string& folder) {
  auto path = place_for(folder, kFileName);
  if (!path) return tl::unexpected(within("storage", std::move(path.error())));
  // Together with those who write it now. Without a -shm, and where none can be made, that fails;
  // then nobody has it open, and the file is all there is unless its journal was left behind.
  auto database = open_to_read(*path, Journal::shared);
  struct stat journal {};
  const bool behind = ::stat((*path + "-wal").c_str(), &journal) == 0 && journal.st_size > 0;
  const bool refused_sharing = !database && (database.error().kind == ErrorKind::io ||
                                             database.error().kind == ErrorKind::denied);
  if (refused_sharing && !behind) database = open_to_read(*path, Journal::none);
  if (refused_sharing && behind) {
    database.error().text += "; the newest runs are in " + *path +
                             "-wal: read them once as a user who may write there (perfwatch runs), "
                             "or copy the folder to where you may write";
  }
  return database;
}

Result<Database> Database::open_to_read(const std::string& path, Journal journal) {
  std::string uri = "file:";
  for (const char c : path) {
    // What a URI gives another meaning (RFC 3986).
    uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
  }
  if (journal == Journal::none) uri += "?immutable=1";
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &raw,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW |
                                       SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE,
                                   nullptr);
  Database database(Connection(raw), path);
  database.read_only_ = true;
  const std::string context = "storage: " + path;
  if (code != SQLITE_OK) return tl::unexpected(within(context, sqlite_error(raw, code)));
  sqlite3_busy_timeout(raw, kCrowdMilliseconds);
  if (auto done = database.execute("PRAGMA trusted_schema = OFF; PRAGMA cache_size = -256;");
      !done) {
    return tl::unexpected(within(context, std::move(done.error())));
  }
  const auto found = database.version();
  if (!found) return tl::unexpected(within(context, found.error()));
  const auto known = static_cast<std::int64_t>(schema_steps().size());
  if (*found == known) return database;
  return fail(ErrorKind::unsupported,
              context + ": its tables are of version " + std::to_string(*found) +
                  ", this perfwatch reads version " + std::to_string(known) +
                  (*found < known ? "; let a user who may write there open it once (perfwatch runs)"
                                  : "; use the perfwatch that wrote it"));
}

Result<void> Database::prepare_connection(DatabaseUse use, Sharing sharing) {
  const bool crowd = use == DatabaseUse::commands;
  sqlite3_busy_timeout(connection_.get(), crowd ? kCrowdMilliseconds : kBusyMilliseconds);
  if (sharing == Sharing::alone) {
    if (auto done = execute("PRAGMA locking_mode = EXCLUSIVE"); !done) return done;
  }
  // A cache of 256 KiB and a journal that stays small: a guest's share of the host.
  return execute(
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA cache_size = -256;"
      "PRAGMA wal_autocheckpoint = 100;"
      "PRAGMA journal_size_limit = 1048576;");
}

// Damage is found now, when the file can still be replaced, not in the middle of the work.
Result<void> Database::check() {
  auto statement = prepare("PRAGMA quick_check(1)");
  if (!statement) return tl::unexpected(std::move(statement.error()));
  auto row = statement->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  const std::string verdict = *row ? statement->text(0) : "no answer";
  if (verdict != "ok") return fail(ErrorKind::malformed, "damaged: " + verdict);
  return {};
}

Result<std::int64_t> Database::version() {
  auto statement = prepare("PRAGMA user_version");
  if (!statement) return tl::unexpected(std::move(statement.error()));
  auto row = statement->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  return statement->integer(0);
}

// What has tables and no version is somebody else's, or lost its header. Seen under the lock:
// tables and version of another one that migrates come together.
Result<void> Database::be_blank() {
  auto transaction = Transaction::begin(*this);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  const auto now = version();
  if (!now) return tl::unexpected(now.error());
  if (*now != 0) return {};
  auto statement = prepare("SELECT name FROM sqlite_schema LIMIT 1");
  if (!statement) return tl::unexpected(std::move(statement.error()));
  const auto row = statement->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return {};
  return fail(ErrorKind::unsupported,
              "it has tables (" + statement->text(0).substr(0, 60) +
                  ") but no version: perfwatchd did not write it, or not to the end; move it away, "
                  "or give another --storage.path");
}

Result<void> Database::migrate(std::span<const char* const> steps) {
  const auto found = version();
  if (!found) return tl::unexpected(found.error());
  if (*found < 0 || static_cast<std::size_t>(*found) > steps.size()) {
    return fail(ErrorKind::unsupported,
                "a newer perfwatchd wrote it (version " + std::to_string(*found) +
                    " of the tables, this one knows " + std::to_string(steps.size()) +
                    "); start that one again, or give another --storage.path");
  }
  if (*found == 0) {
    if (auto blank = be_blank(); !blank) return blank;
  }
  for (auto at = static_cast<std::size_t>(*found); at < steps.size(); ++at) {
    if (auto done = step_up(steps[at], at + 1); !done) {
      return tl::unexpected(
          within("migrating to version " + std::to_string(at + 1), std::move(done.error())));
    }
  }
  return {};
}

Result<void> Database::step_up(const char* sql, std::size_t to) {
  auto transaction = Transaction::begin(*this);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  // A second daemon may have been quicker.
  const auto now = version();
  if (!now) return tl::unexpected(now.error());
  if (static_cast<std::size_t>(*now) >= to) return {};
  if (auto done = execute(sql); !done) return done;
  const std::string mark = "PRAGMA user_version = " + std::to_string(to);  // takes no parameter
  if (auto done = execute(mark.c_str()); !done) return done;
  return transaction->commit();
}

Result<Statement> Database::prepare(const char* sql) {
  return Statement::prepare(connection_.get(), sql);
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(sqlite_error(connection_.get(), code));
  return {};
}

Result<Transaction> Transaction::begin(Database& database) {
  // At once as a writer: one that becomes it later cannot wait for the other.
  if (auto done = database.execute("BEGIN IMMEDIATE"); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  return Transaction(&database);
}

Result<Transaction> Transaction::begin_reading(Database& database) {
  if (auto done = database.execute("BEGIN"); !done) return tl::unexpected(std::move(done.error()));
  return Transaction(&database);
}

Transaction::~Transaction() {
  // Where SQLite has rolled back by itself this says so, which is no news.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  auto done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace perfwatch
