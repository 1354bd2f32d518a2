// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using Replay = std::function<Result<void>(BacktestInput&, BacktestOutput&)>;

class Backtest : public testing::Test {
 protected:
  std::string replay(const std::string& text, const Replay& with, bool index = false) {
    std::ofstream(in_, std::ios::binary) << text;
    auto input = BacktestInput::open({in_, "", index, true, {}});
    if (!input) return input.error().text;
    auto output = BacktestOutput::open(out_, input->descriptor());
    if (!output) return output.error().text;
    const auto done = with(*input, *output);
    EXPECT_TRUE(output->finish());
    std::ostringstream got;
    got << std::ifstream(out_).rdbuf();
    return got.str() + (done ? "" : done.error().text.substr(in_.size()));
  }

  test::TempTree tree_;
  std::string in_ = tree_.path() + "/in.csv";
  std::string out_ = tree_.path() + "/out.csv";
};

Rule above(double raise, double clear, std::chrono::seconds hold) {
  Rule rule;
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
      "time,value\n100,2\n50,\n50,inf\n9e10,2\n-4e18,-1\n",
      [&](auto& input, auto& output) { return replay_threshold(input, output, rule, false); });
  EXPECT_EQ(got,
            "timestamp,value,state\n100,2,firing\n50,,firing\n50,inf,firing\n9e10,2,firing\n"
            "-4e18,-1,inactive\n");
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
  auto input = BacktestInput::open({in_, {}, false, false, {}});
  ASSERT_TRUE(input);
  const auto output = BacktestOutput::open(in_, input->descriptor());
  ASSERT_FALSE(output);
  EXPECT_NE(output.error().text.find("is the input"), std::string::npos);
  BacktestRow row;
  EXPECT_TRUE(*input->next(row));
}

TEST_F(Backtest, LeavesTheOldOutputWhenTheInputHasABadRowAndNothingWasSaid) {
  std::ofstream(out_) << "the answer of yesterday\n, and more of it";
  const auto leak = [](auto& input, auto& output) { return replay_leak(input, output); };
  EXPECT_EQ(replay("time,value\n1,x\n", leak).substr(0, 23), "the answer of yesterday");
  EXPECT_EQ(replay("time,value\n1,2\n", leak).substr(0, 1), "{");
  EXPECT_EQ(replay("time,value\n1,2\n", leak).find("yesterday"), std::string::npos);
}

Result<void> anomalies(BacktestInput& input, BacktestOutput& output) {
  return replay_anomalies(input, output);
}
Result<void> change_points(BacktestInput& input, BacktestOutput& output) {
  return replay_change_points(input, output);
}
Result<void> leak(BacktestInput& input, BacktestOutput& output) {
  return replay_leak(input, output);
}

TEST_F(Backtest, AnomalyHasOneRowForEachRow) {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 500; ++i)
    text += std::to_string(i * 300) + "," + std::to_string(i % 7) + "\n";
  text += "150000,\n";
  const auto got = replay(text, anomalies);
  EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), 502);
  EXPECT_EQ(got.find("timestamp,value,score,alert\n0,0,"), 0U);
  EXPECT_NE(got.find("\n150000,,0,0\n"), std::string::npos);
}

TEST_F(Backtest, AnomalyAlertsAtASpikeAndCopiesTimesAndValuesAsTheyStand) {
  std::string text = "date,value\r\n";
  for (int i = 0; i < 300; ++i) {
    text += "2023-11-14 22:13:" + std::to_string(10 + i % 50) + ".50," +
            (i == 250 ? "900" : std::to_string(i % 7) + ".0") + "\r\n";
  }
  const auto got = replay(text, anomalies);
  EXPECT_NE(got.find("\n2023-11-14 22:13:10.50,0.0,"), std::string::npos) << got.substr(0, 200);
  const auto spike = got.find(",900,");
  ASSERT_NE(spike, std::string::npos);
  EXPECT_EQ(got.substr(got.find('\n', spike) - 2, 3), ",1\n");
  EXPECT_EQ(std::count(got.begin(), got.end(), '\r'), 0);
}

TEST_F(Backtest, AnomalyTakesConstantsGapsAndClocksThatStepBack) {
  std::string text = "time,value\n";
  for (int i = 0; i < 400; ++i) {
    const int time = i < 200 ? 300 * i : 300 * i - (i % 2 == 0 ? 50'000 : -10'000'000);
    text += std::to_string(time) + (i % 10 == 3 ? ",nan\n" : i % 10 == 4 ? ",inf\n" : ",5\n");
  }
  const auto got = replay(text, anomalies);
  EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), 401);
  EXPECT_EQ(got.find(",1\n"), std::string::npos) << "nothing to alert about";
}

