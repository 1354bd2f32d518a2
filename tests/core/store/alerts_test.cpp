// SPDX-License-Identifier: Apache-2.0
#include "core/store/alerts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "core/store/oom_kills.h"
#include "core/store/schema.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::TempTree;
using Wall = std::chrono::system_clock::time_point;

Wall at(int second) { return Wall(seconds(1'700'000'000 + second) + nanoseconds(123'456'789)); }

Alert make_alert(AlertState state, std::uint64_t fingerprint) {
  Alert alert;
  alert.rule = "High";
  alert.severity = Severity::critical;
  alert.labels = {{"alertname", "High"}, {"group", "it's \"g\"'); --"}};
  alert.annotations = {{"summary", "two\nlines"}, {"value", "0.95"}};
  alert.state = state;
  alert.value = 0.95;
  alert.active_since = at(0);
  if (state != AlertState::pending) alert.fired_at = at(1);
  if (state == AlertState::resolved) alert.resolved_at = at(2);
  alert.fingerprint = fingerprint;
  return alert;
}

SavedAlert make_saved(std::uint64_t id, AlertState state = AlertState::firing) {
  return {id,
          make_alert(state, 7),
          "test_memory_bytes",
          {{"group", "g"}, {"scope", "s"}},
          {seconds(3), seconds(4), seconds(5), true},
          at(9)};
}

SavedDelivery make_delivery(std::string target, std::uint64_t fingerprint, bool taken) {
  return {"webhook", std::move(target), make_alert(AlertState::resolved, fingerprint), taken};
}

void expect_same(const Alert& a, const Alert& b) {
  EXPECT_EQ(a.rule, b.rule);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.annotations, b.annotations);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.active_since, b.active_since);
  EXPECT_EQ(a.fired_at, b.fired_at);
  EXPECT_EQ(a.resolved_at, b.resolved_at);
}

class Alerts : public testing::Test {
 protected:
  Alerts() { open(); }
  void open() {
    database.reset();
    auto opened = Database::open(tree.path());
    ASSERT_TRUE(opened) << opened.error().text;
    database = std::make_unique<Database>(std::move(*opened));
  }
  void write(const AlertChanges& changes) {
    const auto done = write_alerts(*database, changes);
    ASSERT_TRUE(done) << done.error().text;
  }
  KeptAlerts read() {
    auto kept = read_alerts(*database);
    EXPECT_TRUE(kept) << kept.error().text;
    return kept ? *kept : KeptAlerts();
  }
  void execute(const char* sql) {
    const auto done = database->execute(sql);
    ASSERT_TRUE(done) << done.error().text;
  }
  std::int64_t number(const char* sql) {
    auto statement = database->prepare(sql);
    EXPECT_TRUE(statement && *statement->step());
    return statement->integer(0);
  }

  TempTree tree;
  std::unique_ptr<Database> database;
};

TEST_F(Alerts, AreThereAgainAfterARestart) {
  AlertChanges changes;
  changes.alerts = {make_saved(1), make_saved(2, AlertState::pending),
                    make_saved(3, AlertState::resolved)};
  changes.deliveries = {make_delivery("a:9093", 7, true),
                        make_delivery("a:9093", 0xFFFF'FFFF'FFFF'FFFFULL, false)};
  write(changes);
  open();
  const KeptAlerts kept = read();
  EXPECT_EQ(kept.damaged, 0U);
  ASSERT_EQ(kept.alerts.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const SavedAlert& expected = changes.alerts[i];
    expect_same(kept.alerts[i].alert, expected.alert);
    EXPECT_EQ(kept.alerts[i].metric, expected.metric);
    EXPECT_EQ(kept.alerts[i].subject, expected.subject);
    EXPECT_EQ(kept.alerts[i].clocks.raised_for, seconds(3));
    EXPECT_EQ(kept.alerts[i].clocks.cleared_for, seconds(4));
    EXPECT_EQ(kept.alerts[i].clocks.no_data_for, seconds(5));
    EXPECT_TRUE(kept.alerts[i].clocks.broken);
    EXPECT_EQ(kept.alerts[i].saved_at, at(9));
  }
  ASSERT_EQ(kept.deliveries.size(), 2U);
  EXPECT_FALSE(kept.deliveries[0].taken) << "what was not taken comes first";
  EXPECT_EQ(kept.deliveries[0].alert.fingerprint, 0xFFFF'FFFF'FFFF'FFFFULL);
  EXPECT_EQ(kept.deliveries[0].kind, "webhook");
  EXPECT_EQ(kept.deliveries[0].target, "a:9093");
  expect_same(kept.deliveries[0].alert, changes.deliveries[1].alert);
  EXPECT_TRUE(kept.deliveries[1].taken);
}

TEST_F(Alerts, AreReplacedByTheirNumberAndRemoved) {
  AlertChanges first;
  first.alerts = {make_saved(1), make_saved(2)};
  first.deliveries = {make_delivery("a", 7, false), make_delivery("b", 7, false)};
  write(first);
  AlertChanges second;
  second.alerts = {make_saved(1, AlertState::resolved)};
  second.alerts[0].alert.annotations = {{"resolved_because", "x"}};
  second.gone = {2};
  second.deliveries = {make_delivery("a", 7, true)};
  second.gone_deliveries = {{"webhook", "b", 7}, {"webhook", "nobody", 7}};
  write(second);
  const KeptAlerts kept = read();
  ASSERT_EQ(kept.alerts.size(), 1U);
  expect_same(kept.alerts[0].alert, second.alerts[0].alert);
  ASSERT_EQ(kept.deliveries.size(), 1U);
  EXPECT_EQ(kept.deliveries[0].target, "a");
  EXPECT_TRUE(kept.deliveries[0].taken);
  EXPECT_EQ(number("SELECT count(*) FROM alert_texts"), 5) << "no texts of what is gone";
  EXPECT_EQ(number("SELECT count(*) FROM alert_delivery_texts"), 4);
}

TEST_F(Alerts, AreAllReplacedAtOnce) {
  AlertChanges first;
  first.alerts = {make_saved(1), make_saved(2)};
  first.deliveries = {make_delivery("a", 7, false)};
  write(first);
  AlertChanges second;
  second.everything = true;
  second.alerts = {make_saved(2)};
  write(second);
  const KeptAlerts kept = read();
  ASSERT_EQ(kept.alerts.size(), 1U);
  EXPECT_EQ(kept.alerts[0].id, 2U);
  EXPECT_TRUE(kept.deliveries.empty());
}

TEST_F(Alerts, AreWrittenWholeOrNotAtAll) {
  AlertChanges first;
  first.alerts = {make_saved(1)};
  write(first);
  execute("ALTER TABLE alert_deliveries RENAME TO hidden");
  AlertChanges second;
  second.gone = {1};
  second.deliveries = {make_delivery("a", 7, false)};
  EXPECT_FALSE(write_alerts(*database, second));
  execute("ALTER TABLE hidden RENAME TO alert_deliveries");
  EXPECT_EQ(read().alerts.size(), 1U);
}

TEST_F(Alerts, KeepAValueThatIsNoNumberAsNone) {
  AlertChanges changes;
  changes.alerts = {make_saved(1)};
  changes.alerts[0].alert.value = std::numeric_limits<double>::quiet_NaN();
  write(changes);
  EXPECT_EQ(number("SELECT value IS NULL FROM alerts"), 1);
  EXPECT_EQ(read().alerts[0].alert.value, 0);
}

TEST_F(Alerts, LeaveOutRowsThatMakeNoSense) {
  AlertChanges changes;
  changes.alerts = {make_saved(1), make_saved(2), make_saved(3)};
  changes.deliveries = {make_delivery("a", 7, false), make_delivery("b", 7, false)};
  write(changes);
  execute("UPDATE alerts SET state = 'exploded' WHERE id = 1");
  execute("UPDATE alerts SET severity = 'whatever', rule = hex(zeroblob(100000)) WHERE id = 2");
  execute("UPDATE alert_texts SET part = 'nothing' WHERE alert_id = 3 AND part = 'label'");
  execute("UPDATE alert_deliveries SET state = '' WHERE target = 'b'");
  const KeptAlerts kept = read();
  EXPECT_EQ(kept.damaged, 2U);
  ASSERT_EQ(kept.alerts.size(), 2U);
  EXPECT_EQ(kept.alerts[0].alert.severity, Severity::warning);
  EXPECT_EQ(kept.alerts[0].alert.rule.size(), 200U) << "longer than any name, and bounded";
  EXPECT_TRUE(kept.alerts[1].alert.labels.empty());
  EXPECT_EQ(kept.deliveries.size(), 1U);
}

TEST_F(Alerts, ReadNoMoreThanCouldHaveBeenWritten) {
  execute(
      "INSERT INTO alerts WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
      " i < 6000) SELECT i, 'm', 0, 0, 0, 0, 0, 'High', 'firing', 'info', 0, 0, 0, 0 FROM n");
  execute(
      "INSERT INTO alert_texts WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
      " WHERE i < 9999) SELECT 1, 'label', 'l' || i, hex(zeroblob(5000)) FROM n");
  const KeptAlerts kept = read();
  EXPECT_EQ(kept.alerts.size(), kAlertsRead);
  EXPECT_EQ(kept.alerts[0].alert.labels.size(), 200U);
  EXPECT_EQ(kept.alerts[0].alert.labels[0].second.size(), 5000U);
}

TEST(AlertsSchema, IsReachedFromTheFirstVersionWithWhatThatHeld) {
  const TempTree tree;
  {
    auto first = Database::open(tree.path(), schema_steps().first(1));
    ASSERT_TRUE(first) << first.error().text;
    OomKill kill;
    kill.comm = "cc1plus";
    ASSERT_TRUE(insert_oom_kills(*first, std::span(&kill, 1)));
  }
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database) << database.error().text;
  EXPECT_EQ(database->moved_aside(), "");
  const auto kills = last_oom_kills(*database, 10);
  ASSERT_TRUE(kills);
  ASSERT_EQ(kills->size(), 1U);
  EXPECT_EQ((*kills)[0].comm, "cc1plus");
  const auto kept = read_alerts(*database);
  ASSERT_TRUE(kept) << kept.error().text;
  EXPECT_TRUE(kept->alerts.empty());
  AlertChanges changes;
  changes.alerts = {make_saved(1)};
  EXPECT_TRUE(write_alerts(*database, changes));
}

}  // namespace
}  // namespace perfwatch
