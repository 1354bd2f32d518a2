// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest_settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace perfwatch {
namespace {

const DetectorSetting& setting(std::string_view name) {
  const auto all = detector_settings();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  EXPECT_NE(found, all.end()) << name;
  return found != all.end() ? *found : all.front();
}

// "" and the settings, or what is wrong.
std::string choose(std::string_view name, const std::string& text,
                   DetectorSettings* got = nullptr) {
  const auto settings = choose_settings({{{&setting(name), text}}});
  if (settings && got != nullptr) *got = *settings;
  return settings ? "" : settings.error().text;
}

TEST(DetectorSettings, AreThoseOfTheDaemonUnlessGiven) {
  const auto settings = choose_settings({});
  ASSERT_TRUE(settings);
  const DetectorSettings usual;
  for (const auto& one : detector_settings()) EXPECT_EQ(one.get(*settings), one.get(usual));
}

TEST(DetectorSettings, ReachTheirOwnFieldAndNoOther) {
  for (const auto& one : detector_settings()) {
    DetectorSettings changed;
    const double other = one.get(changed) == one.least ? one.least + 1 : one.least;
    one.set(changed, other);
    for (const auto& each : detector_settings()) {
      EXPECT_EQ(each.get(changed), each.name == one.name ? other : each.get({})) << each.name;
    }
  }
}

TEST(DetectorSettings, HaveDefaultsInTheirRange) {
  for (const auto& one : detector_settings()) {
    EXPECT_GE(one.get({}), one.least) << one.name;
    EXPECT_LE(one.get({}), one.most) << one.name;
  }
}

TEST(DetectorSettings, ShowTheirDefaultsAsTheyAreGiven) {
  EXPECT_EQ(default_text(setting("patience")), "135s");
  EXPECT_EQ(default_text(setting("smallest-growth")), "1000000");
  EXPECT_EQ(default_text(setting("creep-share")), "0.08");
  for (const auto& one : detector_settings()) {
    EXPECT_EQ(choose(one.name, default_text(one)), "");
  }
}

TEST(DetectorSettings, AreNumbersAndDurations) {
  DetectorSettings got;
  EXPECT_EQ(choose("threshold", "0.6", &got), "");
  EXPECT_EQ(got.anomaly.threshold, 0.6);
  EXPECT_EQ(choose("rest", "0", &got), "");
  EXPECT_EQ(got.anomaly.rest_rows, 0U);
  EXPECT_EQ(choose("patience", "1m30s", &got), "");
  EXPECT_EQ(got.leak.patience, 90);
  EXPECT_EQ(choose("longest-patience", "750", &got), "");
  EXPECT_EQ(got.leak.longest_patience, 750);
  EXPECT_EQ(choose("most", "3", &got), "");
  EXPECT_EQ(got.change_points.most, 3U);
}

TEST(DetectorSettings, AreRefusedOutsideTheirRange) {
  EXPECT_EQ(choose("threshold", "1.5"), "--threshold: \"1.5\" is no number from 0.01 to 1");
  EXPECT_EQ(choose("threshold", "nan"), "--threshold: \"nan\" is no number from 0.01 to 1");
  EXPECT_EQ(choose("smallest-growth", "-1"), "--smallest-growth: \"-1\" is no number from 0");
  EXPECT_EQ(choose("evidence", "inf"), "--evidence: \"inf\" is no number from 0");
  EXPECT_EQ(choose("most", "2.5"), "--most: \"2.5\" is no whole number from 0 to 100");
  EXPECT_EQ(choose("warm-up", "ten"), "--warm-up: \"ten\" is no whole number from 0 to 1000000000");
  EXPECT_EQ(choose("patience", "soon"),
            "--patience: \"soon\" is no duration (examples: 90, 90s, 5m) from 1 to 1000000000");
}

}  // namespace
}  // namespace perfwatch
