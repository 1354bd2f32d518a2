// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/ci_names.h"

namespace perfwatch {

// The sign of a CI job in the environment of its processes.
struct CiMark {
  std::string_view system;  // "GitLab"; empty for a variable of the configuration
  std::string variable;     // "CI_JOB_ID"
  // Equal for all processes of one job on this host, and for those of no other one; never 0. Of
  // GitHub and Jenkins a job or a stage is meant, not the whole workflow or build.
  std::uint64_t job = 0;
};

// The first of GitLab, GitHub, Buildkite and Jenkins, then of `more` variables, whose sign is there
// and not empty.
[[nodiscard]] std::optional<CiMark> ci_mark(const ReadVariable& variable,
                                            std::span<const std::string> more);

// The names of all those signs.
[[nodiscard]] std::vector<std::string> ci_mark_names(std::span<const std::string> more);

}  // namespace perfwatch
