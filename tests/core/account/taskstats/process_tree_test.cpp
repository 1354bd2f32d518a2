// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/process_tree.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

ProcEvent fork_event(std::int32_t parent, std::int32_t child, std::uint64_t nanoseconds) {
  ProcEvent event;
  event.kind = ProcKind::forked;
  event.parent = parent;
  event.tid = child;
  event.pid = child;
  event.nanoseconds = nanoseconds;
  return event;
}

ProcessRecord record_of(std::int32_t pid, std::uint64_t start_ticks, std::int32_t parent = 1) {
  ProcessRecord record;
  record.key = {pid, start_ticks};
  record.parent = parent;
  record.comm = {'s', 'h'};
  record.cgroup = 44;
  record.uid = 1000;
  return record;
}

class Tree : public testing::Test {
 protected:
  ProcessTree tree{100, 3 * kSecond};
};

TEST_F(Tree, DerivesTheKeyFromTheForkAndTheTimeOfSuspension) {
  tree.fork(fork_event(1, 50, 10 * kSecond));
  ASSERT_NE(tree.find(50), nullptr);
  EXPECT_EQ(tree.find(50)->key, (ProcessKey{50, 1300}));
  EXPECT_FALSE(tree.find(50)->key_read);
}

TEST_F(Tree, TrustsTheKeyOfProc) {
  tree.fork(fork_event(1, 50, 10 * kSecond));
  auto record = record_of(50, 1301);
  EXPECT_TRUE(tree.meet(record));
  EXPECT_EQ(tree.find(50)->key, (ProcessKey{50, 1301}));
  EXPECT_EQ(tree.find(50)->fork_nanoseconds, 10 * kSecond);
}

TEST_F(Tree, KeepsTheKeyOfASweepThatCameBeforeTheForkEvent) {
  auto record = record_of(50, 1299);
  EXPECT_TRUE(tree.meet(record));
  tree.fork(fork_event(1, 50, 10 * kSecond));
  EXPECT_EQ(tree.find(50)->key, (ProcessKey{50, 1299}));
  EXPECT_EQ(tree.find(50)->fork_nanoseconds, 10 * kSecond);
}

TEST_F(Tree, StartsAnewWhenAPidIsGivenAgain) {
  auto record = record_of(50, 200);
  EXPECT_TRUE(tree.meet(record));
  tree.exec(*tree.find(50), 5);
  tree.fork(fork_event(1, 50, 10 * kSecond));
  EXPECT_EQ(tree.find(50)->key, (ProcessKey{50, 1300}));
  EXPECT_FALSE(tree.find(50)->image_known);
  // A record of the old one that comes late is not that of the new.
  EXPECT_FALSE(tree.meet(record));
  auto newer = record_of(50, 5000);
  EXPECT_TRUE(tree.meet(newer));
  EXPECT_EQ(tree.find(50)->key.start_ticks, 5000U);
}

TEST_F(Tree, ShowsAZombieByTheKeyThatItsEndHad) {
  tree.fork(fork_event(1, 50, 10 * kSecond));
  tree.find(50)->ended = true;
  auto zombie = record_of(50, 1301);
  EXPECT_TRUE(tree.meet(zombie));
  EXPECT_EQ(zombie.key, (ProcessKey{50, 1300}));
  auto again = record_of(50, 1301);
  EXPECT_TRUE(tree.meet(again));
  EXPECT_EQ(again.key, (ProcessKey{50, 1300}));
}

TEST_F(Tree, LetsAChildInheritUntilItsExec) {
  auto parent = record_of(40, 100);
  EXPECT_TRUE(tree.meet(parent));
  tree.exec(*tree.find(40), 5);
  tree.fork(fork_event(40, 50, 10 * kSecond));
  const TreeProcess child = *tree.find(50);
  EXPECT_EQ(child.image, tree.find(40)->image);
  EXPECT_EQ(child.cgroup, 44U);
  EXPECT_EQ(child.uid, 1000U);
  EXPECT_EQ(view(child.comm), "sh");
  tree.exec(*tree.find(50), 5);
  EXPECT_GT(tree.find(50)->image, child.image);
}

TEST_F(Tree, NumbersProgramsWhoseExecNobodySaw) {
  auto parent = record_of(40, 100);
  auto forked = record_of(41, 110, 40);
  forked.forked = true;
  auto renamed = record_of(42, 120, 40);
  renamed.forked = true;
  renamed.comm = {'x'};
  auto kernel = record_of(43, 1, 2);
  kernel.kernel_thread = true;
  for (auto* record : {&forked, &parent, &renamed, &kernel}) EXPECT_TRUE(tree.meet(*record));
  for (const std::int32_t pid : {41, 40, 42, 43}) tree.resolve_image(*tree.find(pid));
  EXPECT_NE(tree.find(40)->image, 0U);
  EXPECT_EQ(tree.find(41)->image, tree.find(40)->image);
  EXPECT_NE(tree.find(42)->image, tree.find(40)->image);
  EXPECT_EQ(tree.find(43)->image, 0U);
}

TEST_F(Tree, SurvivesARingOfParents) {
  auto one = record_of(40, 100, 41);
  auto two = record_of(41, 100, 40);
  one.forked = two.forked = true;
  EXPECT_TRUE(tree.meet(one));
  EXPECT_TRUE(tree.meet(two));
  tree.resolve_image(*tree.find(40));
  EXPECT_TRUE(tree.find(40)->image_known);
}

TEST_F(Tree, ForgetsTheEndedAndTheLost) {
  tree.fork(fork_event(1, 50, 10 * kSecond));
  tree.fork(fork_event(1, 51, 10 * kSecond));
  tree.fork(fork_event(1, 52, 10 * kSecond));
  tree.find(50)->ended = true;
  tree.begin_sweep();
  tree.mark_swept(*tree.find(52));
  tree.end_sweep();
  EXPECT_EQ(tree.find(50), nullptr);
  EXPECT_NE(tree.find(51), nullptr);  // born since the sweep read /proc, perhaps
  tree.begin_sweep();
  tree.end_sweep();
  EXPECT_EQ(tree.find(51), nullptr);
  EXPECT_NE(tree.find(52), nullptr);
}

}  // namespace
}  // namespace perfwatch
