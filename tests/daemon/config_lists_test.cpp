// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/config.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string problems_of(std::string_view text) {
  const auto config = parse_config(text, "f.json", {});
  return config ? "accepted" : config.error().text;
}

Config parsed(std::string_view text) {
  auto config = parse_config(text, "f.json", {});
  EXPECT_TRUE(config) << config.error().text;
  return config ? std::move(*config) : Config{};
}

const Rule* find(const Config& config, std::string_view name) {
  const auto rule = std::find_if(config.rules.begin(), config.rules.end(),
                                 [&](const auto& r) { return r.name == name; });
  return rule == config.rules.end() ? nullptr : &*rule;
}

TEST(GroupRulesInConfig, ReadEveryField) {
  const auto config = parsed(R"x({"groups": {"rules": [
    {"name": "{{.Matches.tool}}", "comm": ["cc1plus"], "exe": ["/usr/bin/ld"],
     "cmdline": ["-j(?P<tool>\\d+)"], "cgroup": ["system\\.slice"], "user": ["ci", "1000"],
     "memory_limit": "2GiB", "pss": true},
    {"memory_limit": 1048576}]}})x");
  ASSERT_EQ(config.groups.rules.size(), 2U);
  const auto& rule = config.groups.rules[0];
  EXPECT_EQ(rule.name, "{{.Matches.tool}}");
  EXPECT_EQ(rule.comm, std::vector<std::string>{"cc1plus"});
  EXPECT_EQ(rule.exe, std::vector<std::string>{"/usr/bin/ld"});
  EXPECT_EQ(rule.cmdline, std::vector<std::string>{"-j(?P<tool>\\d+)"});
  EXPECT_EQ(rule.cgroup, std::vector<std::string>{"system\\.slice"});
  EXPECT_EQ(rule.user, (std::vector<std::string>{"ci", "1000"}));
  EXPECT_EQ(rule.memory_limit_bytes, 2147483648U);
  EXPECT_TRUE(rule.pss);
  EXPECT_FALSE(config.groups.rules[1].pss);
  EXPECT_EQ(config.groups.rules[1].name, "{{.Comm}}");
  EXPECT_EQ(config.groups.rules[1].memory_limit_bytes, 1048576U);
}

TEST(GroupRulesInConfig, SayWhatIsWrongWithThem) {
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": ["a"], "pss": "yes"}]}})"),
            "f.json: /groups/rules/0/pss: expected true or false, got the text \"yes\"");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": "gcc"}]}})"),
            "f.json: /groups/rules/0/comm: expected a list of texts, got the text \"gcc\" (put it "
            "in brackets: [\"gcc\"])");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": ["a", 5, ""]}]}})"),
            "f.json: /groups/rules/0/comm/1: expected a text, got the number 5\n"
            "f.json: /groups/rules/0/comm/2: is empty");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [7]}})"),
            "f.json: /groups/rules/0: expected an object { ... }, got the number 7");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": ["a"], "memory_limit": "2G"}]}})"),
            "f.json: /groups/rules/0/memory_limit: \"2G\" is not a size (examples: 512MiB, 1.5GB, "
            "2GiB, or a number of bytes)");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": ["a"], "memory_limit": 2}]}})"),
            "f.json: /groups/rules/0/memory_limit: 2 bytes are too few, the least is 1048576 (was "
            "a unit meant? examples: 512MiB, 2GiB)");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": ["a\u0007"]}]}})"),
            "f.json: /groups/rules/0/comm/0: \"a\\x07\" has a control character in it");
}

TEST(GroupRulesInConfig, AreCompiledAndEveryBadOneIsNamed) {
  const auto problems = problems_of(R"({"groups": {"rules": [
    {"cmdline": ["ok", "(foo"]}, {"name": "{{.PID}}", "comm": ["x"]}]}})");
  EXPECT_TRUE(problems.starts_with("f.json: /groups/rules/0/cmdline/1: missing )")) << problems;
  EXPECT_NE(problems.find("\nf.json: /groups/rules/1/name: {{.PID}} is refused"), std::string::npos)
      << problems;
}

TEST(GroupRulesInConfig, MayNotBeHiddenBehindOneThatMatchesEverything) {
  EXPECT_EQ(
      problems_of(R"({"groups": {"rules": [{"name": "all"}, {"comm": ["x"]}]}})"),
      "f.json: /groups/rules/0: without comm, exe, cmdline, cgroup or user this matches every "
      "process, so the rules after it never match (move it to the end)");
  EXPECT_EQ(problems_of(R"({"groups": {"rules": [{"comm": ["x"]}, {"name": "all"}]}})"),
            "accepted");
}

