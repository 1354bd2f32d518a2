// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/api_runs.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/model/process.h"
#include "core/model/run_board.h"
#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using test::sample_run;

class ApiRuns : public testing::Test {
 protected:
  ApiRuns() {
    auto board = std::make_shared<RunBoard>();
    for (int second = 5; second > 0; --second) {
      KnownRun known{sample_run(second), {}, false, {}};
      if (second % 2 == 0) known.run.operation = "test";
      board->runs.push_back(std::make_shared<const KnownRun>(known));
    }
    KnownRun newest{sample_run(9), "regressed", true, {}};
    RunRegression regression;
    regression.metric = RunMetric::cpu_seconds;
    regression.before = 61;
    regression.since_run = test::run_id(7);
    regression.text = "CPU: 61.0 s -> ?";
    newest.regressions.push_back(regression);
    board->runs.insert(board->runs.begin(), std::make_shared<const KnownRun>(newest));
    frame.runs = board;
    auto accounting = std::make_shared<Accounting>();
    test::RunValue open = sample_run(10, RunOutcome::running);
    accounting->open_runs = std::make_shared<const std::vector<test::RunValue>>(std::vector{open});
    auto table = std::make_shared<ProcessTable>();
    table->accounting = accounting;
    frame.processes = table;
  }
  json data(const RunsQuery& query) { return json::parse(api_runs(frame, query))["data"]; }

  Frame frame;
};

TEST_F(ApiRuns, TellsTheNewestFirstWithItsVerdict) {
  const json all = data({});
  EXPECT_EQ(all["durable"], true);
  EXPECT_EQ(all["total"], 6);
  EXPECT_EQ(all["truncated"], false);
  const json& run = all["runs"][0];
  EXPECT_EQ(run["id"], test::run_id(9));
  EXPECT_EQ(run["verdict"], "regressed");
  EXPECT_EQ(run["confirmed"], true);
  EXPECT_EQ(run["regressions"][0]["metric"], "cpu_seconds");
  EXPECT_EQ(run["regressions"][0]["before"], 61);
  EXPECT_FALSE(run["regressions"][0].contains("after")) << "not known is left out";
  EXPECT_FALSE(all["runs"][1].contains("verdict"));
  ASSERT_EQ(all["open"].size(), 1U);
  EXPECT_EQ(all["open"][0]["outcome"], "running");
  EXPECT_FALSE(all["open"][0].contains("timeline"));
}

TEST_F(ApiRuns, TellsWhatIsAskedFor) {
  RunsQuery query;
  query.operation = "test";
  EXPECT_EQ(data(query)["total"], 2);
  EXPECT_TRUE(data(query)["open"].empty());
  query.limit = 1;
  EXPECT_EQ(data(query)["runs"].size(), 1U);
  EXPECT_EQ(data(query)["truncated"], true);
  query.component = "other";
  EXPECT_EQ(data(query)["total"], 0);
  query = {};
  query.since = sample_run(4).started;
  EXPECT_EQ(data(query)["total"], 3);
}

TEST_F(ApiRuns, HasAnAnswerBeforeAnythingIsKnown) {
  frame = {};
  EXPECT_EQ(data({})["durable"], false);
  EXPECT_TRUE(data({})["runs"].empty());
}

}  // namespace
}  // namespace perfwatch
