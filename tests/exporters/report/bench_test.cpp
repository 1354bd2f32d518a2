// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/analyse/bench_statistics.h"
#include "exporters/report/report.h"
#include "tests/exporters/report/sample_runs.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

BenchCommand command(const std::string& name, const std::vector<double>& walls) {
  BenchCommand made;
  made.command = name;
  made.parameters = {{"jobs", std::to_string(walls.size())}};
  for (const double wall : walls) {
    BenchMeasurement run;
    run.exit_code = 0;
    run.figures[RunMetric::wall_seconds] = wall;
    run.figures[RunMetric::user_seconds] = 3 * wall;
    run.figures[RunMetric::largest_process_bytes] = 1048576;
    made.runs.push_back(run);
  }
  return made;
}

TEST(BenchMarkdown, IsATableWithNotesBelow) {
  BenchCommand first = command("make -j8", {0.5, 0.6, 0.7});
  first.items = 60;
  const std::string text = bench_markdown(bench_report({first, command("make", {1.2})}));
  EXPECT_EQ(text,
            "| Command | Mean [ms] | Median [ms] | Min [ms] | Max [ms] | 95 % [ms] | 99 % [ms] | "
            "Memory | Items/s | Relative |\n"
            "|:---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
            "| `make -j8` | 600.0 ± 100.0 | 600.0 | 500.0 | 700.0 | 690.0 | 698.0 | 1.00 MiB | 100 "
            "| 1.00 |\n"
            "| `make` | 1200.0 | 1200.0 | 1200.0 | 1200.0 | 1200.0 | 1200.0 | 1.00 MiB | – | 2.00 "
            "|\n"
            "\nMemory is the mean of each run's peak: largest process.\n"
            "\n`make`\n\n"
            "- one run tells nothing about how far the next may be off\n"
            "\n**What to do**\n\n"
            "- jobs: 3 is 2.0 times as fast as 1, and the largest that was tried: more may help "
            "further\n\n");
}

TEST(BenchMarkdown, NamesOutliers) {
  const std::string text =
      bench_markdown(bench_report({command("make", {1.0, 1.01, 3.0, 0.99, 1.0, 1.02})}));
  EXPECT_THAT(text, HasSubstr("outlier: run 3 took 3.00 s"));
}

TEST(BenchMarkdown, StandsNothingAndHostileNames) {
  EXPECT_THAT(bench_markdown({}), HasSubstr("| Command |"));
  const std::string text = bench_markdown(bench_report({command(hostile_name(), {1})}));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("\n# ")));
  EXPECT_THAT(text, HasSubstr("\\`\\|\\\\x0A"));
}

TEST(BenchJson, HasTheFieldsOfHyperfineAndOurs) {
  BenchCommand made = command("make", {0.5, 0.6, 0.7});
  made.runs[1].exit_code = 2;
  made.runs[2].exit_code = std::nullopt;
  const json result = json::parse(bench_json(bench_report({made})))["results"][0];
  EXPECT_EQ(result["command"], "make");
  EXPECT_NEAR(result["mean"].get<double>(), 0.6, 1e-12);
  EXPECT_NEAR(result["stddev"].get<double>(), 0.1, 1e-12);
  EXPECT_NEAR(result["user"].get<double>(), 1.8, 1e-12);
  EXPECT_TRUE(result["system"].is_null());
  EXPECT_EQ(result["times"], json::parse("[0.5, 0.6, 0.7]"));
  EXPECT_EQ(result["exit_codes"], json::parse("[0, 2, null]"));
  EXPECT_EQ(result["memory_usage_byte"].dump(), "[1048576,1048576,1048576]");
  EXPECT_EQ(result["parameters"]["jobs"], "3");
  EXPECT_EQ(result["fastest"], true);
  EXPECT_EQ(result["memory"]["metric"], "largest_process_bytes");
  EXPECT_EQ(result["warnings"].size(), 1U);
  EXPECT_EQ(result["metrics"]["wall_seconds"]["count"], 3);
}

}  // namespace
}  // namespace perfwatch
