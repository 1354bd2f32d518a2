// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "core/model/frame.h"

namespace perfwatch {

// /api/v1/runs, as the rest of api.h.

struct RunsQuery {
  std::optional<std::string> component{};
  std::optional<std::string> operation{};
  std::optional<std::chrono::system_clock::time_point> since{};  // began then or later
  std::size_t limit = 50;
};
// The latest runs that the daemon knows, newest first, and those that it measures now.
[[nodiscard]] std::string api_runs(const Frame& frame, const RunsQuery& query);

// A run was taken; `kept`: it is on the disk.
[[nodiscard]] std::string api_run_taken(const std::string& id, bool kept);
[[nodiscard]] std::string api_run_begun(const std::string& id);

}  // namespace perfwatch
