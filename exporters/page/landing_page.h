// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/analyse/host_summary.h"
#include "core/model/overview.h"

namespace perfwatch {

// The page at `/`: one self-contained HTML document, no scripts, nothing loaded from elsewhere (it
// works under the policy `default-src 'none'; style-src 'unsafe-inline'`). Every text from the host
// is escaped; what is not known is an en dash. `summary` is that of the overview's frames.
[[nodiscard]] std::string landing_page(const Overview& overview, const HostSummary& summary);

}  // namespace perfwatch