TEST_F(Backtest, AnomalyLooksAtNoLaterRow) {
  std::string text = "time,value\n";
  std::string at_half;
  for (int i = 0; i < 600; ++i) {
    text +=
        std::to_string(300 * i) + "," + std::to_string((i * i) % 17 + (i > 400 ? 90 : 0)) + "\n";
    if (i == 300) at_half = replay(text, anomalies);
  }
  EXPECT_TRUE(replay(text, anomalies).starts_with(at_half));
}

// Rows that come through a pipe are answered before the next one is there.
TEST_F(Backtest, AnswersAPipeRowByRow) {
  std::array<int, 2> in{}, out{};
  ASSERT_EQ(::pipe(in.data()), 0);
  ASSERT_EQ(::pipe(out.data()), 0);
  const std::string header = "time,value\n1,2\n";
  ASSERT_EQ(::write(in[1], header.data(), header.size()), static_cast<ssize_t>(header.size()));
  auto input =
      BacktestInput::open({"/proc/self/fd/" + std::to_string(in[0]), {}, false, false, {}});
  ASSERT_TRUE(input) << input.error().text;
  auto output = BacktestOutput::open("/proc/self/fd/" + std::to_string(out[1]), -1);
  ASSERT_TRUE(output) << output.error().text;
  int rows = 0;
  const auto take = [&](const BacktestRow& row) -> Result<void> {
    std::array<char, 64> heard{};
    if (rows > 0) {
      EXPECT_GT(::read(out[0], heard.data(), heard.size()), 0) << "blocks for ever if it fails";
    }
    output->add(row.value_text);
    if (++rows == 3) {
      ::close(in[1]);
      return output->row_ended();
    }
    EXPECT_EQ(::write(in[1], "2,3\n", 4), 4);
    return output->row_ended();
  };
  EXPECT_TRUE(each_row(*input, *output, take));
  EXPECT_EQ(rows, 3);
  for (const int file : {in[0], out[0], out[1]}) ::close(file);
}

TEST_F(Backtest, ChangePointsAreJson) {
  std::string text = "index,value\n";
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(i) + "," + std::to_string((i < 50 ? 10 : 20) + i % 3) + "\n";
  }
  const auto got = nlohmann::json::parse(replay(text, change_points, true));
  EXPECT_EQ(got.size(), 1U);
  const auto& found = got.at("changepoints");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].size(), 4U);
  EXPECT_EQ(found[0].at("index"), 50);
  EXPECT_NEAR(found[0].at("before").get<double>(), 11, 0.5);
  EXPECT_NEAR(found[0].at("after").get<double>(), 21, 0.5);
  EXPECT_GT(found[0].at("confidence").get<double>(), 0.9);
  EXPECT_EQ(replay("index,value\n", change_points, true), "{\n  \"changepoints\": []\n}\n");
}

TEST_F(Backtest, ChangePointsSayWhichRowIsOneTooMany) {
  std::string text = "index,value\n";
  for (std::size_t i = 0; i <= kMostRows; ++i) text += "1,2\n";
  EXPECT_EQ(replay(text, change_points, true),
            ":1000002: more than 1000000 rows: average them first");
}

TEST_F(Backtest, ChangePointsCountRowsWithoutAValue) {
  std::string text = "index,value\n";
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(i) + ",";
    if (i % 4 != 1) text += std::to_string((i < 60 ? 10 : 20) + i % 3);
    text += "\n";
  }
  const auto got = nlohmann::json::parse(replay(text, change_points, true));
  ASSERT_EQ(got["changepoints"].size(), 1U);
  EXPECT_EQ(got["changepoints"][0]["index"], 60);
}

