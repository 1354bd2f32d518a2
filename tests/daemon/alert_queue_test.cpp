// SPDX-License-Identifier: Apache-2.0
#include "daemon/alert_queue.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

const AlertQueue::Time kStart = AlertQueue::Time{} + 1h;
constexpr std::size_t kMost = 100;

Alert alert(std::uint64_t fingerprint, AlertState state, int fired_at = 1) {
  Alert a;
  a.rule = "Rule";
  a.fingerprint = fingerprint;
  a.state = state;
  a.fired_at = std::chrono::system_clock::time_point(std::chrono::seconds(fired_at));
  return a;
}

TEST(AlertQueue, AChangeIsDueAtOnceAndAgainAfterTheRepeatInterval) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  EXPECT_EQ(queue.undelivered(), 1U);
  const auto first = queue.due(kStart, kMost);
  ASSERT_EQ(first.size(), 1U);
  queue.delivered(first, kStart);
  EXPECT_EQ(queue.undelivered(), 0U);
  EXPECT_TRUE(queue.due(kStart + 59s, kMost).empty());
  EXPECT_EQ(queue.due(kStart + 60s, kMost).size(), 1U);
  EXPECT_EQ(queue.next_due(), kStart + 1min);
}

TEST(AlertQueue, AResolvedAlertIsRepeatedForFiveMinutesThenForgotten) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.change(alert(1, AlertState::resolved), kStart);
  for (auto now = kStart; now < kStart + 5min; now += 1min) {
    const auto due = queue.due(now, kMost);
    ASSERT_EQ(due.size(), 1U);
    queue.delivered(due, now);
  }
  queue.delivered(queue.due(kStart + 5min, kMost), kStart + 5min);
  EXPECT_FALSE(queue.next_due());
}

TEST(AlertQueue, WithoutRepetitionEachChangeIsSaidOnce) {
  AlertQueue queue({0ns, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.delivered(queue.due(kStart, kMost), kStart);
  EXPECT_FALSE(queue.next_due());
  queue.change(alert(1, AlertState::resolved), kStart + 1s);
  queue.delivered(queue.due(kStart + 1s, kMost), kStart + 1s);
  EXPECT_FALSE(queue.next_due());
}

TEST(AlertQueue, WhatIsNotTakenStaysDue) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  EXPECT_EQ(queue.due(kStart + 1h, kMost).size(), 1U);
  EXPECT_EQ(queue.undelivered(), 1U);
}

TEST(AlertQueue, AChangeDuringTheRequestIsNotLost) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  const auto under_way = queue.due(kStart, kMost);
  queue.change(alert(1, AlertState::resolved), kStart + 1s);
  queue.delivered(under_way, kStart + 2s);
  EXPECT_EQ(queue.undelivered(), 1U);
  const auto due = queue.due(kStart + 2s, kMost);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].state, AlertState::resolved);
}

TEST(AlertQueue, ATargetThatWasDownHearsTheLatestState) {
  AlertQueue queue({1min, 10});
  for (int i = 0; i < 50; ++i) {
    queue.change(alert(1, AlertState::firing, i), kStart + i * 1s);
    queue.change(alert(1, AlertState::resolved, i), kStart + i * 1s);
  }
  const auto due = queue.due(kStart + 1h, kMost);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].state, AlertState::resolved);
  EXPECT_EQ(due[0].fired_at, std::chrono::system_clock::time_point(49s));
}

// Delivered alerts once counted against the limit: with 100 of them firing the next was lost.
TEST(AlertQueue, OnlyWhatIsNotDeliveredCountsAgainstTheLimit) {
  AlertQueue queue({1min, 2});
  for (std::uint64_t i = 1; i <= 10; ++i) {
    queue.change(alert(i, AlertState::firing), kStart);
    queue.delivered(queue.due(kStart, kMost), kStart);
  }
  EXPECT_EQ(queue.dropped(), 0U);
  EXPECT_EQ(queue.due(kStart + 1min, kMost).size(), 10U);
}

TEST(AlertQueue, AnAlertThatFoundNoRoomIsTakenUpWhenThereIsSome) {
  AlertQueue queue({1min, 1});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.change(alert(2, AlertState::firing), kStart);
  EXPECT_EQ(queue.dropped(), 1U);
  queue.refresh(alert(2, AlertState::firing), kStart);
  EXPECT_EQ(queue.undelivered(), 1U) << "still full";
  queue.delivered(queue.due(kStart, kMost), kStart);
  queue.refresh(alert(2, AlertState::firing), kStart);
  const auto due = queue.due(kStart, kMost);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].fingerprint, 2U);
}

TEST(AlertQueue, WhatWasNeverSaidNeedNotBeTakenBack) {
  AlertQueue queue({1min, 1});
  queue.change(alert(1, AlertState::resolved), kStart);
  EXPECT_FALSE(queue.next_due());
}

