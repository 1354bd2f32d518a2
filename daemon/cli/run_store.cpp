// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"

namespace perfwatch {
namespace {

constexpr mode_t kFolderMode = 0700;

// "" where it is not set.
std::string value_of(const StoreEnvironment& environment, const char* name) {
  const char* value = environment(name);
  return value == nullptr ? std::string() : std::string(value);
}

// `folder` and all above it, as far as they are missing.
Result<void> make_folders(const std::string& folder) {
  for (auto end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
    const std::string part = folder.substr(0, end);
    if (::mkdir(part.c_str(), kFolderMode) != 0 && errno != EEXIST) {
      // One that cannot be looked into is no news as long as what is below is there.
      const int error = errno;
      if (::access(part.c_str(), X_OK) != 0) {
        return tl::unexpected(
            within("storage: making " + safe_text(part), error_from_errno(error)));
      }
    }
    if (end == std::string::npos) return {};
  }
}

}  // namespace

Result<std::string> run_store_folder(const std::string& given,
                                     const StoreEnvironment& environment) {
  if (!given.empty()) return given;
  if (auto path = value_of(environment, "PERFWATCH_STORAGE_PATH"); !path.empty()) return path;
  // A relative one is to be ignored (XDG Base Directory Specification).
  const std::string state = value_of(environment, "XDG_STATE_HOME");
  if (state.starts_with('/')) return state + "/perfwatch";
  const std::string home = value_of(environment, "HOME");
  if (home.starts_with('/')) return home + "/.local/state/perfwatch";
  return fail(ErrorKind::unsupported,
              "nowhere to keep runs: HOME is not set; give a folder with --storage.path");
}

bool is_usual_store(const std::string& given, const StoreEnvironment& environment) {
  return given.empty() && value_of(environment, "PERFWATCH_STORAGE_PATH").empty();
}

Result<Database> open_run_store(const std::string& folder, RunStoreUse use) {
  const std::string file = folder + "/perfwatch.db";
  if (use == RunStoreUse::read && ::access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
    return fail(ErrorKind::gone, "no runs are kept in " + safe_text(folder) +
                                     " yet: perfwatch run -- COMMAND keeps the first");
  }
  if (use == RunStoreUse::write) {
    if (auto made = make_folders(folder); !made) return tl::unexpected(std::move(made.error()));
  }
  const bool writable = ::access(folder.c_str(), W_OK) == 0 && ::access(file.c_str(), W_OK) == 0;
  if (use == RunStoreUse::read && !writable) return Database::open_read_only(folder);
  return Database::open(folder, DatabaseUse::commands);
}

Result<Database> open_run_store_for(const std::string& given, RunStoreUse use) {
  const auto folder = run_store_folder(given, [](const char* name) { return std::getenv(name); });
  if (!folder) return tl::unexpected(folder.error());
  auto database = open_run_store(*folder, use);
  if (!database || use == RunStoreUse::write || database->is_read_only()) return database;
  // What cannot be marked can still be shown.
  const auto closed = close_interrupted_runs(*database, is_alive);
  if (!closed) complain(safe_text(closed.error().text) + "; showing what is there");
  return database;
}

void add_storage_path(CLI::App& command, std::string& folder) {
  command
      .add_option("--storage.path", folder,
                  "Where runs are kept. Default: $PERFWATCH_STORAGE_PATH, else "
                  "$XDG_STATE_HOME/perfwatch, else ~/.local/state/perfwatch")
      ->type_name("FOLDER");
}

}  // namespace perfwatch
