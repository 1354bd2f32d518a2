// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/cli/answers.h"
#include "daemon/cli/terminal.h"

namespace perfwatch {

// One look at the host.
struct StatusPicture {
  StatusAnswer status;
  std::vector<GroupRow> groups;
  std::vector<AlertRow> alerts;
  FindingsAnswer findings;
};

// The one screen of `perfwatch status`; no line is wider than style.width (at least 40).
[[nodiscard]] std::string render_status(const StatusPicture& picture, const Style& style);

// 0 well, 1 strained (or a warning fires), 2 suffering (or a critical alert fires), 3 no verdict.
[[nodiscard]] int status_exit_code(const StatusAnswer& status);

}  // namespace perfwatch
