// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perfwatch {

// The value of an environment variable; nullopt where it is not set.
using ReadVariable = std::function<std::optional<std::string>(const char* name)>;
using RunLabels = std::vector<std::pair<std::string, std::string>>;

// What a CI system says of the job; empty where it does not. GitHub, GitLab, Jenkins, Buildkite.
struct CiNames {
  std::string component;  // the repository or pipeline
  std::string job;
  std::string operation;  // job and step
  RunLabels labels;       // commit, branch
};
[[nodiscard]] CiNames ci_names(const ReadVariable& variable);

// Printable, at most 128 bytes.
[[nodiscard]] std::string clean_name(std::string_view name);

}  // namespace perfwatch
