// SPDX-License-Identifier: Apache-2.0
#include "core/account/ci_mark.h"

#include <functional>

namespace perfwatch {
namespace {

constexpr std::size_t kMostParts = 3;

// What is the same in all of a job: the first says that it is one.
struct System {
  const char* name;
  const char* variable;
  const char* parts[kMostParts];  // null: none
};
constexpr System kSystems[] = {
    {"GitLab", "CI_JOB_ID", {}},
    // The jobs of a matrix have the same name: several runners on one host tell them apart.
    {"GitHub", "GITHUB_RUN_ID", {"GITHUB_RUN_ATTEMPT", "GITHUB_JOB", "RUNNER_NAME"}},
    {"Buildkite", "BUILDKITE_JOB_ID", {}},
    {"Jenkins", "BUILD_TAG", {"STAGE_NAME"}},
};

CiMark make_mark(std::string_view system, const std::string& variable, std::string value) {
  value = variable + '=' + value;
  const std::uint64_t job = std::hash<std::string>{}(value);
  return {system, variable, job != 0 ? job : 1};
}

}  // namespace

std::optional<CiMark> ci_mark(const ReadVariable& variable, std::span<const std::string> more) {
  for (const System& system : kSystems) {
    auto value = variable(system.variable);
    if (!value || value->empty()) continue;
    for (const char* part : system.parts) {
      if (part != nullptr) value->append(1, '\n').append(variable(part).value_or(""));
    }
    return make_mark(system.name, system.variable, std::move(*value));
  }
  for (const std::string& name : more) {
    auto value = variable(name.c_str());
    if (value && !value->empty()) return make_mark({}, name, std::move(*value));
  }
  return std::nullopt;
}

std::vector<std::string> ci_mark_names(std::span<const std::string> more) {
  std::vector<std::string> names;
  for (const System& system : kSystems) names.emplace_back(system.variable);
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

}  // namespace perfwatch
