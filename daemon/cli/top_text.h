// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/cli/answers.h"

namespace perfwatch {

// Lines of live top that are not its table.
[[nodiscard]] std::span<const std::string_view> top_help();
[[nodiscard]] std::string host_line(const StatusAnswer& status);
[[nodiscard]] std::string verdict_line(const StatusAnswer& status);

}  // namespace perfwatch
