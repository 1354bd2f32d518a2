// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/config.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

std::string problems_of(const Environment& environment) {
  const auto config = parse_config("{}", "f.json", environment);
  return config ? "accepted" : config.error().text;
}

TEST(ConfigEnvironment, OverridesTheFile) {
  const auto config = parse_config(
      R"({"sampling": {"interval": "3s"}, "disabled_rules": ["PerfwatchOomKill"],
          "alerting": {"webhooks": [{"url": "http://a/"}]}})",
      "f.json",
      {"HOME=/root", "PERFWATCH_SAMPLING_INTERVAL=5s", "PERFWATCH_GROUPS_LIMIT=20",
       "PERFWATCH_ALERTING_LABELS={\"site\": \"x\"}",
       "PERFWATCH_DISABLED_RULES=[\"PerfwatchSwapStorm\"]",
       "PERFWATCH_ALERTING_WEBHOOKS=[{\"url\": \"http://b/\"}]"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->sampling.host.base, 5s);
  EXPECT_EQ(config->groups.limit, 20U);
  EXPECT_EQ(config->alerting.labels, (Labels{{"site", "x"}}));
  ASSERT_EQ(config->alerting.webhooks.size(), 1U);
  EXPECT_EQ(config->alerting.webhooks[0].url, "http://b/") << "a list is replaced, not appended to";
  bool storm = false;
  bool kill = false;
  for (const auto& rule : config->rules) {
    storm = storm || rule.name == "PerfwatchSwapStorm";
    kill = kill || rule.name == "PerfwatchOomKill";
  }
  EXPECT_FALSE(storm);
  EXPECT_TRUE(kill);
}

TEST(ConfigEnvironment, NamesTheVariableInProblems) {
  EXPECT_EQ(problems_of({"PERFWATCH_SAMPLING_INTERVAL=5 parsecs"}),
            "PERFWATCH_SAMPLING_INTERVAL: \"5 parsecs\" is not a duration (examples: 500ms, 2s, "
            "1m30s)");
  EXPECT_EQ(problems_of({"PERFWATCH_GROUPS_LIMIT=0"}),
            "PERFWATCH_GROUPS_LIMIT: 0 is out of range: 1 to 10000");
  EXPECT_EQ(problems_of({"PERFWATCH_DISABLED_RULES=PerfwatchSwapStorm"}),
            "PERFWATCH_DISABLED_RULES: \"PerfwatchSwapStorm\" is not JSON (example: [\"a\", "
            "\"b\"])");
  EXPECT_EQ(problems_of({"PERFWATCH_ALERTING_LABELS=site=x"}),
            "PERFWATCH_ALERTING_LABELS: \"site=x\" is not JSON (example: {\"site\": \"x\"})");
  EXPECT_EQ(problems_of({"PERFWATCH_GROUPS_RULES=[{\"nmae\": \"x\"}]"}),
            "PERFWATCH_GROUPS_RULES: /0/nmae: unknown key, did you mean \"name\"?");
  EXPECT_EQ(problems_of({"PERFWATCH_GROUPS_RULES=[,]"}),
            "PERFWATCH_GROUPS_RULES:1:2: unexpected ','; expected a value");
}

TEST(ConfigEnvironment, ReadsTierSizesAndNumbersAsText) {
  const auto config =
      parse_config("{}", "f",
                   {"PERFWATCH_ACCOUNTING_TIER=poll", "PERFWATCH_ACCOUNTING_RING_BYTES=262144",
                    "PERFWATCH_BUDGET_CPU_RATIO=0.025", "PERFWATCH_BUDGET_MEMORY_BYTES=48MiB"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->accounting.tier, AccountingTier::poll);
  EXPECT_EQ(config->accounting.ring_bytes, 262144U);
  EXPECT_EQ(config->budget, (BudgetLimits{0.025, 48U << 20U}));
  EXPECT_EQ(problems_of({"PERFWATCH_BUDGET_CPU_RATIO=1%"}),
            "PERFWATCH_BUDGET_CPU_RATIO: expected a number from 0.0001 to 64, got the text \"1%\"");
  EXPECT_EQ(
      problems_of({"PERFWATCH_BUDGET_CPU_RATIO=nan"}),
      "PERFWATCH_BUDGET_CPU_RATIO: expected a number from 0.0001 to 64, got the text \"nan\"");
}

TEST(ConfigEnvironment, ReportsAVariableThatLooksLikeAKey) {
  EXPECT_EQ(problems_of({"PERFWATCH_SAMPLING_INTERVALL=5s"}),
            "PERFWATCH_SAMPLING_INTERVALL: unknown variable, did you mean "
            "PERFWATCH_SAMPLING_INTERVAL?");
  EXPECT_EQ(problems_of({"PERFWATCH_DEADLINE=5s"}),
            "PERFWATCH_DEADLINE: unknown variable, did you mean PERFWATCH_SAMPLING_DEADLINE?");
  EXPECT_EQ(problems_of({"PERFWATCH_DISABLE_RULES=[]"}),
            "PERFWATCH_DISABLE_RULES: unknown variable, did you mean PERFWATCH_DISABLED_RULES?");
  EXPECT_EQ(problems_of({"PERFWATCH_GROUPS_ZZZZZZZZZZZZ=1"}),
            "PERFWATCH_GROUPS_ZZZZZZZZZZZZ: unknown variable; known here: PERFWATCH_GROUPS_LIMIT, "
            "PERFWATCH_GROUPS_RULES");
}

TEST(ConfigEnvironment, LeavesOthersVariablesAlone) {
  EXPECT_EQ(problems_of({"PERFWATCH_ADDRESS=127.0.0.1:1", "PERFWATCH_TEST_SAMPLING_INTERVALL=1",
                         "PERFWATCH_ROOT=/x", "PERFWATCH_BIN=/y", "PERFWATCH_SANITIZE=thread",
                         "PERFWATCH_FUZZ_SECONDS=1", "PERFWATCH_SAMPLING_INTERVAL", "PERFWATCH_=1",
                         "perfwatch_sampling_intervall=1"}),
            "accepted");
  // What Kubernetes sets in every pod beside a service called "perfwatch".
  EXPECT_EQ(problems_of({"PERFWATCH_SERVICE_HOST=10.0.0.1", "PERFWATCH_SERVICE_PORT=10117",
                         "PERFWATCH_PORT=tcp://10.0.0.1:10117",
                         "PERFWATCH_PORT_10117_TCP=tcp://10.0.0.1:10117",
                         "PERFWATCH_PORT_10117_TCP_PROTO=tcp", "PERFWATCH_PORT_10117_TCP_PORT=1",
                         "PERFWATCH_PORT_10117_TCP_ADDR=10.0.0.1"}),
            "accepted");
}

TEST(ConfigEnvironment, TakesAnEmptyValueAsNotSet) {
  EXPECT_EQ(problems_of({"PERFWATCH_SAMPLING_INTERVAL=", "PERFWATCH_RULES="}), "accepted");
}

TEST(ConfigEnvironment, TakesTheFirstOfTwoAsGetenvDoes) {
  const auto config =
      parse_config("{}", "f", {"PERFWATCH_GROUPS_LIMIT=1", "PERFWATCH_GROUPS_LIMIT=2"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->groups.limit, 1U);
}

}  // namespace
}  // namespace perfwatch
