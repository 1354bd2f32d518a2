// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_culprits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

using Commands = std::vector<RunCommand>;

RunCommand command(std::string comm, double cpu, double bytes = 1e6, std::uint64_t count = 10) {
  return {std::move(comm), count, cpu, bytes, {}};
}

TEST(FindCulprits, NamesWhatGrewByItsShare) {
  const std::vector<Commands> baseline{
      {command("cc1plus", 60), command("ld", 5), command("as", 4)},
      {command("cc1plus", 61), command("ld", 5), command("as", 5)},
      {command("cc1plus", 64), command("ld", 6), command("as", 5)}};
  const auto found =
      find_culprits(baseline, {command("cc1plus", 118), command("ld", 19.25), command("as", 5)},
                    GrowthOf::cpu_seconds);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].text, "cc1plus: 61.0 s -> 118 s (+93 %), 80 % of the growth");
  EXPECT_NEAR(found[0].share, 0.8, 1e-9);
  EXPECT_EQ(found[1].comm, "ld");
}

TEST(FindCulprits, NamesWhatIsNew) {
  const auto found =
      find_culprits(std::vector<Commands>(3, {command("cc1plus", 60)}),
                    {command("cc1plus", 60), command("clang-tidy", 12)}, GrowthOf::cpu_seconds);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "clang-tidy: 12.0 s, new, 100 % of the growth");
}

TEST(FindCulprits, CountsProcesses) {
  const auto found =
      find_culprits(std::vector<Commands>(1, {command("sh", 1, 1, 100)}),
                    {command("sh", 1, 1, 250), command("sh", 1, 1, 50)}, GrowthOf::count);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "sh: 100 -> 300 processes (+200 %), 100 % of the growth");
}

TEST(FindCulprits, ComparesPeaks) {
  Commands judged{command("cc1plus", 1, 1.5 * 1073741824)};
  judged[0].largest_arguments = "cc1plus big.cpp\n";
  const auto found = find_culprits(std::vector<Commands>(3, {command("cc1plus", 1, 1073741824)}),
                                   judged, GrowthOf::largest_bytes);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "cc1plus: 1.0 GiB -> 1.5 GiB (+50 %)");
  EXPECT_EQ(found[0].arguments, "cc1plus big.cpp\\x0A");
}

TEST(FindCulprits, NamesFiveAtMostAndNothingTiny) {
  Commands judged;
  for (int i = 0; i < 20; ++i) judged.push_back(command("c" + std::to_string(i), i));
  EXPECT_EQ(find_culprits({}, judged, GrowthOf::cpu_seconds).size(), kMostCulprits);
  EXPECT_EQ(find_culprits({}, {command("a", 1000), command("b", 1)}, GrowthOf::cpu_seconds).size(),
            1U);
}

TEST(FindCulprits, TakesAnything) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(find_culprits({}, {}, GrowthOf::cpu_seconds).empty());
  EXPECT_TRUE(
      find_culprits({}, {command("a", nan), command("b", -1)}, GrowthOf::cpu_seconds).empty());
  const auto found =
      find_culprits({}, {command("\x1b[31m" + std::string(500, 'x'), 5)}, GrowthOf::cpu_seconds);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].comm.substr(0, 8), "\\x1B[31m");
  EXPECT_LE(found[0].comm.size(), 64U);
}

TEST(Explaining, DoesNotBlameASleepForTheTimeThatItSlept) {
  const auto grown = find_culprits(std::vector<Commands>(3, {command("sleep", 0.00122)}),
                                   {command("sleep", 0.00167)}, GrowthOf::cpu_seconds);
  ASSERT_EQ(grown.size(), 1U);
  EXPECT_TRUE(explaining(grown, 0.101, GrowthOf::cpu_seconds).empty()) << "wall 101 -> 202 ms";
  EXPECT_EQ(explaining(grown, 0.0005, GrowthOf::cpu_seconds).size(), 1U);
  EXPECT_TRUE(explaining(grown, -1, GrowthOf::cpu_seconds).empty());
  EXPECT_TRUE(explaining(grown, std::nan(""), GrowthOf::cpu_seconds).empty());
}

TEST(Explaining, AddsUpTheTimeOfManyCommands) {
  const auto grown = find_culprits({}, {command("a", 1), command("b", 1)}, GrowthOf::cpu_seconds);
  EXPECT_EQ(explaining(grown, 8, GrowthOf::cpu_seconds).size(), 2U) << "a quarter in all";
}

TEST(Explaining, DoesNotBlameAProcessOfTheSameSizeForMemory) {
  constexpr std::uint64_t kMebi = 1048576;
  const auto python =
      find_culprits(std::vector<Commands>(3, {command("python3", 1, 28 * kMebi)}),
                    {command("python3", 1, 28 * kMebi + 4096)}, GrowthOf::largest_bytes);
  ASSERT_EQ(python.size(), 1U);
  EXPECT_TRUE(explaining(python, 60.0 * kMebi, GrowthOf::largest_bytes).empty());
  const auto linker = find_culprits(std::vector<Commands>(3, {command("ld", 1, 20 * kMebi)}),
                                    {command("ld", 1, 80 * kMebi)}, GrowthOf::largest_bytes);
  EXPECT_EQ(explaining(linker, 60.0 * kMebi, GrowthOf::largest_bytes).size(), 1U);
}

}  // namespace
}  // namespace perfwatch
