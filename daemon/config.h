// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/group_rules.h"
#include "core/account/process_reader.h"
#include "core/account/run_watch.h"
#include "core/analyse/interval.h"
#include "core/analyse/rule_set.h"
#include "core/base/result.h"
#include "core/model/budget.h"
#include "core/model/finding.h"

namespace perfwatch {

// One place that alerts go to. `name` is the `target` label in /metrics: host:port by default,
// never the URL, which may carry a password. Names are unique over Alertmanagers and webhooks.
struct AlertTarget {
  std::string url;  // http://user:password@host:9093/prefix; parse_http_url() accepts it
  std::string name;
  std::chrono::nanoseconds timeout = std::chrono::seconds(10);
};

// The whole configuration; every key has a default. What runs without a file is load_config("",
// ...), which is `Config{}` with the rules that ship.
struct Config {
  struct Sampling {
    bool adaptive = true;  // false: always the base
    IntervalBounds host = kHostIntervals;
    IntervalBounds processes = kHostIntervals;
    std::chrono::nanoseconds deadline = std::chrono::seconds(5);
  } sampling;
  AccountingSettings accounting;  // taken at start; a change needs a restart
  BudgetLimits budget;
  struct Groups {
    std::size_t limit = 100;
    std::vector<GroupRule> rules;
  } groups;
  RunWatchSettings runs;  // without its roots
  // What ships with the user's changes laid over it, then the user's own, minus disabled_rules.
  std::vector<Rule> rules;
  struct Alerting {
    Labels labels;
    std::chrono::nanoseconds resend_interval = std::chrono::minutes(1);
    std::size_t queue_limit = 1000;
    std::vector<AlertTarget> alertmanagers;
    std::vector<AlertTarget> webhooks;
  } alerting;
  struct KeptRuns {
    std::chrono::nanoseconds retention = std::chrono::days(180);
    std::size_t limit = 10'000;
  } kept_runs;
  struct SharedBaseline {
    std::string source;  // URL; empty: nobody is asked
    std::chrono::nanoseconds range = std::chrono::days(30);
    friend bool operator==(const SharedBaseline&, const SharedBaseline&) = default;
  } baseline;
  struct Web {
    std::size_t max_connections = 512;
    std::size_t max_requests_in_flight = 40;
    std::chrono::nanoseconds idle_timeout = std::chrono::minutes(2);
    std::chrono::nanoseconds request_timeout = std::chrono::seconds(10);
  } web;
};

// All of it, as "NAME=value", so that a misspelt PERFWATCH_ variable is seen and not ignored.
// An empty value counts as not set. A value, so that tests need no real environment.
using Environment = std::vector<std::string>;
[[nodiscard]] Environment process_environment();

// A larger file is refused.
inline constexpr std::size_t kConfigFileLimit = std::size_t{1} << 20;

// Reads `path` (empty: no file), lays PERFWATCH_* over it and checks everything, the rules'
// expressions included. The text of an error has one line per problem, at most 20 and a count of
// the rest: where (file and JSON pointer, or the variable), what, and what instead:
//   perfwatch.json: /sampling/intervall: unknown key, did you mean "interval"?
//   PERFWATCH_SAMPLING_INTERVAL: "5 parsecs" is not a duration (examples: 500ms, 2s, 1m30s)
[[nodiscard]] Result<Config> load_config(const std::string& path, const Environment& environment);
// The same for a text that is already read; `origin` stands before each problem.
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view origin,
                                          const Environment& environment);

// One key, for docs/configuration.md and `perfwatchd --list-config`.
struct ConfigKey {
  std::string path;  // "sampling.interval", "groups.rules[].comm"
  std::string type;  // "duration, 100ms to 1h", "list of strings", ...
  std::string default_text;
  std::string environment;  // "PERFWATCH_SAMPLING_INTERVAL", empty inside lists
  std::string help;
};
[[nodiscard]] std::vector<ConfigKey> config_keys();

// The keys as the Markdown table that stands in docs/configuration.md; what --list-config prints.
[[nodiscard]] std::string config_reference_markdown();

}  // namespace perfwatch
