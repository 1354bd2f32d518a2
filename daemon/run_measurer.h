// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/runs.h"

namespace perfwatch {

// This process, as who measures a run; and whether such a one still lives, in this boot. One of
// which nothing can be said does.
[[nodiscard]] RunMeasurer this_measurer();
[[nodiscard]] bool is_alive(const RunMeasurer& measurer);

}  // namespace perfwatch
