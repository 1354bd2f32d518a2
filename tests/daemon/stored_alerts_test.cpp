// SPDX-License-Identifier: Apache-2.0
#include "daemon/stored_alerts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

Alert make_alert(AlertState state, std::uint64_t fingerprint = 7) {
  Alert alert;
  alert.rule = "High";
  alert.state = state;
  alert.fingerprint = fingerprint;
  alert.fired_at.emplace(1h);
  return alert;
}

class StoredAlertsTest : public testing::Test {
 protected:
  StoredAlertsTest() {
    stored.begin(now);
    EXPECT_TRUE(stored.end().everything) << "it begins by writing all there is";
  }
  // What is written `later` on, of one alert in this state.
  std::size_t written(std::chrono::nanoseconds later, const Alert& alert, AlertClocks clocks = {},
                      bool exactly = false) {
    now.monotonic += later;
    stored.begin(now, exactly);
    stored.see({1, alert, metric, subject, clocks});
    const AlertChanges changes = stored.end();
    EXPECT_FALSE(changes.everything);
    EXPECT_TRUE(changes.gone.empty());
    return changes.alerts.size();
  }
  AlertChanges deliveries(const std::vector<SavedDelivery>& all) {
    stored.begin(now);
    for (const auto& one : all) {
      stored.begin_target(one.kind, one.target);
      stored.see(one.alert, one.taken);
    }
    return stored.end();
  }

  StoredAlerts stored;
  Instant now{};
  std::string metric = "m";
  Labels subject;
};

TEST_F(StoredAlertsTest, AChangeOfStateIsWrittenAtOnceAndOnce) {
  EXPECT_EQ(written(0s, make_alert(AlertState::pending)), 1U);
  EXPECT_EQ(written(2s, make_alert(AlertState::pending)), 0U);
  EXPECT_EQ(written(2s, make_alert(AlertState::firing)), 1U);
  EXPECT_EQ(written(2s, make_alert(AlertState::firing)), 0U);
  EXPECT_EQ(written(2s, make_alert(AlertState::resolved)), 1U);
  EXPECT_EQ(written(1h, make_alert(AlertState::resolved)), 0U);
}

TEST_F(StoredAlertsTest, AValueIsWrittenOnceAMinute) {
  Alert alert = make_alert(AlertState::firing);
  EXPECT_EQ(written(0s, alert), 1U);
  std::size_t writes = 0;
  for (int i = 0; i < 150; ++i) {
    alert.value = i + 1;
    writes += written(2s, alert);
  }
  EXPECT_EQ(writes, 5U) << "in five minutes";
  EXPECT_EQ(written(1h, alert), 0U) << "the same value";
}

TEST_F(StoredAlertsTest, TheClockOfForIsWrittenByFiveSecondsAndLaterByTwentieths) {
  const Alert alert = make_alert(AlertState::pending);
  AlertClocks clocks;
  std::size_t early = written(0s, alert, clocks);
  for (; clocks.raised_for < 1min; clocks.raised_for += 1s) early += written(1s, alert, clocks);
  EXPECT_GE(early, 11U);
  EXPECT_LE(early, 13U);
  std::size_t late = 0;
  for (; clocks.raised_for < 24h; clocks.raised_for += 1s) late += written(1s, alert, clocks);
  EXPECT_LT(late, 200U) << "in a day";
}

TEST_F(StoredAlertsTest, ABreakAndTheClockOfClearedAreWritten) {
  const Alert pending = make_alert(AlertState::pending);
  EXPECT_EQ(written(0s, pending), 1U);
  AlertClocks broken;
  broken.broken = true;
  EXPECT_EQ(written(2s, pending, broken), 0U) << "a value that flaps is no reason for writing";
  EXPECT_EQ(written(4s, pending, broken), 1U);
  const Alert firing = make_alert(AlertState::firing);
  EXPECT_EQ(written(0s, firing), 1U);
  AlertClocks clocks;
  clocks.raised_for = 10min;
  EXPECT_EQ(written(10s, firing, clocks), 0U) << "of no use once it fires";
  clocks.cleared_for = 6s;
  EXPECT_EQ(written(0s, firing, clocks), 1U);
}

TEST_F(StoredAlertsTest, TheLastWriteHasEveryDifference) {
  Alert alert = make_alert(AlertState::pending);
  EXPECT_EQ(written(0s, alert), 1U);
  EXPECT_EQ(written(1s, alert, {}, true), 0U);
  AlertClocks clocks;
  clocks.raised_for = 1s;
  EXPECT_EQ(written(0s, alert, clocks, true), 1U);
  alert.value = 3;
  EXPECT_EQ(written(0s, alert, clocks, true), 1U);
}

TEST_F(StoredAlertsTest, WhatIsNotSeenAnyMoreIsGone) {
  EXPECT_EQ(written(0s, make_alert(AlertState::firing)), 1U);
  stored.begin(now);
  EXPECT_EQ(stored.end().gone, std::vector<std::uint64_t>{1});
  stored.begin(now);
  EXPECT_TRUE(stored.end().empty());
}

TEST_F(StoredAlertsTest, ADeliveryIsWrittenWhenItIsTakenOrItsAlertChanges) {
  SavedDelivery one{"webhook", "hook", make_alert(AlertState::firing), false};
  SavedDelivery other{"webhook", "hook", make_alert(AlertState::firing, 8), false};
  EXPECT_EQ(deliveries({one, other}).deliveries.size(), 2U);
  EXPECT_TRUE(deliveries({one, other}).empty());
  one.taken = true;
  EXPECT_EQ(deliveries({one, other}).deliveries.size(), 1U);
  one.alert.fired_at.emplace(2h);
  EXPECT_EQ(deliveries({one, other}).deliveries.size(), 1U);
  const AlertChanges changes = deliveries({one});
  EXPECT_TRUE(changes.deliveries.empty());
  ASSERT_EQ(changes.gone_deliveries.size(), 1U);
  EXPECT_EQ(changes.gone_deliveries[0].fingerprint, 8U);
  EXPECT_EQ(deliveries({}).gone_deliveries.size(), 1U) << "a target that is gone";
}

TEST_F(StoredAlertsTest, TheSameNameOfAnotherKindIsAnotherTarget) {
  const SavedDelivery one{"webhook", "a", make_alert(AlertState::firing), false};
  const SavedDelivery other{"alertmanager", "a", make_alert(AlertState::firing), false};
  EXPECT_EQ(deliveries({one, other}).deliveries.size(), 2U);
  const AlertChanges changes = deliveries({one});
  ASSERT_EQ(changes.gone_deliveries.size(), 1U);
  EXPECT_EQ(changes.gone_deliveries[0].kind, "alertmanager");
}

TEST_F(StoredAlertsTest, WritesEverythingAnewAfterAFailure) {
  EXPECT_EQ(written(0s, make_alert(AlertState::firing)), 1U);
  stored.forget();
  stored.begin(now);
  const Alert alert = make_alert(AlertState::firing);
  stored.see({1, alert, metric, subject, {}});
  const AlertChanges changes = stored.end();
  EXPECT_TRUE(changes.everything);
  EXPECT_EQ(changes.alerts.size(), 1U);
}

}  // namespace
}  // namespace perfwatch
