// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "daemon/config.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

std::string with(const std::string& keys) { return R"({"sampling": {)" + keys + "}}"; }

IntervalBounds bounds_of(const std::string& keys) {
  const auto config = parse_config(with(keys), "f.json", {});
  EXPECT_TRUE(config) << config.error().text;
  return config ? config->sampling.host : IntervalBounds{};
}

std::string problems_of(const std::string& keys, const Environment& environment = {}) {
  const auto config = parse_config(with(keys), "f.json", environment);
  return config ? "accepted" : config.error().text;
}

TEST(ConfigIntervals, AreAdaptiveFromHalfASecondToFifteen) {
  const auto config = parse_config("{}", "f.json", {});
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->sampling.adaptive);
  EXPECT_EQ(config->sampling.host, (IntervalBounds{500ms, 2s, 15s}));
  EXPECT_EQ(config->sampling.processes, (IntervalBounds{500ms, 2s, 15s}));
}

TEST(ConfigIntervals, AreReadForHostAndProcesses) {
  const auto config =
      parse_config(with(R"("adaptive": false, "minimum_interval": "200ms", "interval": "1s",
              "maximum_interval": "10s", "processes_minimum_interval": "1s",
              "processes_interval": "5s", "processes_maximum_interval": "1m")"),
                   "f.json", {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_FALSE(config->sampling.adaptive);
  EXPECT_EQ(config->sampling.host, (IntervalBounds{200ms, 1s, 10s}));
  EXPECT_EQ(config->sampling.processes, (IntervalBounds{1s, 5s, 60s}));
}

TEST(ConfigIntervals, BoundsThatAreNotGivenFollowTheBase) {
  EXPECT_EQ(bounds_of(R"("interval": "10s")"), (IntervalBounds{500ms, 10s, 15s}));
  EXPECT_EQ(bounds_of(R"("interval": "1m")"), (IntervalBounds{500ms, 60s, 60s}));
  EXPECT_EQ(bounds_of(R"("interval": "200ms")"), (IntervalBounds{200ms, 200ms, 15s}));
}

TEST(ConfigIntervals, ABaseThatIsNotGivenFollowsTheBounds) {
  EXPECT_EQ(bounds_of(R"("maximum_interval": "1s")"), (IntervalBounds{500ms, 1s, 1s}));
  EXPECT_EQ(bounds_of(R"("minimum_interval": "5s")"), (IntervalBounds{5s, 5s, 15s}));
  EXPECT_EQ(bounds_of(R"("minimum_interval": "30s")"), (IntervalBounds{30s, 30s, 30s}));
  EXPECT_EQ(bounds_of(R"("maximum_interval": "200ms")"), (IntervalBounds{200ms, 200ms, 200ms}));
}

TEST(ConfigIntervals, MayAllBeTheSame) {
  EXPECT_EQ(bounds_of(R"("minimum_interval": "3s", "interval": "3s", "maximum_interval": "3s")"),
            (IntervalBounds{3s, 3s, 3s}));
}

TEST(ConfigIntervals, ThatContradictEachOtherAreRefusedWithBoth) {
  EXPECT_EQ(problems_of(R"("minimum_interval": "5s", "interval": "2s")"),
            "f.json: /sampling/minimum_interval: 5s is longer than sampling.interval, 2s");
  EXPECT_EQ(problems_of(R"("maximum_interval": "1s", "interval": "2s")"),
            "f.json: /sampling/maximum_interval: 1s is shorter than sampling.interval, 2s");
  EXPECT_EQ(problems_of(R"("minimum_interval": "5s", "maximum_interval": "1s")"),
            "f.json: /sampling/minimum_interval: 5s is longer than sampling.maximum_interval, 1s");
  EXPECT_EQ(problems_of(R"("processes_maximum_interval": "1s", "processes_interval": "2s")"),
            "f.json: /sampling/processes_maximum_interval: 1s is shorter than "
            "sampling.processes_interval, 2s");
  EXPECT_EQ(problems_of(R"("interval": "2s")", {"PERFWATCH_SAMPLING_MAXIMUM_INTERVAL=1s"}),
            "PERFWATCH_SAMPLING_MAXIMUM_INTERVAL: 1s is shorter than sampling.interval, 2s");
}

TEST(ConfigIntervals, HaveLimitsOfTheirOwn) {
  EXPECT_EQ(problems_of(R"("minimum_interval": "10ms")"),
            "f.json: /sampling/minimum_interval: \"10ms\" is out of range: 100ms to 1h");
  EXPECT_EQ(problems_of(R"("maximum_interval": "2h")"),
            "f.json: /sampling/maximum_interval: \"2h\" is out of range: 100ms to 1h");
  EXPECT_EQ(problems_of(R"("adaptive": "no")"),
            "f.json: /sampling/adaptive: expected true or false, got the text \"no\"");
}

TEST(ConfigIntervals, AreSwitchedByTheEnvironment) {
  const auto config = parse_config("{}", "f.json", {"PERFWATCH_SAMPLING_ADAPTIVE=false"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_FALSE(config->sampling.adaptive);
  EXPECT_EQ(problems_of("", {"PERFWATCH_SAMPLING_ADAPTIVE=0"}),
            "PERFWATCH_SAMPLING_ADAPTIVE: expected true or false, got the text \"0\"");
}

}  // namespace
}  // namespace perfwatch
