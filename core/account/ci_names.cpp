// SPDX-License-Identifier: Apache-2.0
#include "core/account/ci_names.h"

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLongestName = 128;

struct CiSystem {
  const char* sign;  // set there and nowhere else
  const char* component;
  const char* job;
  const char* step;
  const char* commit;
  const char* branch;
};
constexpr CiSystem kSystems[] = {
    {"GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITHUB_JOB", "GITHUB_ACTION", "GITHUB_SHA",
     "GITHUB_REF_NAME"},
    {"GITLAB_CI", "CI_PROJECT_PATH", "CI_JOB_NAME", nullptr, "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"},
    {"BUILDKITE", "BUILDKITE_PIPELINE_SLUG", "BUILDKITE_LABEL", "BUILDKITE_STEP_KEY",
     "BUILDKITE_COMMIT", "BUILDKITE_BRANCH"},
    {"JENKINS_URL", "JOB_NAME", "STAGE_NAME", nullptr, "GIT_COMMIT", "GIT_BRANCH"},
};

}  // namespace

CiNames ci_names(const ReadVariable& variable) {
  const auto value = [&](const char* name) {
    return name != nullptr ? clean_name(variable(name).value_or("")) : std::string();
  };
  for (const CiSystem& system : kSystems) {
    if (value(system.sign).empty()) continue;
    CiNames names;
    names.component = value(system.component);
    names.job = names.operation = value(system.job);
    const std::string step = value(system.step);
    // GitHub calls a step without an id __run, __run_2: that says nothing.
    if (!step.empty() && step != names.operation && !step.starts_with("__")) {
      names.operation += (names.operation.empty() ? "" : " ") + step;
    }
    if (auto commit = value(system.commit); !commit.empty()) {
      names.labels.emplace_back("commit", std::move(commit));
    }
    if (auto branch = value(system.branch); !branch.empty()) {
      names.labels.emplace_back("branch", std::move(branch));
    }
    return names;
  }
  return {};
}

std::string clean_name(std::string_view name) {
  return std::string(
      cut_utf8(printable_utf8(trim(name.substr(0, 4 * kLongestName))), kLongestName));
}

}  // namespace perfwatch
