// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/baseline_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/model/run_limits.h"
#include "exporters/json/json_parts.h"
#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using test::run_id;
using test::sample_run;

Baseline sample() {
  Baseline baseline;
  baseline.key = key_of(sample_run(1));
  baseline.since_run = run_id(1);
  baseline.accepted_at = sample_run(9).started;
  baseline.note = "new compiler";
  for (int i = 1; i <= 3; ++i) baseline.runs.push_back({run_id(i), sample_run(i).figures});
  baseline.runs[1].figures = RunFigures();
  return baseline;
}

std::string problem_of(const Json& document) {
  const auto read = baselines_from_json(document.dump());
  return read ? "none" : read.error().text;
}

TEST(BaselineJson, GivesBackWhatWasWritten) {
  const std::vector<Baseline> two{sample(), [] {
                                    Baseline bare;
                                    bare.key = {"c", "o", "h", true};
                                    return bare;
                                  }()};
  const std::string text = baselines_to_json(two);
  const auto read = baselines_from_json(text);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(baselines_to_json(*read), text);
  EXPECT_EQ((*read)[0].key, two[0].key);
  EXPECT_EQ((*read)[0].accepted_at, two[0].accepted_at);
  EXPECT_FALSE((*read)[0].runs[1].figures.has(RunMetric::cpu_seconds));
  EXPECT_TRUE((*read)[1].key.cold);
  const Json json = Json::parse(text);
  const Json& values = json["baselines"][0]["values"];
  EXPECT_EQ(values["cpu_seconds"].dump(), "[100.25,null,100.25]");
  EXPECT_FALSE(values.contains("cgroup_peak_bytes"));
}

TEST(BaselineJson, NamesThePlaceOfWhatIsWrong) {
  const std::vector one{sample()};
  const Json good = Json::parse(baselines_to_json(one));
  const auto with = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad["baselines"][0][Json::json_pointer(pointer)] = value;
    return problem_of(bad);
  };
  EXPECT_EQ(problem_of(good), "none");
  EXPECT_EQ(with("/host_class", ""), "/baselines/0/host_class: is missing, or no text");
  EXPECT_EQ(with("/since_run", "x"),
            "/baselines/0/since_run: no id of a run (26 characters, ULID)");
  EXPECT_EQ(with("/runs/1", run_id(1)), "/baselines/0/runs/1: the same run twice");
  EXPECT_EQ(with("/runs/1", 5), "/baselines/0/runs/1: a text is expected");
  EXPECT_EQ(with("/values/cpu_seconds", {1, 2}),
            "/baselines/0/values/cpu_seconds: not as many values as there are runs");
  EXPECT_EQ(with("/values/cpu_seconds", {1, 2, 3, 4}),
            "/baselines/0/values/cpu_seconds: has more than 3 entries");
  EXPECT_EQ(with("/values/cpu_seconds/2", -1),
            "/baselines/0/values/cpu_seconds/2: a number from 0 up is expected");
  EXPECT_EQ(with("/values/joules", "many"), "none") << "of a newer one";
  Json many = Json::array();
  for (int i = 0; i <= static_cast<int>(kBaselineRuns); ++i) many.push_back(run_id(i));
  EXPECT_EQ(with("/runs", many), "/baselines/0/runs: has more than 200 entries");
  EXPECT_EQ(problem_of(Json::object()),
            "the document: no list \"baselines\": was it written by perfwatch baselines export?");
  EXPECT_EQ(problem_of({{"baselines", 1}}), "/baselines: a list is expected");
}

TEST(BaselineJson, SurvivesHostileText) {
  for (const char* text : {"", "{", "null", "\xFF", "{\"baselines\":[null]}"}) {
    EXPECT_FALSE(baselines_from_json(text)) << text;
  }
  EXPECT_TRUE(baselines_from_json("{\"baselines\":[]}"));
  EXPECT_EQ(problem_of({{"a/b\x1B~", 1}, {"baselines", {{{"runs", {{{"x", 1}}}}}}}}),
            "/baselines/0/component: is missing, or no text");
}

TEST(BaselineJson, SortsRunsByTime) {
  Baseline baseline = sample();
  std::swap(baseline.runs[0], baseline.runs[2]);
  const auto read = baselines_from_json(baselines_to_json(std::span(&baseline, 1)));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].runs[0].id, run_id(1));
}

}  // namespace
}  // namespace perfwatch
