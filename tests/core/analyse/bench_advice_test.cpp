// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bench_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analyse/bench_statistics.h"

namespace perfwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Parameters = std::vector<std::pair<std::string, std::string>>;

BenchCommand command(Parameters parameters, double wall, double memory) {
  BenchCommand made;
  made.parameters = std::move(parameters);
  for (const double noise : {0.998, 1.0, 1.002, 1.001, 0.999}) {
    BenchMeasurement run;
    run.exit_code = 0;
    run.figures[RunMetric::wall_seconds] = wall * noise;
    run.figures[RunMetric::concurrent_anonymous_bytes] = memory;
    made.runs.push_back(run);
  }
  return made;
}

std::vector<std::string> advice(std::vector<BenchCommand> commands) {
  return bench_report(std::move(commands)).recommendations;
}

TEST(BenchAdvice, TellsFromWhichValueOnMoreDoesNotHelp) {
  EXPECT_THAT(advice({command({{"jobs", "8"}}, 5.1, 1.64e9), command({{"jobs", "1"}}, 15, 3e8),
                      command({{"jobs", "2"}}, 8, 5e8), command({{"jobs", "4"}}, 5, 1e9)}),
              ElementsAre("jobs: more than 4 does not help: 8 is 2 % slower and takes 64 % more "
                          "memory; 4 is 3.0 times as fast as 1"));
}

TEST(BenchAdvice, SaysWhenTheLargestWasTheFastest) {
  EXPECT_THAT(advice({command({{"jobs", "1"}}, 10, 1e9), command({{"jobs", "2"}}, 5, 2e9)}),
              ElementsAre("jobs: 2 is 2.0 times as fast as 1 and takes 2.0 times the memory, and "
                          "the largest that was tried: more may help further"));
}

TEST(BenchAdvice, SaysWhenNothingHelps) {
  EXPECT_THAT(advice({command({{"jobs", "1"}}, 5, 1e9), command({{"jobs", "2"}}, 5, 1e9)}),
              ElementsAre("jobs: more than 1 does not help: 2 is as fast"));
}

TEST(BenchAdvice, NamesTheFastestOfWords) {
  EXPECT_THAT(
      advice({command({{"linker", "bfd"}}, 9, 1e9), command({{"linker", "mold"}}, 3, 1.2e9)}),
      ElementsAre("linker: mold is the fastest: bfd is 3.0 times as slow and takes 17 % less "
                  "memory"));
  EXPECT_THAT(advice({command({{"cc", "gcc"}}, 3.03, 1e9), command({{"cc", "clang"}}, 3, 1e9)}),
              ElementsAre("cc: the choice hardly matters: compared with clang, gcc is 1 % slower"));
}

TEST(BenchAdvice, HoldsOtherParametersFixed) {
  EXPECT_THAT(advice({command({{"jobs", "1"}, {"cc", "gcc"}}, 10, 1e9),
                      command({{"jobs", "2"}, {"cc", "gcc"}}, 10, 1e9),
                      command({{"jobs", "2"}, {"cc", "clang"}}, 5, 1e9)}),
              ElementsAre("jobs, with cc=gcc: more than 1 does not help: 2 is as fast",
                          "cc, with jobs=2: clang is the fastest: gcc is 2.0 times as slow"));
}

TEST(BenchAdvice, NeedsTwoMeasuredValues) {
  BenchCommand empty;
  empty.parameters = {{"jobs", "2"}};
  EXPECT_THAT(advice({command({{"jobs", "1"}}, 10, 1e9), empty}), IsEmpty());
  EXPECT_THAT(advice({command({{"jobs", "1"}}, 10, 1e9), command({{"jobs", "1"}}, 10, 1e9)}),
              IsEmpty());
}

TEST(BenchAdvice, IsBounded) {
  std::vector<BenchCommand> commands;
  for (int i = 0; i < 100; ++i) {
    for (const char* jobs : {"1", "2"}) {
      commands.push_back(command({{"jobs", jobs}, {"i", std::to_string(i)}}, 1, 1));
    }
  }
  EXPECT_EQ(advice(std::move(commands)).size(), kMostBenchAdvice);
}

}  // namespace
}  // namespace perfwatch
