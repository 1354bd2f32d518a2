// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/analyse/bench_statistics.h"
#include "exporters/json/baseline_json.h"
#include "exporters/report/report.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

BenchReport exported() {
  BenchCommand made;
  made.command = "make";
  for (int i = 0; i < 3; ++i) {
    BenchMeasurement run;
    if (i < 2) run.exit_code = i;
    run.figures[RunMetric::wall_seconds] = 1.5 + i;
    run.figures[RunMetric::cpu_seconds] = 0.25;
    made.runs.push_back(run);
  }
  BenchReport report = bench_report({made});
  report.host_class = "2 x CPU, 4 GiB";
  return report;
}

TEST(ReadBenchJson, TakesBackWhatWasExportedWithoutFailures) {
  const auto baseline = read_bench_json(bench_json(exported()), "2 x CPU, 4 GiB");
  ASSERT_TRUE(baseline) << baseline.error().text;
  ASSERT_THAT(baseline->entries, SizeIs(1));
  EXPECT_EQ(baseline->entries[0].command, "make");
  ASSERT_THAT(baseline->entries[0].runs, SizeIs(1)) << "one failed, one was killed";
  EXPECT_DOUBLE_EQ(baseline->entries[0].runs[0][RunMetric::wall_seconds], 1.5);
  EXPECT_DOUBLE_EQ(baseline->entries[0].runs[0][RunMetric::cpu_seconds], 0.25);
  EXPECT_FALSE(baseline->entries[0].runs[0].has(RunMetric::read_bytes));
}

TEST(ReadBenchJson, RefusesAnotherClassOfHost) {
  const auto baseline = read_bench_json(bench_json(exported()), "8 x CPU, 4 GiB");
  ASSERT_FALSE(baseline);
  EXPECT_THAT(baseline.error().text, HasSubstr("measured on \"2 x CPU, 4 GiB\", and this is \"8"));
}

TEST(ReadBenchJson, TakesHyperfinesTimes) {
  const auto baseline = read_bench_json(
      R"({"results": [{"command": "sleep 1", "mean": 1.0, "times": [1.0, 1.1], "parameters": {}}]})",
      "any");
  ASSERT_TRUE(baseline) << baseline.error().text;
  EXPECT_THAT(baseline->entries[0].runs, SizeIs(2));
}

TEST(ReadBenchJson, NamesWhatIsWrong) {
  const auto refusal = [](const char* text) {
    const auto baseline = read_bench_json(text, "any");
    return baseline ? "taken" : baseline.error().text;
  };
  EXPECT_THAT(refusal("["), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("an object is expected"));
  EXPECT_THAT(refusal("{}"), HasSubstr("nothing is in it"));
  EXPECT_THAT(refusal(R"({"results": [{"times": [1]}]})"), HasSubstr("/results/0/command"));
  EXPECT_THAT(refusal(R"({"results": [{"command": "a"}]})"), HasSubstr("/results/0/times"));
  EXPECT_THAT(refusal(R"({"results": [{"command": "a", "times": ["x"]}]})"),
              HasSubstr("/results/0/times/0: a number"));
  EXPECT_THAT(
      refusal(
          R"({"results": [{"command": "a", "times": [1], "values": {"cpu_seconds": [1, 2]}}]})"),
      HasSubstr("/values/cpu_seconds: not as many"));
  EXPECT_THAT(refusal(R"({"results": [{"command": "a", "times": [1], "exit_codes": []}]})"),
              HasSubstr("/exit_codes: not as many"));
}

TEST(ReadBaselinesJson, ChoosesByHostAndName) {
  const BaselineKey key{"kernel", "make", "2 x CPU, 4 GiB", false};
  Baseline here{key, {}, {}, {}, {}};
  Baseline elsewhere = here;
  elsewhere.key.host_class = "8 x CPU";
  Baseline other = here;
  other.key.operation = "make test";
  const auto read = [&](std::vector<Baseline> all) {
    return read_baselines_json(baselines_to_json(all), key);
  };
  EXPECT_TRUE(read({elsewhere, here, other}));
  EXPECT_TRUE(read({elsewhere, other})) << "the only one of this host";
  EXPECT_THAT(read({elsewhere}).error().text, HasSubstr("no baseline of this class of host"));
  Baseline third = here;
  third.key.component = "x";
  EXPECT_THAT(read({other, third}).error().text,
              HasSubstr("has no kernel/make, but kernel/make test, x/make: say --component"));
}

TEST(BenchBaseline, FindsOneByNameAndTheOnlyOneAnyway) {
  BenchBaseline baseline;
  baseline.entries = {{"a", {}}};
  EXPECT_NE(baseline.find("b", 1), nullptr);
  EXPECT_EQ(baseline.find("b", 2), nullptr);
  EXPECT_NE(baseline.find("a", 2), nullptr);
  baseline.entries.push_back({"c", {}});
  EXPECT_EQ(baseline.find("b", 1), nullptr);
}

}  // namespace
}  // namespace perfwatch
