// SPDX-License-Identifier: Apache-2.0
#include "core/account/ci_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::Pair;

CiNames names_in(const std::map<std::string, std::string>& variables) {
  return ci_names([&](const char* name) {
    const auto found = variables.find(name);
    return found != variables.end() ? std::optional(found->second) : std::nullopt;
  });
}

TEST(CiNames, AreThoseOfFourSystems) {
  const auto github = names_in({{"GITHUB_ACTIONS", "true"},
                                {"GITHUB_REPOSITORY", "acme/kernel"},
                                {"GITHUB_JOB", "build"},
                                {"GITHUB_ACTION", "compile"},
                                {"GITHUB_SHA", "1a2b"},
                                {"GITHUB_REF_NAME", "main"}});
  EXPECT_EQ(github.component, "acme/kernel");
  EXPECT_EQ(github.job, "build");
  EXPECT_EQ(github.operation, "build compile");
  EXPECT_THAT(github.labels, ElementsAre(Pair("commit", "1a2b"), Pair("branch", "main")));
  EXPECT_EQ(
      names_in({{"GITHUB_ACTIONS", "true"}, {"GITHUB_JOB", "build"}, {"GITHUB_ACTION", "__run_2"}})
          .operation,
      "build");
  const auto gitlab = names_in({{"GITLAB_CI", "true"},
                                {"CI_PROJECT_PATH", "acme/app"},
                                {"CI_JOB_NAME", "unit: 1/2"},
                                {"CI_COMMIT_SHA", "ff"}});
  EXPECT_EQ(gitlab.component, "acme/app");
  EXPECT_EQ(gitlab.operation, "unit: 1/2");
  EXPECT_THAT(gitlab.labels, ElementsAre(Pair("commit", "ff")));
  EXPECT_EQ(names_in({{"JENKINS_URL", "http://ci"}, {"JOB_NAME", "nightly"}}).component, "nightly");
  EXPECT_EQ(names_in({{"BUILDKITE", "true"}, {"BUILDKITE_PIPELINE_SLUG", "app"}}).component, "app");
}

TEST(CiNames, AreEmptyElsewhere) {
  const auto none = names_in({{"JOB_NAME", "x"}, {"GIT_COMMIT", "y"}});
  EXPECT_EQ(none.component, "");
  EXPECT_TRUE(none.labels.empty());
}

}  // namespace
}  // namespace perfwatch
