// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_options.h"

#include <chrono>
#include <utility>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "daemon/cli/run_names.h"
#include "daemon/cli/run_surroundings.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

constexpr double kMostSeconds = 1e9;  // far from what nanoseconds can count

// Numbers without a unit are seconds, with a fraction or none, as timeout(1) has it.
Result<std::chrono::nanoseconds> read_duration(const std::string& option, const std::string& text) {
  const bool bare = text.find_first_not_of("0123456789.") == std::string::npos;
  const auto number = bare ? to_number<double>(text) : std::nullopt;
  auto duration = number ? std::nullopt : parse_duration(text);
  if (number && *number <= kMostSeconds) {
    duration = std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(*number));
  }
  if (duration && duration->count() > 0) return *duration;
  return fail(ErrorKind::malformed, option + ": \"" + clean_name(text) +
                                        "\" is not a duration (examples: 500ms, 90s, 1h30m, 0.5)");
}

}  // namespace

Result<RunRequest> read_run_request(const RunOptions& options) {
  RunRequest request;
  auto names = names_here(options.names);
  if (!names) return tl::unexpected(std::move(names.error()));
  request.component = std::move(names->component);
  request.operation = std::move(names->operation);
  request.labels = std::move(names->labels);
  if (request.operation.empty()) request.operation = default_operation(options.command);
  request.command = options.command;
  request.cold = options.names.cold;
  if (!options.timeout.empty()) {
    const auto timeout = read_duration("--timeout", options.timeout);
    if (!timeout) return tl::unexpected(timeout.error());
    request.timeout = *timeout;
  }
  const auto interval = read_duration("--interval", options.interval);
  if (!interval) return tl::unexpected(interval.error());
  if (*interval < std::chrono::milliseconds(10) || *interval > std::chrono::hours(1)) {
    return fail(ErrorKind::malformed, "--interval: from 10ms to 1h");
  }
  request.interval = *interval;
  for (const auto tier : {AccountingTier::poll, AccountingTier::taskstats, AccountingTier::ebpf}) {
    if (options.tier == to_string(tier)) request.tier = tier;
  }
  return request;
}

}  // namespace perfwatch
