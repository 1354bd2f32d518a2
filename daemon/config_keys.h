// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.h"
#include "daemon/config_fields.h"

namespace perfwatch {

// A list's element with the place it came from, for what can only be judged later.
// `sound`: nothing was wrong with it so far.
template <class T>
struct Element {
  T value{};
  Place at;
  bool sound = true;
};

// What was given of IntervalBounds.
struct GivenBounds {
  std::optional<Element<std::chrono::nanoseconds>> minimum{};
  std::optional<Element<std::chrono::nanoseconds>> base{};
  std::optional<Element<std::chrono::nanoseconds>> maximum{};
};

// The configuration while it is read: lists are not yet checked against each other.
struct Draft {
  Config config;
  GivenBounds host;
  GivenBounds processes;
  std::vector<Element<GroupRule>> group_rules;
  std::vector<Element<Rule>> user_rules;
  std::vector<Element<std::string>> disabled_rules;
  std::vector<Element<AlertTarget>> alertmanagers;
  std::vector<Element<AlertTarget>> webhooks;
};

// Every key there is: the top, and the elements of its lists. The only places where one is added.
[[nodiscard]] const KeyTable<Draft>& config_table();
[[nodiscard]] const KeyTable<GroupRule>& group_rule_table();
[[nodiscard]] const KeyTable<Rule>& rule_table();
[[nodiscard]] const KeyTable<AlertTarget>& alertmanager_table();
[[nodiscard]] const KeyTable<AlertTarget>& webhook_table();

// Reads the whole document.
void read_document(const json& document, const Place& at, Draft& draft);

// "sampling.interval" -> "PERFWATCH_SAMPLING_INTERVAL".
[[nodiscard]] std::string environment_name(std::string_view path);
// Lays the PERFWATCH_* variables over `draft`; reports those that look like a key and are none.
void read_environment(const Environment& environment, Problems& problems, Draft& draft);

// What was not given follows what was: a base above the default maximum moves it. Reports bounds
// that contradict each other. `prefix`: "sampling." or "sampling.processes_".
[[nodiscard]] IntervalBounds finish_bounds(const GivenBounds& given, std::string_view prefix);

// Checks the lists and moves them into the Config: rules compiled once, names unique.
[[nodiscard]] Config finish(Draft draft);

}  // namespace perfwatch
