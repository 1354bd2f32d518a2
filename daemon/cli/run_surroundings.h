// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/account/ci_names.h"
#include "core/base/result.h"

namespace perfwatch {

// What a run is called by what is around this process.

// A variable of the environment; nullopt where it is not set.
[[nodiscard]] std::optional<std::string> environment(const char* name);

// `given` without what no name has; where nothing is left as CI calls it, else the repository or
// folder that we are in.
[[nodiscard]] std::string component_here(const std::string& given);

// As given on a command line.
struct GivenNames {
  std::string component;
  std::string operation;
  std::vector<std::string> labels;  // NAME=VALUE
  bool cold = false;
};
struct RunNames {
  std::string component;
  std::string operation;  // empty: neither the user nor CI says
  RunLabels labels;       // CI's with them
};
// Malformed: a label is none, or there are more than 32.
[[nodiscard]] Result<RunNames> names_here(const GivenNames& given);

}  // namespace perfwatch
