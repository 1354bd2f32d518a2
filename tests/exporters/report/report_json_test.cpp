// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporters/report/report.h"
#include "tests/exporters/report/sample_runs.h"

namespace perfwatch {
namespace {

using nlohmann::json;

TEST(ReportJson, HasTheStructureOfAnEntry) {
  RunReport report;
  report.host = "builder-3";
  report.operations = {sample_operation()};
  const json data = json::parse(report_json(report));
  EXPECT_EQ(data["generated"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(data["summary"]["regressions"], 2);
  EXPECT_EQ(data["summary"]["runs"], 30);
  const json& entry = data["operations"][0];
  EXPECT_EQ(entry["component"], "kernel");
  EXPECT_EQ(entry["count"], 30);
  EXPECT_EQ(entry["counted"], 26);
  EXPECT_EQ(entry["outcomes"]["failed"], 3);
  for (const char* key : {"total", "mean", "median", "min", "max", "std", "p95", "p99"}) {
    EXPECT_TRUE(entry["execution_time"][key].is_number()) << key;
  }
  EXPECT_EQ(entry["memory"]["metric"], "concurrent_anonymous_bytes");
  EXPECT_GE(entry["memory"]["peak"], entry["memory"]["mean"]);
  EXPECT_TRUE(entry["trend"]["direction"].is_string());
  EXPECT_TRUE(entry["trend"]["slope"].is_number());
  EXPECT_TRUE(entry["trend"]["volatility"].is_number());
  EXPECT_FALSE(entry["metrics"].contains("read_bytes"));
  EXPECT_FALSE(entry["metrics"]["largest_process_bytes"].contains("total"));
  EXPECT_EQ(entry["history"].size(), 30U);
  EXPECT_EQ(entry["history"][13]["cold"], true);
  EXPECT_EQ(entry["regressions"][0]["metric"], "wall_seconds");
  EXPECT_NEAR(entry["regressions"][0]["ratio"].get<double>(), 1.27, 0.01);
  EXPECT_EQ(entry["last_run"]["by_memory"][0]["comm"], "ld");
}

TEST(ReportJson, HasNullForWhatTheStructurePromisesAndNobodyKnows) {
  RunReport report;
  report.operations.resize(1);
  const json entry = json::parse(report_json(report))["operations"][0];
  EXPECT_TRUE(entry["execution_time"]["mean"].is_null());
  EXPECT_TRUE(entry["memory"]["peak"].is_null());
  EXPECT_TRUE(entry["trend"]["direction"].is_null());
  EXPECT_FALSE(entry.contains("last_run"));
}

TEST(ReportJson, StandsBytesThatAreNoText) {
  const json data = json::parse(report_json(hostile_report()));
  EXPECT_EQ(data["operations"].size(), 2U);
}

}  // namespace
}  // namespace perfwatch
