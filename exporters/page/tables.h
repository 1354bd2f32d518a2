// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/analyse/host_summary.h"
#include "core/model/overview.h"

namespace perfwatch {

// The page's tables, each appended as a section of its own.
// What bounds the host and its groups, and what to do about it; nothing until it was judged.
void append_bottlenecks(std::string& out, const Frame& frame);
void append_alerts(std::string& out, const Overview& overview);
// Nothing where nothing was killed and kills would be kept.
void append_oom_kills(std::string& out, const Frame& frame);
void append_groups(std::string& out, const Overview& overview, const HostSummary& summary);
void append_collectors(std::string& out, const Overview& overview);

}  // namespace perfwatch
