// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_tree.h"

#include <gtest/gtest.h>

#include <vector>

namespace perfwatch {
namespace {

constexpr std::int32_t kMeasurer = 100;
constexpr std::int32_t kRoot = 101;

ProcessRecord process(std::int32_t pid, std::int32_t parent, std::uint64_t image = 0) {
  ProcessRecord record;
  record.key = {pid, static_cast<std::uint64_t>(pid) * 10};
  record.parent = parent;
  record.image = image;
  return record;
}

// init, a shell, who measures, the root, and a child that who measures had before.
RunTree begun() {
  RunTree tree(kMeasurer, kRoot);
  const std::vector<ProcessRecord> all{process(1, 0, 1), process(50, 1, 2),
                                       process(kMeasurer, 50, 3), process(kRoot, kMeasurer, 3),
                                       process(90, kMeasurer, 4)};
  tree.sweep(all);
  return tree;
}

TEST(RunTree, HasTheRootAndNotWhoMeasuresNorItsEarlierChildren) {
  const RunTree tree = begun();
  EXPECT_TRUE(tree.contains({kRoot, 1010}));
  EXPECT_FALSE(tree.contains({kMeasurer, 1000}));
  EXPECT_FALSE(tree.contains({90, 900}));
  EXPECT_FALSE(tree.contains({50, 500}));
  EXPECT_FALSE(tree.runs_image(3)) << "the image of who measures says nothing";
}

TEST(RunTree, FollowsProgramsWhoseParentsItNeverMet) {
  RunTree tree = begun();
  tree.changed(process(kRoot, kMeasurer, 10), {.image = 3});
  // A fork of the root that nobody was told of forked once more, and that one called exec.
  tree.changed(process(300, 299, 11), {.image = 10});
  EXPECT_EQ(tree.ended(process(300, 299, 11)), true);
  EXPECT_EQ(tree.ended(process(299, 298, 10)), true);
  EXPECT_EQ(tree.ended(process(400, 50, 2)), false);
  EXPECT_TRUE(tree.runs_image(11));
}

TEST(RunTree, TakesOrphansThatCameToWhoMeasures) {
  RunTree tree = begun();
  EXPECT_EQ(tree.ended(process(300, kMeasurer)), true);
  EXPECT_EQ(tree.ended(process(90, kMeasurer, 4)), false) << "there before";
}

TEST(RunTree, WaitsForAParentThatItDoesNotKnow) {
  RunTree tree = begun();
  EXPECT_EQ(tree.ended(process(300, 299)), std::nullopt);
  EXPECT_EQ(tree.ended(process(299, kRoot)), true);
  EXPECT_EQ(tree.ended(process(300, 299)), true);
}

TEST(RunTree, FindsAFamilyInASweepInAnyOrder) {
  RunTree tree = begun();
  tree.sweep(std::vector<ProcessRecord>{process(303, 302), process(302, 301), process(301, kRoot),
                                        process(500, 50), process(50, 1), process(kRoot, kMeasurer),
                                        process(kMeasurer, 50)});
  EXPECT_TRUE(tree.contains({303, 3030}));
  EXPECT_FALSE(tree.contains({500, 5000}));
  EXPECT_FALSE(tree.contains({303, 9999})) << "another process of that pid";
}

TEST(RunTree, ForgetsTheEndedAfterTwoSweeps) {
  RunTree tree = begun();
  ASSERT_EQ(tree.ended(process(300, kRoot)), true);
  EXPECT_TRUE(tree.has_ended({300, 3000}));
  const std::vector<ProcessRecord> all{process(kMeasurer, 50), process(kRoot, kMeasurer)};
  tree.sweep(all);
  EXPECT_TRUE(tree.has_ended({300, 3000}));
  tree.sweep(all);
  EXPECT_FALSE(tree.has_ended({300, 3000}));
}

TEST(RunTree, TakesAReusedPidForAnother) {
  RunTree tree = begun();
  ASSERT_EQ(tree.ended(process(300, kRoot)), true);
  ProcessRecord stranger = process(300, 50, 2);
  stranger.key.start_ticks = 9000;
  EXPECT_EQ(tree.ended(stranger), false);
}

}  // namespace
}  // namespace perfwatch
