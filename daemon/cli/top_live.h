// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "daemon/cli/top_feed.h"
#include "daemon/cli/top_model.h"

namespace perfwatch {

// Shows `model` on the terminal, fed by `feed`, until the user quits. Unsupported when the terminal
// cannot be driven (an unknown TERM).
[[nodiscard]] Result<void> show_live(TopModel& model, TopFeed& feed);

}  // namespace perfwatch