TEST(RulesInConfig, ReadEveryField) {
  const auto config = parsed(R"({"rules": [{
    "name": "LinkersSwapped", "metric": "perfwatch_group_memory_swapped_bytes",
    "labels": {"group": "ld|lld"}, "divided_by": "perfwatch_memory_total_bytes", "window": "2m",
    "raise": {"above": 0.5}, "clear": {"below": 0.25}, "for": "3m", "keep_firing_for": "4m",
    "severity": "critical", "summary": "s {{ $value }}", "description": "d\ne",
    "runbook_url": "https://r"}]})");
  const auto* rule = find(config, "LinkersSwapped");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule, &config.rules.back()) << "after those that ship";
  EXPECT_EQ(rule->metric, "perfwatch_group_memory_swapped_bytes");
  ASSERT_EQ(rule->labels.size(), 1U);
  EXPECT_EQ(rule->labels[0].name, "group");
  EXPECT_EQ(rule->labels[0].pattern, "ld|lld");
  EXPECT_EQ(rule->divided_by, "perfwatch_memory_total_bytes");
  EXPECT_EQ(rule->window, 2min);
  EXPECT_EQ(rule->raise.side, Bound::Side::above);
  EXPECT_EQ(rule->raise.value, 0.5);
  EXPECT_EQ(rule->clear.side, Bound::Side::below);
  EXPECT_EQ(rule->clear.value, 0.25);
  EXPECT_EQ(rule->hold, 3min);
  EXPECT_EQ(rule->keep_firing_for, 4min);
  EXPECT_EQ(rule->severity, Severity::critical);
  EXPECT_EQ(rule->summary, "s {{ $value }}");
  EXPECT_EQ(rule->description, "d\ne");
  EXPECT_EQ(rule->runbook_url, "https://r");
}

TEST(RulesInConfig, OfOtherKindsHaveLevelsOfTheirOwn) {
  const auto config = parsed(R"({"rules": [
    {"name": "SwapLeak", "kind": "leak", "metric": "perfwatch_group_memory_swapped_bytes",
     "footprint": "perfwatch_group_memory_resident_bytes", "room": "perfwatch_swap_free_bytes",
     "smallest_growth": 5000, "patience": "4m", "longest_patience": "1h"},
    {"name": "OddLoad", "kind": "anomaly", "metric": "perfwatch_load_average", "alert": false,
     "warm_up": 300, "rest": 30},
    {"name": "SwapEnds", "kind": "trend", "metric": "perfwatch_swap_free_bytes", "over": "2h",
     "limit": 0, "smallest_change": 1e6, "raise": {"below": 600}, "clear": {"above": 900}}]})");
  const auto* leak = find(config, "SwapLeak");
  ASSERT_NE(leak, nullptr);
  EXPECT_EQ(leak->kind, RuleKind::leak);
  EXPECT_EQ(leak->raise.value, kAnyLeak);
  EXPECT_EQ(leak->clear.value, 0);
  EXPECT_EQ(leak->footprint, "perfwatch_group_memory_resident_bytes");
  EXPECT_EQ(leak->room, "perfwatch_swap_free_bytes");
  EXPECT_EQ(leak->leak.smallest_growth, 5000);
  EXPECT_EQ(leak->leak.patience, 240);
  EXPECT_EQ(leak->leak.longest_patience, 3600);
  EXPECT_TRUE(leak->notifies);
  const auto* odd = find(config, "OddLoad");
  ASSERT_NE(odd, nullptr);
  EXPECT_EQ(odd->kind, RuleKind::anomaly);
  EXPECT_EQ(odd->raise.value, 0.5);
  EXPECT_FALSE(odd->notifies);
  EXPECT_EQ(odd->anomaly.warm_up_rows, 300U);
  EXPECT_EQ(odd->anomaly.rest_rows, 30U);
  const auto* trend = find(config, "SwapEnds");
  ASSERT_NE(trend, nullptr);
  EXPECT_EQ(trend->over, 2h);
  EXPECT_EQ(trend->limit, 0);
  EXPECT_EQ(trend->smallest_change, 1e6);
}

TEST(RulesInConfig, OfOtherKindsAreCheckedToo) {
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "A", "kind": "leaks", "metric": "m"}]})"),
            "f.json: /rules/0: \"raise\" is missing\n"
            "f.json: /rules/0: \"clear\" is missing\n"
            "f.json: /rules/0/kind: \"leaks\" is not one of threshold, trend, leak, anomaly");
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "A", "kind": "trend", "metric": "m"}]})"),
            "f.json: /rules/0: \"raise\" is missing\n"
            "f.json: /rules/0: \"clear\" is missing");
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "A", "kind": "anomaly", "metric": "m",
                           "raise": {"above": 2}, "clear": {"below": 1}}]})"),
            "f.json: /rules/0/raise: is a score, at most 1");
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "A", "kind": "leak", "metric": "m", "limit": 5}]})"),
            "f.json: /rules/0/limit: is for the kind trend only");
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "A", "kind": "anomaly", "metric": "m",
                           "warm_up": 5}]})"),
            "f.json: /rules/0/warm_up: 5 is out of range: 10 to 100000");
}

