// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/answers.h"

#include <gtest/gtest.h>

#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

TEST(ReadStatus, TakesWhatIsThereAndLeavesTheRestAbsent) {
  const auto status = read_status(
      R"({"status":"success","data":{"taken":"1970-01-01T00:01:00.500Z",
          "daemon":{"version":"0.1.0","accounting":{"tier":"poll","note":"n",
            "exact":true,"features":[{"name":"oom","source":"none","note":"no kmsg"}],
            "lost":[{"source":"exec","reason":"x","count":3},{"source":"exit","reason":"x","count":4},
                    {"source":"oom","reason":"overrun","count":100}]}},
          "host":{"verdict":"well","reasons":["r"],"load1":1.5,
                  "fullest_filesystem":{"mountpoint":"/tmp","available_ratio":0.04}},
          "alerts":{"firing":{"critical":1,"warning":2}},
          "collectors":[{"name":"disk","stuck":true,"errors":{"denied":3},"last_error":"e"}],
          "oom_kills":[{"at":"1970-01-01T00:01:00.000Z","pid":7,"comm":"cc1\u001b[m","group":"gcc",
              "scope":"cgroup","limit_cgroup":"/ci","resident_bytes":1024,
              "largest":[{"comm":"ld","resident_bytes":2048},{"comm":"cc1"}]},7],
          "runs":{"open":0,"durable":false,"note":"disk full","baseline_source_error":"away\u001b[m"},
          "self":{"resident_bytes":17,"budget":{"cpu_ratio":0.02,"cpu_limit_ratio":0.01,"reason":"why"}}}})");
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_EQ(status->version, "0.1.0");
  EXPECT_EQ(status->tier, "poll");
  EXPECT_TRUE(status->exact);
  ASSERT_EQ(status->features.size(), 1U);
  EXPECT_EQ(status->features[0].note, "no kmsg");
  EXPECT_EQ(status->events_lost, 7);
  EXPECT_EQ(status->budget.cpu_ratio, 0.02);
  EXPECT_EQ(status->budget.cpu_limit, 0.01);
  EXPECT_EQ(status->budget.memory_limit, std::nullopt);
  EXPECT_EQ(status->budget.reason, "why");
  EXPECT_EQ(status->verdict, "well");
  EXPECT_EQ(status->load1, 1.5);
  EXPECT_EQ(status->load5, std::nullopt);
  EXPECT_EQ(status->taken, 60.5);
  EXPECT_EQ(status->firing_critical, 1);
  EXPECT_EQ(status->fullest_mountpoint, "/tmp");
  ASSERT_EQ(status->collectors.size(), 1U);
  EXPECT_TRUE(status->collectors[0].stuck);
  EXPECT_EQ(status->collectors[0].denied, 3);
  EXPECT_EQ(status->self_resident, 17);
  EXPECT_EQ(status->not_durable, "disk full");
  EXPECT_EQ(status->source_trouble, "away\\x1B[m");
  ASSERT_EQ(status->oom_kills_last.size(), 2U);
  EXPECT_EQ(status->oom_kills_last[0].pid, 7);
  EXPECT_EQ(status->oom_kills_last[0].at, 60);
  EXPECT_EQ(status->oom_kills_last[0].comm.find('\x1b'), std::string::npos);
  EXPECT_EQ(status->oom_kills_last[0].largest, "ld 2.0 KiB, cc1 -");
  EXPECT_EQ(status->oom_kills_last[1].pid, std::nullopt);
}

TEST(ReadStatus, TellsACollectorWithoutASourceFromOneThatFails) {
  const auto status = read_status(
      R"({"data":{"daemon":{"version":"1"},"collectors":[
          {"name":"absent","success":false,"errors":{"unsupported":7,"io":0}},
          {"name":"broken","success":false,"errors":{"unsupported":7,"io":1}},
          {"name":"waiting","success":false,"errors":{}},
          {"name":"limited","success":true,"errors":{"unsupported":7}}]}})");
  ASSERT_TRUE(status) << status.error().text;
  const auto& rows = status->collectors;
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_TRUE(rows[0].unsupported && !rows[0].fails());
  EXPECT_TRUE(!rows[1].unsupported && rows[1].fails());
  EXPECT_TRUE(!rows[2].unsupported && rows[2].fails());
  EXPECT_TRUE(!rows[3].unsupported && !rows[3].fails());
}

TEST(ReadStatus, SurvivesFieldsOfTheWrongType) {
  const auto status = read_status(
      R"({"data":{"daemon":{"version":[1],"accounting":7},"host":{"reasons":[1,{}],"load1":"x",
          "fullest_filesystem":null},"alerts":[],"collectors":{"a":1},"self":"?","taken":5}})");
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_EQ(status->version, "");
  EXPECT_EQ(status->load1, std::nullopt);
  EXPECT_TRUE(status->reasons.empty());
}

