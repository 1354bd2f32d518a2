// SPDX-License-Identifier: Apache-2.0
#include "core/account/ci_mark.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace perfwatch {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<CiMark> mark_in(const Variables& variables,
                              const std::vector<std::string>& more = {}) {
  return ci_mark(
      [&](const char* name) {
        const auto found = variables.find(name);
        return found != variables.end() ? std::optional(found->second) : std::nullopt;
      },
      more);
}

TEST(CiMark, KnowsFourSystems) {
  const auto gitlab = mark_in({{"CI_JOB_ID", "7"}});
  ASSERT_TRUE(gitlab);
  EXPECT_EQ(gitlab->system, "GitLab");
  EXPECT_EQ(gitlab->variable, "CI_JOB_ID");
  EXPECT_NE(gitlab->job, 0U);
  EXPECT_EQ(mark_in({{"GITHUB_RUN_ID", "7"}})->system, "GitHub");
  EXPECT_EQ(mark_in({{"BUILDKITE_JOB_ID", "7"}})->system, "Buildkite");
  EXPECT_EQ(mark_in({{"BUILD_TAG", "jenkins-app-7"}})->system, "Jenkins");
}

TEST(CiMark, IsNoneElsewhere) {
  EXPECT_FALSE(mark_in({}));
  EXPECT_FALSE(mark_in({{"CI_JOB_ID", ""}, {"CI", "true"}}));
}

TEST(CiMark, IsOneForEachJob) {
  const Variables build{{"GITHUB_RUN_ID", "7"}, {"GITHUB_JOB", "build"}, {"RUNNER_NAME", "a"}};
  Variables step = build;
  step["GITHUB_ACTION"] = "compile";
  EXPECT_EQ(mark_in(build)->job, mark_in(step)->job);
  Variables test = build;
  test["GITHUB_JOB"] = "test";
  EXPECT_NE(mark_in(build)->job, mark_in(test)->job);
  Variables matrix = build;
  matrix["RUNNER_NAME"] = "b";
  EXPECT_NE(mark_in(build)->job, mark_in(matrix)->job);
  EXPECT_NE(mark_in({{"CI_JOB_ID", "7"}})->job, mark_in({{"BUILDKITE_JOB_ID", "7"}})->job);
}

TEST(CiMark, TakesFurtherVariablesLast) {
  const auto mine = mark_in({{"MY_JOB", "7"}}, {"OTHER", "MY_JOB"});
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->system, "");
  EXPECT_EQ(mine->variable, "MY_JOB");
  EXPECT_EQ(mark_in({{"MY_JOB", "7"}, {"BUILD_TAG", "x"}}, {"MY_JOB"})->system, "Jenkins");
}

}  // namespace
}  // namespace perfwatch