// The value of the moment of firing once stayed in Alertmanager for hours.
TEST(AlertQueue, ARepetitionHasTheValueOfToday) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.delivered(queue.due(kStart, kMost), kStart);
  Alert now = alert(1, AlertState::firing);
  now.value = 42;
  queue.refresh(now, kStart + 30s);
  EXPECT_TRUE(queue.due(kStart + 30s, kMost).empty()) << "no news by itself";
  EXPECT_EQ(queue.due(kStart + 1min, kMost).at(0).value, 42);
}

// One 400 of a target in trouble once lost a firing alert for good.
TEST(AlertQueue, WhatTheTargetRefusesWaitsAndIsNotLost) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.change(alert(2, AlertState::firing), kStart);
  queue.refuse({alert(1, AlertState::firing)}, kStart);
  const auto due = queue.due(kStart, kMost);
  ASSERT_EQ(due.size(), 1U) << "it does not hold up the rest";
  EXPECT_EQ(due[0].fingerprint, 2U);
  EXPECT_EQ(queue.due(kStart + 5min, kMost).size(), 2U);
  EXPECT_EQ(queue.undelivered(), 2U);
}

TEST(AlertQueue, ARefusedResolvedIsGivenUpInTheEnd) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.change(alert(1, AlertState::resolved), kStart);
  for (auto now = kStart; now <= kStart + 30min; now += 5min)
    queue.refuse(queue.due(now, kMost), now);
  EXPECT_FALSE(queue.next_due());
}

// What the queue tells of itself, and sets up again.
AlertQueue next_life(const AlertQueue& queue, AlertQueue::Settings settings) {
  AlertQueue next(settings);
  queue.each([&](const Alert& a, bool taken) { next.restore(a, taken, kStart); });
  return next;
}

TEST(AlertQueueRestart, SaysWhatWasNotTaken) {
  for (const auto repeat : {0ns, std::chrono::nanoseconds(1min)}) {
    AlertQueue queue({repeat, 10});
    queue.change(alert(1, AlertState::firing), kStart);
    queue.change(alert(2, AlertState::firing), kStart);
    queue.change(alert(2, AlertState::resolved), kStart);
    const AlertQueue next = next_life(queue, {repeat, 10});
    EXPECT_EQ(next.undelivered(), 2U);
    const auto due = next.due(kStart, kMost);
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[1].state, AlertState::resolved) << "though it was never heard of as firing";
  }
}

TEST(AlertQueueRestart, RepeatsWhatWasTakenOnlyWhereAlertsAreRepeated) {
  AlertQueue queue({1min, 10});
  queue.change(alert(1, AlertState::firing), kStart);
  queue.change(alert(2, AlertState::firing), kStart);
  queue.change(alert(2, AlertState::resolved), kStart);
  queue.delivered(queue.due(kStart, kMost), kStart);
  AlertQueue next = next_life(queue, {1min, 10});
  EXPECT_EQ(next.undelivered(), 0U);
  EXPECT_EQ(next.due(kStart, kMost).size(), 2U);
  next.delivered(next.due(kStart + 5min, kMost), kStart + 5min);
  EXPECT_EQ(next.due(kStart + 1h, kMost).size(), 1U) << "the resolved one has been said for long";

  AlertQueue once = next_life(queue, {0ns, 10});
  EXPECT_FALSE(once.next_due());
  once.change(alert(1, AlertState::resolved), kStart);
  EXPECT_EQ(once.due(kStart, kMost).size(), 1U) << "it knows that it fired";
}

TEST(AlertQueueRestart, KeepsToItsLimit) {
  AlertQueue queue({1min, 10});
  for (std::uint64_t i = 1; i <= 10; ++i) queue.change(alert(i, AlertState::firing), kStart);
  const AlertQueue next = next_life(queue, {1min, 4});
  EXPECT_EQ(next.undelivered(), 4U);
  EXPECT_EQ(next.dropped(), 6U);
  AlertQueue nothing({1min, 4});
  nothing.restore(alert(1, AlertState::pending), false, kStart);
  EXPECT_FALSE(nothing.next_due());
}

TEST(RetryDelay, DoublesUpToHalfAMinuteWithJitter) {
  EXPECT_EQ(retry_delay(1, 0.5), 1s);
  EXPECT_EQ(retry_delay(2, 0.5), 2s);
  EXPECT_EQ(retry_delay(5, 0.5), 16s);
  EXPECT_EQ(retry_delay(6, 0.5), 30s);
  EXPECT_EQ(retry_delay(4'000'000'000, 0.5), 30s);
  EXPECT_EQ(retry_delay(1, 0.0), 800ms);
  EXPECT_LT(retry_delay(1, 0.999), 1200ms);
}

}  // namespace
}  // namespace perfwatch