TEST(RulesInConfig, ChangeAShippedRuleInPart) {
  const auto shipped = parsed("{}");
  const auto config = parsed(R"({"rules": [{"name": "PerfwatchFilesystemNearlyFull",
    "raise": {"below": 0.02}, "clear": {"above": 0.03}}]})");
  ASSERT_EQ(config.rules.size(), shipped.rules.size());
  const auto* before = find(shipped, "PerfwatchFilesystemNearlyFull");
  const auto* after = find(config, "PerfwatchFilesystemNearlyFull");
  ASSERT_TRUE(before != nullptr && after != nullptr);
  EXPECT_EQ(after->raise.value, 0.02);
  EXPECT_EQ(after->clear.value, 0.03);
  EXPECT_EQ(after->metric, before->metric);
  EXPECT_EQ(after->summary, before->summary);
  EXPECT_EQ(after - config.rules.data(), before - shipped.rules.data()) << "in its place";
}

TEST(RulesInConfig, MustBeCompleteWhenTheyAreNew) {
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "Mine"}]})"),
            "f.json: /rules/0: \"metric\" is missing\n"
            "f.json: /rules/0: \"raise\" is missing\n"
            "f.json: /rules/0: \"clear\" is missing");
  EXPECT_EQ(problems_of(R"({"rules": [{}]})").substr(0, 37),
            "f.json: /rules/0: \"name\" is missing\nf");
}

TEST(RulesInConfig, HaveExactlyOneSideInABound) {
  const auto with_raise = [](std::string raise) {
    return problems_of(
        R"({"rules": [{"name": "A", "metric": "m", "clear": {"below": 1}, "raise": )" + raise +
        "}]}");
  };
  const std::string expected =
      "f.json: /rules/0/raise: expected exactly one of {\"above\": number} and {\"below\": "
      "number}, got ";
  EXPECT_EQ(with_raise("5"), expected + "the number 5");
  EXPECT_EQ(with_raise("{}"), expected + "an empty object");
  EXPECT_EQ(with_raise(R"({"over": 5})"), expected + "an object with the key \"over\"");
  EXPECT_EQ(with_raise(R"({"above": 5, "below": 6})"), expected + "an object with 2 keys");
  EXPECT_EQ(with_raise(R"({"above": "90%"})"),
            "f.json: /rules/0/raise/above: expected a number, got the text \"90%\" (90 % is "
            "written 0.9, 2 GiB is 2147483648)");
}

TEST(RulesInConfig, KnowThreeSeverities) {
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "PerfwatchSwapStorm", "severity": "panic"}]})"),
            "f.json: /rules/0/severity: \"panic\" is not one of info, warning, critical");
}

TEST(RulesInConfig, AreCompiledAndEveryBadOneIsNamed) {
  EXPECT_EQ(problems_of(R"({"rules": [
              {"name": "A", "metric": "m", "raise": {"above": 0.9}, "clear": {"below": 0.95}},
              {"name": "B", "metric": "m", "raise": {"above": 1}, "clear": {"above": 0}}]})"),
            "f.json: /rules/0/clear: must be below raise (0.9)\n"
            "f.json: /rules/1/clear: must be \"below\", because raise is \"above\"");
  const auto regex = problems_of(R"({"rules": [{"name": "A", "metric": "m", "raise": {"above": 1},
    "clear": {"below": 0}, "labels": {"group": "(x"}}]})");
  EXPECT_TRUE(regex.starts_with("f.json: /rules/0/labels/group: ")) << regex;
}

TEST(RulesInConfig, HaveNamesOfTheirOwn) {
  EXPECT_EQ(problems_of(R"({"rules": [{"name": "PerfwatchSwapStorm"},
                                      {"name": "PerfwatchSwapStorm"}]})"),
            "f.json: /rules/1: the name \"PerfwatchSwapStorm\" is taken by /rules/0");
}

TEST(DisabledRules, LeaveOutShippedAndOwnRules) {
  const auto config = parsed(R"({"disabled_rules": ["PerfwatchSwapStorm", "Mine"], "rules": [
    {"name": "Mine", "metric": "m", "raise": {"above": 1}, "clear": {"below": 0}}]})");
  EXPECT_EQ(find(config, "PerfwatchSwapStorm"), nullptr);
  EXPECT_EQ(find(config, "Mine"), nullptr);
  EXPECT_NE(find(config, "PerfwatchOomKill"), nullptr);
}