std::string growing(int rows, const std::string& column = "heap_bytes") {
  std::string text = "timestamp_seconds," + column + "\n";
  for (int i = 0; i < rows; ++i) {
    text += std::to_string(i) + ".5," + std::to_string(50'000'000 + i * 100'000) + "\n";
  }
  return text;
}

TEST_F(Backtest, LeakIsJson) {
  const auto leaking = nlohmann::json::parse(replay(growing(1200), leak));
  EXPECT_EQ(leaking.size(), 5U);
  EXPECT_EQ(leaking.at("leak"), true);
  EXPECT_EQ(leaking.at("verdict"), "leak");
  EXPECT_GT(leaking.at("detected_at"), 100);
  EXPECT_LT(leaking.at("detected_at"), 600);
  EXPECT_LT(leaking.at("onset"), 60);
  EXPECT_NEAR(leaking.at("rate_bytes_per_second").get<double>(), 100'000, 1000);

  const auto brief =
      nlohmann::json::parse(replay("timestamp_seconds,heap_bytes\n0,5\n1,5\n", leak));
  EXPECT_EQ(brief, nlohmann::json::parse(R"({"leak": false, "verdict": "not enough data",
      "detected_at": null, "onset": null, "rate_bytes_per_second": null})"));
}

TEST_F(Backtest, LeakIsDecidedOnline) {
  std::string then_free = growing(1200);
  for (int i = 1200; i < 6000; ++i) then_free += std::to_string(i) + ",50000000\n";
  const auto whole = nlohmann::json::parse(replay(growing(1200), leak));
  EXPECT_EQ(nlohmann::json::parse(replay(then_free, leak)), whole) << "a call stands";
}

DetectorSettings with_leak(const LeakSettings& leak) {
  DetectorSettings settings;
  settings.leak = leak;
  return settings;
}

// A rule with `for` was said to have called a leak ten minutes before it would have.
TEST_F(Backtest, LeakIsDetectedWhenTheRuleWouldFire) {
  const auto detected = [&](const DetectorSettings& settings) {
    const auto got = replay(growing(1200), [&](auto& input, auto& output) {
      return replay_leak(input, output, settings);
    });
    return nlohmann::json::parse(got)["detected_at"];
  };
  const auto at_once = detected({});
  ASSERT_TRUE(at_once.is_number());
  DetectorSettings held;
  held.leak_hold_seconds = 120;
  EXPECT_NEAR(detected(held).get<double>(), at_once.get<double>() + 120, 10);
  DetectorSettings fast;
  fast.least_leak_rate = 1e12;
  EXPECT_TRUE(detected(fast).is_null());
}

TEST_F(Backtest, LeakKeepsToItsSettings) {
  LeakSettings patient;
  patient.patience = patient.longest_patience = 5000;
  const auto got = replay(growing(1200), [&](auto& input, auto& output) {
    return replay_leak(input, output, with_leak(patient));
  });
  EXPECT_EQ(nlohmann::json::parse(got).at("verdict"), "growth");
  LeakSettings large;
  large.smallest_growth = 1e9;
  const auto small = replay(growing(1200), [&](auto& input, auto& output) {
    return replay_leak(input, output, with_leak(large));
  });
  EXPECT_EQ(nlohmann::json::parse(small).at("leak"), false);
}

TEST_F(Backtest, AnomalyAndChangePointsKeepToTheirSettings) {
  std::string text = "time,value\n";
  for (int i = 0; i < 300; ++i) {
    text += std::to_string(300 * i) + "," + std::to_string((i < 200 ? 0 : 30) + i % 7) + "\n";
  }
  const auto quiet = replay(text, [](auto& input, auto& output) {
    return replay_anomalies(input, output, {.threshold = 1});
  });
  EXPECT_EQ(quiet.find(",1\n"), std::string::npos);
  EXPECT_NE(replay(text, anomalies).find(",1\n"), std::string::npos);
  const auto none = replay(text, [](auto& input, auto& output) {
    return replay_change_points(input, output, {.evidence = 1e9});
  });
  EXPECT_EQ(none, "{\n  \"changepoints\": []\n}\n");
}

TEST_F(Backtest, TakesTheSettingsOfARuleAndWhatIsGivenBeforeThem) {
  Rule rule = above(0.8, 0.4, std::chrono::seconds(0));
  rule.kind = RuleKind::anomaly;
  rule.leak.patience = 20;
  rule.leak.longest_patience = 30;
  rule.anomaly.rest_rows = 5;
  DetectorWish wish;
  wish.rule = &rule;
  const auto all = detector_settings();
  const auto patience = std::find_if(
      all.begin(), all.end(), [](const auto& setting) { return setting.name == "patience"; });
  ASSERT_NE(patience, all.end());
  wish.given.push_back({&*patience, "90s"});
  const auto settings = choose_settings(wish);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->leak.patience, 90);
  EXPECT_EQ(settings->leak.longest_patience, 30);
  EXPECT_EQ(settings->anomaly.rest_rows, 5U);
  EXPECT_EQ(settings->anomaly.threshold, 0.8);
}

TEST_F(Backtest, SaysWhatCannotBeWritten) {
  std::ofstream(in_) << "time,value\n1,2\n";
  auto input = BacktestInput::open({in_, {}, false, false, {}});
  ASSERT_TRUE(input);
  EXPECT_FALSE(BacktestOutput::open(tree_.path() + "/none/out.csv", input->descriptor()));
  auto full = BacktestOutput::open("/dev/full", input->descriptor());
  ASSERT_TRUE(full);
  static_cast<void>(replay_anomalies(*input, *full));
  const auto written = full->finish();
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().text.find("writing /dev/full"), std::string::npos)
      << written.error().text;
}

}  // namespace
}  // namespace perfwatch
