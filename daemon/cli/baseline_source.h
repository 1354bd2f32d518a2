// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/store/database.h"
#include "daemon/cli/address.h"
#include "daemon/shared_baseline.h"
#include "daemon/shared_runs.h"

namespace perfwatch {

// A Prometheus-compatible server that knows what runs cost elsewhere.
struct BaselineSource {
  Address address;
  std::chrono::milliseconds patience = std::chrono::seconds(30);  // for each request
  SharedWindow window;
  // Instead of what perfwatchd publishes: PromQL for each metric.
  std::vector<std::pair<RunMetric, std::string>> queries;
};

// Where no option names one; the daemon's key baseline.source has the same.
inline constexpr const char* kBaselineSourceVariable = "PERFWATCH_BASELINE_SOURCE";

// http://HOST:PORT/PREFIX or https, with user and password before the host; port 80 or 443 if
// missing. `ca`: --ca, or empty. Malformed says what is wrong, and never repeats a password.
[[nodiscard]] Result<Address> parse_source(std::string_view url, const std::string& ca);

// Adds the runs of this key that the server knows to those in the database. Gone: it knows none;
// io, denied: it cannot be asked, or has refused, in its words; malformed: it answers something
// else.
[[nodiscard]] Result<SharedImport> import_from(Database& database, const BaselineSource& source,
                                               const BaselineKey& key);

// The same before a run of this key is judged, in two seconds, when the database has too few runs
// of it for a verdict; else nothing is asked. Nothing for cold runs, of which no server knows.
[[nodiscard]] Result<void> import_if_needed(Database& database, BaselineSource source,
                                            const BaselineKey& key, const std::string& before_run);

}  // namespace perfwatch