TEST(DisabledRules, AreRefusedWhenThereIsNoSuchRule) {
  EXPECT_EQ(problems_of(R"({"disabled_rules": ["PerfwatchSwapStrom"]})"),
            "f.json: /disabled_rules/0: there is no rule \"PerfwatchSwapStrom\", did you mean "
            "\"PerfwatchSwapStorm\"?");
}

TEST(AlertTargets, AreNamedByHostAndPort) {
  const auto config = parsed(R"({"alerting": {
    "alertmanagers": [{"url": "http://user:secret@a:9093/prefix/"}, {"url": "https://b"}],
    "webhooks": [{"url": "http://c/hook?x=1", "name": "ops", "timeout": "3s"}]}})");
  ASSERT_EQ(config.alerting.alertmanagers.size(), 2U);
  EXPECT_EQ(config.alerting.alertmanagers[0].name, "a:9093");
  EXPECT_EQ(config.alerting.alertmanagers[0].url, "http://user:secret@a:9093/prefix");
  EXPECT_EQ(config.alerting.alertmanagers[0].timeout, 10s);
  EXPECT_EQ(config.alerting.alertmanagers[1].name, "b:443");
  ASSERT_EQ(config.alerting.webhooks.size(), 1U);
  EXPECT_EQ(config.alerting.webhooks[0].url, "http://c/hook?x=1");
  EXPECT_EQ(config.alerting.webhooks[0].name, "ops");
  EXPECT_EQ(config.alerting.webhooks[0].timeout, 3s);
}

TEST(AlertTargets, NeedAUrlThatIsOne) {
  const auto with_url = [](std::string_view url) {
    return problems_of("{\"alerting\": {\"alertmanagers\": [{\"url\": \"" + std::string(url) +
                       "\"}]}}");
  };
  const std::string where = "f.json: /alerting/alertmanagers/0/url: ";
  EXPECT_EQ(problems_of(R"({"alerting": {"alertmanagers": [{}]}})"),
            "f.json: /alerting/alertmanagers/0: \"url\" is missing");
  EXPECT_EQ(with_url("127.0.0.1:9093"),
            where +
                "\"127.0.0.1:9093\" is not an http(s) URL: it must begin with http:// or "
                "https:// (example: http://127.0.0.1:9093)");
  EXPECT_EQ(with_url("http://a/?x"), where + "the URL of an Alertmanager has no query (?...)");
  EXPECT_EQ(with_url("http://a/api/v2/alerts"),
            where + "leave the /api/... part out, perfwatch appends /api/v2/alerts");
}

TEST(AlertTargets, NeverShowAPassword) {
  const auto problems =
      problems_of(R"({"alerting": {"webhooks": [{"url": "http://me:hunter2@a:99999/"}]}})");
  EXPECT_EQ(problems,
            "f.json: /alerting/webhooks/0/url: the URL is not an http(s) URL: the port must be 1 "
            "to 65535 (in a password / is written %2F, ? %3F, # %23, @ %40) (example: "
            "http://127.0.0.1:9093)");
}

TEST(BaselineSourceKey, IsABaseUrlOrNothing) {
  const auto source = [](const std::string& url) {
    return parse_config(R"({"baseline": {"source": ")" + url + R"("}})", "f.json", {});
  };
  EXPECT_EQ(source("")->baseline.source, "");
  EXPECT_EQ(source("https://u:p%2Fw@host/prefix/")->baseline.source, "https://u:p%2Fw@host/prefix");
  const auto problem = [&](const std::string& url) { return source(url).error().text; };
  EXPECT_EQ(problem("prometheus:9090"),
            "f.json: /baseline/source: \"prometheus:9090\" is not an http(s) URL: it must begin "
            "with http:// or https:// (example: http://127.0.0.1:9090)");
  EXPECT_THAT(problem("http://h/api/v1/query"), HasSubstr("perfwatch appends /api/v1/query"));
  EXPECT_THAT(problem("http://h/?a=b"), HasSubstr("has no query"));
  for (const char* secret : {"http://ci:hu/sh@host", "http://ci:1234/hush@host", "http://u:hu?sh@h",
                             "http://u:hu#sh@h"}) {
    EXPECT_THAT(problem(secret), AllOf(HasSubstr("%2F"), Not(HasSubstr("sh@")))) << secret;
  }
}

TEST(AlertTargets, HaveNamesOfTheirOwn) {
  EXPECT_EQ(problems_of(R"({"alerting": {"alertmanagers": [{"url": "http://a:1/x"}],
                            "webhooks": [{"url": "http://a:1/y"}]}})"),
            "f.json: /alerting/webhooks/0: the name \"a:1\" is taken by /alerting/alertmanagers/0 "
            "(give one of them another \"name\")");
}

}  // namespace
}  // namespace perfwatch
