// SPDX-License-Identifier: Apache-2.0
#include "core/model/run_limits.h"

#include <gtest/gtest.h>

#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using test::RunValue;

TEST(Bounded, CutsWhatAStrangerMadeLong) {
  RunValue run = test::sample_run(0);
  run.component = std::string(10'000'000, 'x');
  run.operation.assign(kRunNameBytes - 1, 'y') += "\xC3\xA9";
  run.command.assign(100'000, std::string(5000, 'w'));
  run.labels.assign(1000, {"same", "first"});
  for (int i = 0; i < 1000; ++i) run.labels.emplace_back(std::to_string(i), std::string(9999, 'v'));
  run.by_cpu.assign(1000, {"c", 1, 1, 1, std::string(9999, 'a')});
  run.timeline.assign(100'000, {1, 1, 1, 1});
  const RunValue kept = bounded(run);
  EXPECT_EQ(kept.component.size(), kRunNameBytes);
  EXPECT_EQ(kept.operation, std::string(kRunNameBytes - 1, 'y')) << "between characters";
  ASSERT_EQ(kept.command.size(), kRunWords);
  EXPECT_EQ(kept.command[0].size(), kRunWordBytes);
  EXPECT_EQ(kept.labels.size(), kRunLabels);
  EXPECT_EQ(kept.labels[1].second.size(), kRunTextBytes);
  ASSERT_EQ(kept.by_cpu.size(), kRunCommands);
  EXPECT_EQ(kept.by_cpu[0].largest_arguments.size(), kRunArgumentBytes);
  EXPECT_LE(kept.timeline.size(), kRunTimeline);
}

TEST(Bounded, WritesWhatIsNoTextAsBytes) {
  RunValue run = test::sample_run(0);
  run.component = "a\xFF\nb";
  run.command = {std::string("x\0y", 3), "\x1B[31m"};
  run.labels = {{"z", "1"}, {"a", "first"}, {"a", "second"}};
  const RunValue kept = bounded(run);
  EXPECT_EQ(kept.component, "a\\xFF\\x0Ab");
  EXPECT_EQ(kept.command, (std::vector<std::string>{"x\\x00y", "\\x1B[31m"}));
  EXPECT_EQ(kept.labels, (decltype(kept.labels){{"a", "first"}, {"z", "1"}}));
}

TEST(Bounded, ChangesNothingTheSecondTime) {
  RunValue run = test::sample_run(0);
  run.component = std::string(kRunNameBytes - 2, 'x') + "\x01\x02";
  run.host_class.cpu_model = "Strange\tCPU" + std::string(300, '\x7F');
  const RunValue once = bounded(run);
  const RunValue twice = bounded(once);
  EXPECT_EQ(twice.component, once.component);
  EXPECT_EQ(twice.host_class.cpu_model, once.host_class.cpu_model);
  EXPECT_EQ(bounded(key_of(once)), key_of(once)) << "it is found by what it is kept by";
}

}  // namespace
}  // namespace perfwatch
