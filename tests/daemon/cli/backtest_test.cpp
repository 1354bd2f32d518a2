// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace perfwatch {
namespace {

using Replay = std::function<Result<void>(BacktestInput&, BacktestOutput&)>;

class Backtest : public testing::Test {
 protected:
  std::string replay(const std::string& text, const Replay& with, bool index = false) {
    std::ofstream(in_, std::ios::binary) << text;
    auto input = BacktestInput::open({in_, "", index});
    if (!input) return input.error().text;
    auto output = BacktestOutput::open(out_, input->descriptor());
    if (!output) return output.error().text;
    const auto done = with(*input, *output);
    EXPECT_TRUE(output->finish());
    std::ostringstream got;
    got << std::ifstream(out_).rdbuf();
    return got.str() + (done ? "" : done.error().text.substr(in_.size()));
  }

  std::string in_ = testing::TempDir() + "backtest_in.csv";
  std::string out_ = testing::TempDir() + "backtest_out.csv";
};

ThresholdRule above(double raise, double clear, std::chrono::seconds hold) {
  ThresholdRule rule;
  rule.name = "rule";
  rule.raise = {Bound::Side::above, raise};
  rule.clear = {Bound::Side::below, clear};
  rule.hold = hold;
  rule.summary = rule.description = "text";
  return rule;
}

TEST_F(Backtest, ThresholdTellsTheStateOfEachRow) {
  const auto rule = above(0.9, 0.8, std::chrono::seconds(10));
  const auto got = replay(
      "timestamp,value\n"
      "2023-11-14 22:13:00,0.5\n2023-11-14 22:13:05,0.95\n2023-11-14 22:13:10,0.99\n"
      "2023-11-14 22:13:15,0.91\n2023-11-14 22:13:20,0.85\n2023-11-14 22:13:25,0.7\n",
      [&](auto& input, auto& output) { return replay_threshold(input, output, rule, false); });
  EXPECT_EQ(got,
            "timestamp,value,state\n"
            "2023-11-14 22:13:00,0.5,inactive\n2023-11-14 22:13:05,0.95,pending\n"
            "2023-11-14 22:13:10,0.99,pending\n2023-11-14 22:13:15,0.91,firing\n"
            "2023-11-14 22:13:20,0.85,firing\n2023-11-14 22:13:25,0.7,inactive\n");
}

TEST_F(Backtest, ThresholdJudgesACounterByItsIncrease) {
  auto rule = above(5, 4, std::chrono::seconds(0));
  rule.window = std::chrono::seconds(10);
  const auto got = replay("time,value\n0,0\n10,10\n20,110\n", [&](auto& input, auto& output) {
    return replay_threshold(input, output, rule, true);
  });
  EXPECT_EQ(got, "timestamp,value,state\n0,0,inactive\n10,10,inactive\n20,110,firing\n");
}

TEST_F(Backtest, ThresholdGoesOnWhenTheClockStepsBackAndValuesAreMissing) {
  const auto rule = above(1, 0, std::chrono::seconds(0));
  const auto got = replay(
      "time,value\n100,2\n50,\n50,inf\n4e18,2\n-4e18,-1\n",
      [&](auto& input, auto& output) { return replay_threshold(input, output, rule, false); });
  EXPECT_EQ(got.substr(0, 40), "timestamp,value,state\n100,2,firing\n50,,fi");
}

TEST_F(Backtest, KeepsWhatCameBeforeABadRow) {
  const auto rule = above(1, 0, std::chrono::seconds(0));
  const auto got = replay("time,value\n1,2\n2,x\n", [&](auto& input, auto& output) {
    return replay_threshold(input, output, rule, false);
  });
  EXPECT_EQ(got,
            "timestamp,value,state\n1,2,firing\n"
            ":3: \"x\" is no number; a missing value is an empty field or NaN");
}

TEST_F(Backtest, DoesNotEmptyItsOwnInput) {
  std::ofstream(in_) << "time,value\n1,2\n";
  auto input = BacktestInput::open({in_, "", false});
  ASSERT_TRUE(input);
  const auto output = BacktestOutput::open(in_, input->descriptor());
  ASSERT_FALSE(output);
  EXPECT_NE(output.error().text.find("is the input"), std::string::npos);
  BacktestRow row;
  EXPECT_TRUE(*input->next(row));
}

TEST_F(Backtest, AnomalyHasOneRowForEachRow) {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 500; ++i)
    text += std::to_string(i * 300) + "," + std::to_string(i % 7) + "\n";
  text += "150000,\n";
  const auto got = replay(text, replay_anomalies);
  EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), 502);
  EXPECT_EQ(got.find("timestamp,value,score,alert\n0,0,"), 0U);
  EXPECT_NE(got.find("\n150000,,0,0\n"), std::string::npos);
}

TEST_F(Backtest, ChangePointsAreJson) {
  std::string text = "index,value\n";
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(i) + "," + std::to_string((i < 50 ? 10 : 20) + i % 3) + "\n";
  }
  const auto got = replay(text, replay_change_points, true);
  EXPECT_NE(got.find("\"changepoints\": ["), std::string::npos) << got;
  EXPECT_NE(got.find("\"index\": 50"), std::string::npos) << got;
  EXPECT_EQ(replay("index,value\n", replay_change_points, true), "{\n  \"changepoints\": []\n}\n");
}

TEST_F(Backtest, LeakIsJson) {
  std::string text = "timestamp_seconds,heap_bytes\n";
  for (int i = 0; i < 1200; ++i) {
    text += std::to_string(i) + "," + std::to_string(50'000'000 + i * 100'000) + "\n";
  }
  const auto leaking = replay(text, replay_leak);
  EXPECT_NE(leaking.find("\"leak\": true"), std::string::npos) << leaking;
  const auto short_one = replay("timestamp_seconds,heap_bytes\n0,5\n1,5\n", replay_leak);
  EXPECT_NE(short_one.find("\"leak\": false"), std::string::npos) << short_one;
  EXPECT_NE(short_one.find("not enough data"), std::string::npos) << short_one;
  EXPECT_NE(short_one.find("\"detected_at\": null"), std::string::npos) << short_one;
}

}  // namespace
}  // namespace perfwatch
