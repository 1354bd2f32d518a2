// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/model/oom.h"
#include "core/store/database.h"

namespace perfwatch {

inline constexpr std::size_t kOomKillsKept = 1000;

// Writes those that are not there yet (same boot, sequence and pid), all or none, and forgets the
// oldest beyond `keep`.
[[nodiscard]] Result<void> insert_oom_kills(Database& database, std::span<const OomKill> kills,
                                            std::size_t keep = kOomKillsKept);

// The last `count`, newest first.
[[nodiscard]] Result<std::vector<OomKill>> last_oom_kills(Database& database, std::size_t count);

}  // namespace perfwatch
