// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/store/database.h"

namespace perfwatch {

// Whose turn it is to use the database: those who share it see each other's jobs here. On the loop.
struct StorageTurn {
  bool taken = false;
  std::shared_future<void> over;  // of the job that has taken it
  std::string hangs;              // in words, while that job has been given up
};

// What survives a restart, or why nothing does.
struct Storage {
  std::shared_ptr<Database> database;  // null: memory only
  std::string problem;                 // then why
  std::shared_ptr<StorageTurn> turn = std::make_shared<StorageTurn>();
};

// Opens the database in `folder`, which no other daemon may use at the same time, and says what
// went wrong with it. One that was asked for
// (`given`) and cannot be used is an error; without the default one the daemon runs on. Blocks:
// call it before the loop runs.
[[nodiscard]] Result<Storage> open_storage(const std::string& folder, bool given);

}  // namespace perfwatch
