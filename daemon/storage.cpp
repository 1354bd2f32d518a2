// SPDX-License-Identifier: Apache-2.0
#include "daemon/storage.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "core/base/unique_fd.h"
#include "daemon/log.h"

namespace perfwatch {

namespace {

// Two daemons would undo each other's records. The lock goes with the process, however it ends.
// Unsupported: somebody else has it.
Result<UniqueFd> lock_folder(const std::string& folder) {
  UniqueFd lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.valid()) {
    Error error = within("opening " + folder, error_from_errno(errno));
    error.kind = ErrorKind::io;  // also where there is no such folder yet
    return tl::unexpected(std::move(error));
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) {
    return tl::unexpected(within("locking " + folder, error_from_errno(errno)));
  }
  return fail(ErrorKind::unsupported,
              folder + " is in use by another perfwatchd: give each its own");
}

// The database, and the lock for as long as anybody uses it.
struct LockedDatabase {
  UniqueFd lock;
  Database database;
};

Result<std::shared_ptr<LockedDatabase>> open_locked(const std::string& folder) {
  auto lock = lock_folder(folder);
  if (!lock && lock.error().kind == ErrorKind::unsupported) return tl::unexpected(lock.error());
  auto database = Database::open(folder);  // makes the folder, or knows what is wrong with it
  if (!database) return tl::unexpected(std::move(database.error()));
  if (!lock) lock = lock_folder(folder);
  if (!lock) return tl::unexpected(std::move(lock.error()));
  return std::make_shared<LockedDatabase>(LockedDatabase{std::move(*lock), std::move(*database)});
}

}  // namespace

Result<Storage> open_storage(const std::string& folder, bool given) {
  auto locked = open_locked(folder);
  if (!locked) {
    if (given) return tl::unexpected(std::move(locked.error()));
    log_warning("nothing will be kept over a restart", {{"error", locked.error().text}});
    Storage storage;
    storage.problem = std::move(locked.error().text);
    return storage;
  }
  const Database& opened = (*locked)->database;
  if (!opened.moved_aside().empty()) {
    log_error("the database was damaged; it was moved aside and a new one is begun",
              {{"file", opened.path()}, {"moved_to", opened.moved_aside()}});
  }
  log_info("storage opened", {{"file", opened.path()}});
  Storage storage;
  storage.database = {*locked, &(*locked)->database};
  return storage;
}

}  // namespace perfwatch
