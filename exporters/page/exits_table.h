// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/overview.h"

namespace perfwatch {

// The section "Ended in the last 5 minutes", heaviest CPU first; nothing where exits are not seen.
void append_exits(std::string& out, const Overview& overview);

}  // namespace perfwatch
