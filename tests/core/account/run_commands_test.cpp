// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_commands.h"

#include <gtest/gtest.h>

#include <cmath>

namespace perfwatch {
namespace {

TEST(RunCommands, SortsByCpuAndByMemory) {
  RunCommands commands;
  commands.add("cc1plus", 2, 20);
  commands.add("ld", 1, 3);
  commands.add("sh", 5, 0.1);
  commands.note_memory("cc1plus", {7, 1}, 300, [] { return "cc1plus small.cpp"; });
  commands.note_memory("cc1plus", {8, 1}, 900, [] { return "cc1plus big.cpp"; });
  commands.note_memory("cc1plus", {9, 1}, 500, [] { return "cc1plus middle.cpp"; });
  commands.note_memory("ld", {10, 1}, 2000, [] { return "ld -o \x1b[31m"; });
  const auto by_cpu = commands.by_cpu();
  ASSERT_EQ(by_cpu.size(), 3U);
  EXPECT_EQ(by_cpu[0].comm, "cc1plus");
  EXPECT_EQ(by_cpu[0].count, 2U);
  EXPECT_EQ(by_cpu[0].largest_arguments, "cc1plus big.cpp");
  EXPECT_EQ(by_cpu[2].comm, "sh");
  EXPECT_TRUE(std::isnan(by_cpu[2].largest_bytes)) << "not known is not 0";
  const auto by_memory = commands.by_memory();
  EXPECT_EQ(by_memory[0].comm, "ld");
  EXPECT_EQ(by_memory[0].largest_arguments, "ld -o \\x1B[31m");
  EXPECT_EQ(by_memory[2].comm, "sh") << "the unknown last";
}

TEST(RunCommands, AsksForArgumentsOnlyOfTheLargest) {
  RunCommands commands;
  int asked = 0;
  const auto arguments = [&] { return "call " + std::to_string(++asked); };
  commands.note_memory("a", {1, 1}, 10, arguments);
  commands.note_memory("a", {1, 1}, 20, arguments);
  commands.note_memory("a", {2, 1}, 15, arguments);
  EXPECT_EQ(asked, 1);
  commands.note_memory("a", {2, 1}, 30, arguments);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(commands.by_memory()[0].largest_arguments, "call 2");
}

TEST(RunCommands, PutsWhatIsTooManyTogether) {
  RunCommands commands;
  for (std::size_t i = 0; i < RunCommands::kMostCommands + 50; ++i) {
    commands.add("p" + std::to_string(i), 1, 1);
  }
  const auto top = commands.by_cpu();
  ASSERT_EQ(top.size(), RunCommands::kTop);
  EXPECT_EQ(top[0].comm, "other");
  EXPECT_EQ(top[0].count, 50U);
}

}  // namespace
}  // namespace perfwatch
