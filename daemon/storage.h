// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/store/database.h"

namespace perfwatch {

// What survives a restart, or why nothing does.
struct Storage {
  std::shared_ptr<Database> database;  // null: memory only
  std::string problem;                 // then why
};

// Opens the database in `folder`, and says what went wrong with it. One that was asked for
// (`given`) and cannot be used is an error; without the default one the daemon runs on. Blocks:
// call it before the loop runs.
[[nodiscard]] Result<Storage> open_storage(const std::string& folder, bool given);

}  // namespace perfwatch
