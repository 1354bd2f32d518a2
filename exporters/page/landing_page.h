// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/overview.h"

namespace perfwatch {

// The page at `/`: one self-contained HTML document, no scripts, nothing loaded from elsewhere.
// Every text from the host is escaped.
[[nodiscard]] std::string landing_page(const Overview& overview);

}  // namespace perfwatch
