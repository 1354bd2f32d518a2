// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_tree.h"
#include "tests/support/without_root.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

std::string problems_of(std::string_view text) {
  const auto config = parse_config(text, "f.json", {});
  return config ? "accepted" : config.error().text;
}

TEST(ParseConfig, TakesEveryDefaultFromAnEmptyObject) {
  const auto config = parse_config("{}", "f.json", {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->sampling.host.base, 2s);
  EXPECT_EQ(config->accounting.tier, std::nullopt) << "the best that works";
  EXPECT_EQ(config->accounting.ring_bytes, 256U << 10U);
  EXPECT_EQ(config->budget, BudgetLimits{});
  EXPECT_EQ(config->groups.limit, 100U);
  EXPECT_TRUE(config->groups.rules.empty());
  EXPECT_EQ(config->rules.size(), default_rules().size());
  EXPECT_TRUE(config->alerting.alertmanagers.empty());
  EXPECT_EQ(config->web.max_connections, 512U);
}

TEST(ParseConfig, ReadsEveryScalarKey) {
  const auto config = parse_config(R"({
    "sampling": {"interval": "1s", "processes_interval": "500ms", "deadline": "1m30s"},
    "accounting": {"tier": "taskstats", "ring_bytes": "1MiB"},
    "budget": {"cpu_ratio": 0.02, "memory_bytes": "64MiB"},
    "groups": {"limit": 7},
    "alerting": {"labels": {"site": "lab", "area": "b"}, "resend_interval": "30s", "queue_limit": 9},
    "web": {"max_connections": 5, "max_requests_in_flight": 4, "idle_timeout": "3s",
            "request_timeout": "4s"}})",
                                   "f.json", {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->sampling.host.base, 1s);
  EXPECT_EQ(config->sampling.processes.base, 500ms);
  EXPECT_EQ(config->sampling.deadline, 90s);
  EXPECT_EQ(config->accounting.tier, AccountingTier::taskstats);
  EXPECT_EQ(config->accounting.ring_bytes, 1U << 20U);
  EXPECT_EQ(config->budget, (BudgetLimits{0.02, 64U << 20U}));
  EXPECT_EQ(config->groups.limit, 7U);
  EXPECT_EQ(config->alerting.labels, (Labels{{"area", "b"}, {"site", "lab"}})) << "sorted";
  EXPECT_EQ(config->alerting.resend_interval, 30s);
  EXPECT_EQ(config->alerting.queue_limit, 9U);
  EXPECT_EQ(config->web.max_connections, 5U);
  EXPECT_EQ(config->web.max_requests_in_flight, 4U);
  EXPECT_EQ(config->web.idle_timeout, 3s);
  EXPECT_EQ(config->web.request_timeout, 4s);
}

TEST(ParseConfig, ReadsWhatRunsAreRecognisedBy) {
  const auto ordinary = parse_config("{}", "f.json", {});
  ASSERT_TRUE(ordinary) << ordinary.error().text;
  EXPECT_TRUE(ordinary->runs.automatic);
  EXPECT_TRUE(ordinary->runs.markers.empty());
  const auto config = parse_config(R"({"runs": {"automatic": false, "markers": ["MY_JOB"],
    "cgroups": ["/runner.slice/*"], "workers": ["Runner.Worker"]}})",
                                   "f.json", {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_FALSE(config->runs.automatic);
  EXPECT_EQ(config->runs.markers, std::vector<std::string>{"MY_JOB"});
  EXPECT_EQ(config->runs.cgroups, std::vector<std::string>{"/runner.slice/*"});
  EXPECT_EQ(config->runs.workers, std::vector<std::string>{"Runner.Worker"});
}