TEST(ReadAnswers, RefuseGarbageWithASentence) {
  const std::string deep(100000, '[');
  for (const std::string_view body :
       {std::string_view(""), std::string_view("<html>"), std::string_view("[]"),
        std::string_view("{}"), std::string_view("{\"data\":[]}"), std::string_view("{\"data\":"),
        std::string_view("\xff\xfe"), std::string_view(deep)}) {
    EXPECT_FALSE(read_status(body)) << body.substr(0, 20);
    EXPECT_FALSE(read_groups(body)) << body.substr(0, 20);
    EXPECT_FALSE(read_processes(body)) << body.substr(0, 20);
    EXPECT_FALSE(read_alerts(body)) << body.substr(0, 20);
    EXPECT_FALSE(read_findings(body)) << body.substr(0, 20);
    EXPECT_FALSE(join_answers({{"", std::string(body)}}, false)) << body.substr(0, 20);
  }
  EXPECT_EQ(read_groups("nope").error().text,
            "the answer is not JSON of the perfwatch API; is it perfwatchd?");
}

TEST(ReadAnswers, RefuseEveryTruncation) {
  const std::string whole = R"({"status":"success","data":{"groups":[{"name":"a","threads":1}]}})";
  ASSERT_TRUE(read_groups(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_groups(whole.substr(0, size))) << size;
  }
}

TEST(ReadAnswers, RefuseNestingWithoutEnd) {
  std::string body =
      R"({"data":{"groups":[],"x":)" + std::string(1000, '[') + std::string(1000, ']') + "}}";
  EXPECT_FALSE(read_groups(body));
}

TEST(ReadGroups, KeepsTheKeyForQueriesAndANameForTheScreen) {
  use_utf8_locale();
  const auto groups =
      read_groups(R"({"data":{"groups":[{"name":"a\u001b[31m\u202e","cpu_cores":0.5},7]}})");
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 1U);
  EXPECT_EQ(groups->front().key, "a\x1b[31m\u202e");
  EXPECT_EQ(groups->front().name, "a\\x1B[31m\uFFFD");
  EXPECT_EQ(groups->front().cpu_cores, 0.5);
  EXPECT_EQ(groups->front().io, std::nullopt);
}

TEST(ReadProcesses, GivesTheTextOfAnError) {
  const auto rows = read_processes(R"({"status":"error","error":"no group \"x\""})");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().text, "no group \"x\"");
}

TEST(ReadAlerts, FindsTheSummary) {
  const auto alerts = read_alerts(
      R"({"data":{"alerts":[{"rule":"R","severity":"critical","state":"firing",
          "active_since":"1970-01-01T00:00:10Z","annotations":{"summary":"s"}}]}})");
  ASSERT_TRUE(alerts);
  EXPECT_EQ(alerts->at(0).summary, "s");
  EXPECT_EQ(alerts->at(0).active_since, 10);
}

TEST(ReadAlerts, FindsWhatToDo) {
  const auto alerts = read_alerts(
      R"({"data":{"alerts":[{"annotations":{"recommendation":"r","command":"c"}},{}]}})");
  ASSERT_TRUE(alerts);
  EXPECT_EQ(alerts->at(0).recommendation, "r");
  EXPECT_EQ(alerts->at(0).command, "c");
  EXPECT_EQ(alerts->at(1).command, "");
}

TEST(ReadFindings, FindsWhatBoundsTheHost) {
  use_utf8_locale();
  const auto findings = read_findings(
      R"({"data":{"bottlenecks":{"state":"bound","summary":"s","list":[{"resource":"io",
          "severity":"info","since":"1970-01-01T00:00:10Z","evidence":"e\u001b[2J",
          "recommendation":"r","command":7},"x"]}}})");
  ASSERT_TRUE(findings);
  EXPECT_EQ(findings->state, "bound");
  EXPECT_EQ(findings->summary, "s");
  ASSERT_EQ(findings->bottlenecks.size(), 1U);
  EXPECT_EQ(findings->bottlenecks[0].resource, "io");
  EXPECT_EQ(findings->bottlenecks[0].since, 10);
  EXPECT_EQ(findings->bottlenecks[0].evidence, "e\\x1B[2J") << "no escape reaches the terminal";
  EXPECT_EQ(findings->bottlenecks[0].recommendation, "r");
  EXPECT_EQ(findings->bottlenecks[0].command, "") << "of another type";
  EXPECT_FALSE(read_findings(R"({"data":{"bottlenecks":{"state":"bound"}}})"));
}

TEST(JoinAnswers, NamesEachAndCanBePlainAscii) {
  const auto joined = join_answers(
      {{"status", R"({"data":{"a":"ö"}})"}, {"groups", R"({"data":{"b":[1]}})"}}, true);
  ASSERT_TRUE(joined);
  EXPECT_EQ(*joined,
            "{\n  \"status\": {\n    \"a\": \"\\u00f6\"\n  },\n  \"groups\": {\n    \"b\": [\n"
            "      1\n    ]\n  }\n}\n");
  EXPECT_EQ(join_answers({{"", R"({"data":{"a":"ö"}})"}}, false).value(), "{\n  \"a\": \"ö\"\n}\n");
}

}  // namespace
}  // namespace perfwatch
