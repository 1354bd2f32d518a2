// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/model/finding.h"

namespace perfwatch {

// A finding as people are shown it, whoever found it: an alert of a rule, or a bottleneck. Texts
// that are not known are empty.
struct FindingView {
  std::string id;    // the same for as long as it lasts: "alert/1f2e...", "bottleneck/io/cc1plus"
  std::string kind;  // "alert" or "bottleneck"
  std::string name;  // the rule, or the resource
  Labels subject;    // the series' labels, or the group; empty: the host
  Severity severity = Severity::warning;
  std::string state;      // of an alert: "pending" or "firing"; a bottleneck is "present"
  std::string summary;    // one line
  std::string details;    // what the rule knows besides the value, in a line
  std::string evidence;   // the numbers, or more of the summary
  std::string processes;  // the five heaviest, a line each: of an alert as it fired, else now
  std::optional<double> value;
  std::string expected;  // what the value is when all is well: "below 0.9"
  std::optional<std::chrono::system_clock::time_point> since;
  std::string bottleneck;  // of an alert: what bounded the host as it fired
  std::string recommendation;
  std::string command;
};

}  // namespace perfwatch