TEST(ParseConfig, SaysWhatIsWrongWithRuns) {
  EXPECT_EQ(problems_of(R"({"runs": {"markers": ["MY-JOB"]}})"),
            "f.json: /runs/markers/0: \"MY-JOB\" is no name of an environment variable (example: "
            "TEAMCITY_VERSION)");
  EXPECT_EQ(problems_of(R"({"runs": {"cgroups": ["runner.slice"]}})"),
            "f.json: /runs/cgroups/0: \"runner.slice\" is no path of a cgroup (example: "
            "/runner.slice/*)");
  EXPECT_EQ(problems_of(R"({"runs": {"cgroups": ["/a/**"]}})"),
            "f.json: /runs/cgroups/0: \"/a/**\" has **, but a glob is for one depth: give one for "
            "each");
  EXPECT_EQ(problems_of(R"({"runs": {"workers": ["actions-runner-worker"]}})"),
            "f.json: /runs/workers/0: \"actions-runner-worker\" is longer than the kernel keeps: "
            "give its first 15 bytes, \"actions-runner-\"");
}

TEST(ParseConfig, SaysWhatIsWrongWithTierRingAndBudget) {
  EXPECT_EQ(problems_of(R"({"accounting": {"tier": "bpf"}})"),
            "f.json: /accounting/tier: \"bpf\" is not one of auto, ebpf, taskstats, poll");
  EXPECT_EQ(problems_of(R"({"accounting": {"ring_bytes": "100KiB"}})"),
            "f.json: /accounting/ring_bytes: 102400 bytes are not a power of 2 up to 16777216 "
            "(examples: 256KiB, 1MiB)");
  EXPECT_EQ(problems_of(R"({"accounting": {"ring_bytes": "32MiB"}})"),
            "f.json: /accounting/ring_bytes: 33554432 bytes are not a power of 2 up to 16777216 "
            "(examples: 256KiB, 1MiB)");
  EXPECT_EQ(problems_of(R"({"budget": {"cpu_ratio": 0}})"),
            "f.json: /budget/cpu_ratio: 0 is out of range: 0.0001 to 64");
  EXPECT_EQ(problems_of(R"({"budget": {"cpu_ratio": "1%"}})"),
            "f.json: /budget/cpu_ratio: expected a number from 0.0001 to 64, got the text \"1%\"");
  EXPECT_EQ(problems_of(R"({"budget": {"memory_bytes": 32}})"),
            "f.json: /budget/memory_bytes: 32 bytes are too few, the least is 1048576 (was a unit "
            "meant? examples: 512MiB, 2GiB)");
}

TEST(ParseConfig, SuggestsTheNearestKey) {
  EXPECT_EQ(problems_of(R"({"sampling": {"intervall": "2s"}})"),
            "f.json: /sampling/intervall: unknown key, did you mean \"interval\"?");
  EXPECT_EQ(problems_of(R"({"sampilng": {}})"),
            "f.json: /sampilng: unknown key, did you mean \"sampling\"?");
  EXPECT_EQ(problems_of(R"({"web": {"xyzzy": 1}})"),
            "f.json: /web/xyzzy: unknown key; known here: max_connections, "
            "max_requests_in_flight, idle_timeout, request_timeout");
}

TEST(ParseConfig, SaysWhereAMisplacedKeyBelongs) {
  EXPECT_EQ(problems_of(R"({"alertmanagers": []})"),
            "f.json: /alertmanagers: unknown key here, it belongs in \"alerting\"");
  EXPECT_EQ(problems_of(R"({"sampling.interval": "2s"})"),
            "f.json: /sampling.interval: write it nested: {\"sampling\": {\"interval\": ...}}");
}

TEST(ParseConfig, SaysExpectedAndGotForAWrongType) {
  EXPECT_EQ(problems_of("[]"), "f.json: expected an object { ... }, got an empty list");
  EXPECT_EQ(problems_of(R"({"sampling": "2s"})"),
            "f.json: /sampling: expected an object { ... }, got the text \"2s\"");
  EXPECT_EQ(problems_of(R"({"groups": {"limit": "many"}})"),
            "f.json: /groups/limit: expected an integer from 1 to 10000, got the text \"many\"");
  EXPECT_EQ(problems_of(R"({"groups": {"limit": 1.5}})"),
            "f.json: /groups/limit: expected an integer from 1 to 10000, got the number 1.5");
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": null}})"),
            "f.json: /sampling/interval: expected a duration (examples: 500ms, 2s, 1m30s), got "
            "null (leave the key out for its default)");
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": true}})"),
            "f.json: /sampling/interval: expected a duration (examples: 500ms, 2s, 1m30s), got "
            "true");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": {}}})"),
            "f.json: /groups/rules: expected a list [ ... ], got an empty object");
}

TEST(ParseConfig, AsksForTheUnitOfABareNumber) {
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": 5}})"),
            "f.json: /sampling/interval: \"5\" has no unit (examples: 500ms, 2s, 1m30s)");
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": "5"}})"),
            "f.json: /sampling/interval: \"5\" has no unit (examples: 500ms, 2s, 1m30s)");
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": "5 parsecs"}})"),
            "f.json: /sampling/interval: \"5 parsecs\" is not a duration (examples: 500ms, 2s, "
            "1m30s)");
}

TEST(ParseConfig, NamesTheAllowedRange) {
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": "99ms"}})"),
            "f.json: /sampling/interval: \"99ms\" is out of range: 100ms to 1h");
  EXPECT_EQ(problems_of(R"({"sampling": {"interval": "61m"}})"),
            "f.json: /sampling/interval: \"61m\" is out of range: 100ms to 1h");
  EXPECT_EQ(problems_of(R"({"groups": {"limit": 0}})"),
            "f.json: /groups/limit: 0 is out of range: 1 to 10000");
  EXPECT_EQ(problems_of(R"({"groups": {"limit": -1}})"),
            "f.json: /groups/limit: -1 is out of range: 1 to 10000");
  EXPECT_EQ(problems_of(R"({"groups": {"limit": 18446744073709551615}})"),
            "f.json: /groups/limit: 18446744073709551615 is out of range: 1 to 10000");
  EXPECT_EQ(problems_of(R"({"alerting": {"queue_limit": 100001}})"),
            "f.json: /alerting/queue_limit: 100001 is out of range: 1 to 100000");
}

TEST(ParseConfig, RefusesLabelsThatRulesOwnOrPrometheusReserves) {
  EXPECT_EQ(problems_of(R"({"alerting": {"labels": {"alertname": "x", "__a": "y", "ok": 1}}})"),
            "f.json: /alerting/labels/__a: not a label name (letters, digits and _, not beginning "
            "with a digit or __)\n"
            "f.json: /alerting/labels/alertname: this label is set by the rule\n"
            "f.json: /alerting/labels/ok: expected a text, got the number 1");
}

TEST(ParseConfig, CollectsTwentyProblemsAndCountsTheRest) {
  std::string text = "{";
  for (int i = 0; i < 25; ++i) {
    text += std::string(i > 0 ? "," : "") + "\"zzzzzzzz" + std::to_string(i) + "\": 1";
  }
  const auto problems = problems_of(text + "}");
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 20);
  EXPECT_TRUE(problems.ends_with("\n... and 5 more problems")) << problems;
}

TEST(ParseConfig, ReportsProblemsOfFileAndEnvironmentTogether) {
  const auto config = parse_config("{", "f.json", {"PERFWATCH_GROUPS_LIMIT=none"});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::malformed);
  EXPECT_EQ(config.error().text,
            "f.json:1:2: the text ends too early; expected a key in double quotes\n"
            "PERFWATCH_GROUPS_LIMIT: expected an integer from 1 to 10000, got the text \"none\"");
}

TEST(LoadConfig, NeedsNoFile) {
  const auto config = load_config("", {"PERFWATCH_GROUPS_LIMIT=3"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->groups.limit, 3U);
}

TEST(LoadConfig, ReadsAFileAndNamesItInProblems) {
  const test::TempTree tree{{"good.json", "{\"groups\": {\"limit\": 3}} // three\n"},
                            {"bad.json", "{\"x\": 1}"}};
  const auto good = load_config(tree.path() + "/good.json", {});
  ASSERT_TRUE(good) << good.error().text;
  EXPECT_EQ(good->groups.limit, 3U);
  const auto bad = load_config(tree.path() + "/bad.json", {});
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().text.starts_with(tree.path() + "/bad.json: /x: unknown key"))
      << bad.error().text;
}

TEST(LoadConfig, TellsAMissingFileFromADirectoryAndFromADeniedOne) {
  const test::TempTree tree{{"secret.json", "{}"}};
  const auto missing = load_config(tree.path() + "/none.json", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(missing.error().text,
            tree.path() +
                "/none.json: there is no such file (without --config.file everything has its "
                "default)");
  const auto directory = load_config(tree.path(), {});
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().text, tree.path() + ": is a directory, not a file");
  const auto device = load_config("/dev/null", {});
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().text, "/dev/null: is not a regular file");
}

TEST(LoadConfig, SaysWhoMayReadADeniedFile) {
  const test::WithoutRoot rights;
  const test::TempTree tree{{"secret.json", "{}"}};
  std::filesystem::permissions(tree.path() + "/secret.json", std::filesystem::perms::none);
  const auto denied = load_config(tree.path() + "/secret.json", {});
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().kind, ErrorKind::denied);
  const std::string user = std::to_string(::geteuid());
  EXPECT_EQ(denied.error().text, tree.path() + "/secret.json: permission denied (owner " + user +
                                     ", group " + std::to_string(::getegid()) +
                                     ", mode 0000; this is user " + user + ")");
}

TEST(LoadConfig, RefusesAFileBeyondTheLimit) {
  const test::TempTree tree{{"large.json", std::string(kConfigFileLimit + 1, ' ')}};
  const auto large = load_config(tree.path() + "/large.json", {});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().text,
            "reading " + tree.path() + "/large.json: larger than 1048576 bytes");
}

}  // namespace
}  // namespace perfwatch
