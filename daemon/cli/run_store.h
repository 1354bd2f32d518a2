// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/store/database.h"
#include "daemon/run_measurer.h"

namespace CLI {
class App;
}

namespace perfwatch {

// Where the command keeps runs when no daemon is asked: one database for each user.

// The folder: `given` (--storage.path), else $PERFWATCH_STORAGE_PATH, else
// $XDG_STATE_HOME/perfwatch, else $HOME/.local/state/perfwatch. Unsupported: none of them is set.
using StoreEnvironment = std::function<const char*(const char* name)>;
[[nodiscard]] Result<std::string> run_store_folder(const std::string& given,
                                                   const StoreEnvironment& environment);
// Whether that folder is the user's usual one, and not one that somebody named: the limits of
// another's history (the daemon's runs.limit) are not ours to enforce.
[[nodiscard]] bool is_usual_store(const std::string& given, const StoreEnvironment& environment);

//   read   gone when there is no database yet: one is made by who writes. Opened read-only where it
//          may not be written
//   write  makes the folder and those above it, for this user alone (0700)
enum class RunStoreUse : std::uint8_t { read, write };
[[nodiscard]] Result<Database> open_run_store(const std::string& folder, RunStoreUse use);

// The folder as above, opened. Running runs whose measurer is gone are marked first, for who reads.
[[nodiscard]] Result<Database> open_run_store_for(const std::string& given, RunStoreUse use);

// The option --storage.path of a command.
void add_storage_path(CLI::App& command, std::string& folder);

}  // namespace perfwatch
