// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace perfwatch {

// The steps from an empty database to ours, each the SQL that leads from version i to i + 1
// (PRAGMA user_version). A step that has shipped never changes; what is new is a step more.
[[nodiscard]] std::span<const char* const> schema_steps();

}  // namespace perfwatch
