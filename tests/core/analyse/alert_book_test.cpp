// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/alert_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/model/oom.h"
#include "tests/core/analyse/alert_book_fixture.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::annotation;
using test::finding;
using test::frame_at;
using test::rule_named;
using test::set_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// Plays one series of levels, a frame every 10 s: R raised, b between, c cleared, a absent, - no
// finding at all. Returns the state after each frame: P, F, or . for neither; r where it resolved.
std::string play(std::string_view levels, seconds hold, seconds keep,
                 std::chrono::nanoseconds step = seconds(10)) {
  const RuleSet rules = set_of({rule_named("High", hold, keep)});
  AlertBook book({});
  std::string states;
  std::chrono::nanoseconds t{0};
  for (const char level : levels) {
    std::vector<Finding> findings;
    if (level == 'R') findings = {finding(Level::raised)};
    if (level == 'b') findings = {finding(Level::between)};
    if (level == 'c') findings = {finding(Level::cleared)};
    if (level == 'a') findings = {finding(Level::absent)};
    char state = '.';
    for (const Alert* alert : book.update(rules, findings, frame_at(t))) {
      if (alert->state == AlertState::resolved) state = 'r';
    }
    if (book.count("High", AlertState::pending) == 1) state = 'P';
    if (book.count("High", AlertState::firing) == 1) state = 'F';
    states += state;
    t += step;
  }
  return states;
}

TEST(AlertBookLife, FiresAtOnceWithoutFor) {
  EXPECT_EQ(play("cRRc", seconds(0), seconds(0)), ".FFr");
}

TEST(AlertBookLife, FiresOnceRaisedForLongEnough) {
  EXPECT_EQ(play("RRRRc", seconds(30), seconds(0)), "PPPFr");
  EXPECT_EQ(play("RRRRc", seconds(31), seconds(0)), "PPPP.");
}

TEST(AlertBookLife, EndsPendingAtOnceWhenCleared) {
  EXPECT_EQ(play("RRcRRRR", seconds(30), seconds(0)), "PP.PPPF");
}

TEST(AlertBookLife, StartsTheClockAnewAfterABreak) {
  EXPECT_EQ(play("RRRbRRRR", seconds(30), seconds(0)), "PPPPPPPF");
  EXPECT_EQ(play("RbRbRbRbRb", seconds(10), seconds(0)), "PPPPPPPPPP") << "flapping never fires";
}

TEST(AlertBookLife, KeepsFiringBetweenTheLevels) {
  EXPECT_EQ(play("RbbbbRbbbc", seconds(0), seconds(0)), "FFFFFFFFFr");
}

TEST(AlertBookLife, StopsTheClockWhileThereIsNoData) {
  EXPECT_EQ(play("RRaaaaRRR", seconds(30), seconds(0)), "PPPPPPPPF")
      << "10 s before the hole, 20 s after it";
  EXPECT_EQ(play("RaRaRaRa", seconds(10), seconds(0)), "PPPPPPPP");
  EXPECT_EQ(play("RR----RRR", seconds(30), seconds(0)), "PPPPPPPPF");
}

TEST(AlertBookLife, KeepsFiringForAWhileAfterItCleared) {
  EXPECT_EQ(play("Rccccc", seconds(0), seconds(30)), "FFFFr.");
  EXPECT_EQ(play("RcccRccccc", seconds(0), seconds(30)), "FFFFFFFFr.") << "a raise starts it anew";
  EXPECT_EQ(play("Rcaaaaccc", seconds(0), seconds(20)), "FFFFFFFFr") << "no data does not count";
}

TEST(AlertBookLife, KeepsItsStateWithoutDataForLessThanAnHour) {
  EXPECT_EQ(play("Raaaaaaaa", seconds(0), seconds(0), minutes(7)), "FFFFFFFFF");
  EXPECT_EQ(play("R--------", seconds(0), seconds(0), minutes(7)), "FFFFFFFFF");
  EXPECT_EQ(play("R------b--------", seconds(0), seconds(0), minutes(7)), "FFFFFFFFFFFFFFFF");
}

TEST(AlertBookLife, ResolvesWhatHasHadNoDataForAnHour) {
  EXPECT_EQ(play("Raaaa", seconds(0), seconds(0), minutes(20)), "FFFr.");
  EXPECT_EQ(play("R----", seconds(0), seconds(0), minutes(20)), "FFFr.");
  EXPECT_EQ(play("R----", hours(4), seconds(0), minutes(20)), "PPP..");
}

TEST(AlertBook, SaysWhyItResolvedWhatHasNoData) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  const auto changed = book.update(rules, {}, frame_at(hours(1)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(annotation(*changed[0], "resolved_because"), "no data for an hour");
}

TEST(AlertBook, StampsEachChangeWithTheWallClock) {
  const RuleSet rules = set_of({rule_named("High", seconds(10))});
  AlertBook book({});
  EXPECT_THAT(book.update(rules, {finding(Level::raised)}, frame_at(seconds(0))), IsEmpty());
  const auto fired = book.update(rules, {finding(Level::raised)}, frame_at(seconds(10)));
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_EQ(fired[0]->active_since, test::moment(seconds(0)).wall);
  EXPECT_EQ(fired[0]->fired_at, test::moment(seconds(10)).wall);
  EXPECT_EQ(annotation(*fired[0], "active_since"), "1970-01-02T00:00:00.000Z");
  const auto resolved = book.update(rules, {finding(Level::cleared)}, frame_at(seconds(20)));
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(resolved[0]->fired_at, test::moment(seconds(10)).wall);
  EXPECT_EQ(resolved[0]->resolved_at, test::moment(seconds(20)).wall);
  EXPECT_EQ(annotation(*resolved[0], "resolved_because"), "(none)");
}

TEST(AlertBook, NeitherFiresNorResolvesWhenTheWallClockJumps) {
  const RuleSet rules = set_of({rule_named("High", seconds(30), seconds(30))});
  AlertBook book({});
  const auto raised = [&](int t, hours jump) {
    return book.update(rules, {finding(Level::raised)}, frame_at(seconds(t), jump)).size();
  };
  EXPECT_EQ(raised(0, hours(0)), 0U);
  EXPECT_EQ(raised(10, hours(5)), 0U) << "forward";
  EXPECT_EQ(raised(20, hours(-5)), 0U) << "back";
  EXPECT_EQ(raised(30, hours(0)), 1U);
  const auto clear = [&](int t, hours jump) {
    return book.update(rules, {finding(Level::cleared)}, frame_at(seconds(t), jump));
  };
  EXPECT_THAT(clear(40, hours(9)), IsEmpty());
  EXPECT_THAT(clear(50, hours(-9)), IsEmpty());
  EXPECT_THAT(clear(60, hours(0)), IsEmpty());
  const auto resolved = clear(70, hours(-9));
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_GE(*resolved[0]->resolved_at, *resolved[0]->fired_at) << "an end before its start";
}

TEST(AlertBook, FollowsTheValueWhileItIsRaisedAndKeepsTheEvidence) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  const auto table_of = [](std::uint64_t bytes) {
    auto table = std::make_shared<ProcessTable>();
    table->groups.resize(2);
    table->groups[0].name = "other";
    table->groups[1].name = "cc1plus";
    ProcessView process;
    process.key.pid = 7;
    std::strcpy(process.comm.data(), "cc1plus");
    process.resident_bytes = bytes;
    process.group = 1;
    table->processes = {process};
    process.key.pid = 8;
    process.group = 0;
    table->processes.push_back(process);
    return table;
  };
  Frame frame = frame_at(seconds(0));
  frame.processes = table_of(std::uint64_t{3} << 30U);
  const Alert alert = *book.update(rules, {finding(Level::raised, 0.95)}, frame).at(0);
  EXPECT_THAT(alert.annotations,
              ElementsAre(Pair("active_since", "1970-01-02T00:00:00.000Z"),
                          Pair("command", "perfwatch top --group cc1plus --sort memory"),
                          Pair("summary", "cc1plus at 0.95"), Pair("threshold", "above 0.9"),
                          Pair("top_processes", "pid 7 cc1plus 3.0GiB"), Pair("value", "0.95")));
  frame = frame_at(seconds(2));
  frame.processes = table_of(1);
  (void)book.update(rules, {finding(Level::raised, 0.99)}, frame);
  const Alert* later = book.alerts().at(0);
  EXPECT_EQ(later->value, 0.99);
  EXPECT_EQ(annotation(*later, "summary"), "cc1plus at 0.99");
  EXPECT_EQ(annotation(*later, "value"), "0.99");
  EXPECT_EQ(annotation(*later, "top_processes"), "pid 7 cc1plus 3.0GiB");
  (void)book.update(rules, {finding(Level::between, 0.85)}, frame_at(seconds(4)));
  EXPECT_EQ(book.alerts().at(0)->value, 0.99);
}

TEST(AlertBook, NamesARuleWithoutSummaryByItsMetric) {
  Rule rule = rule_named("High");
  rule.summary = "";
  rule.runbook_url = "https://wiki/high";
  const RuleSet rules = set_of({rule});
  AlertBook book({});
  const Alert* alert = book.update(rules, {finding(Level::raised)}, frame_at(seconds(0))).at(0);
  EXPECT_EQ(annotation(*alert, "summary"), "test_memory_bytes is 0.95, above 0.9");
  EXPECT_EQ(annotation(*alert, "description"), "(none)");
  EXPECT_EQ(annotation(*alert, "runbook_url"), "https://wiki/high");
}

TEST(AlertBook, LabelsWithRuleAndSeriesBeforeSettings) {
  Rule rule = rule_named("High");
  rule.severity = Severity::critical;
  const RuleSet rules = set_of({rule});
  AlertBook book(
      {.labels = {
           {"alertname", "x"}, {"empty", ""}, {"group", "x"}, {"host", "ci1"}, {"severity", "x"}}});
  const Alert* alert = book.update(rules, {finding(Level::raised)}, frame_at(seconds(0))).at(0);
  EXPECT_THAT(alert->labels, ElementsAre(Pair("alertname", "High"), Pair("group", "cc1plus"),
                                         Pair("host", "ci1"), Pair("severity", "critical")));
  EXPECT_EQ(alert->fingerprint, fingerprint_of(alert->labels));
}

// Alertmanager 0.25 showed this fingerprint for these labels.
TEST(FingerprintOf, IsAlertmanagersFingerprint) {
  EXPECT_EQ(fingerprint_of({}), 0xcbf29ce484222325U);
  EXPECT_EQ(
      fingerprint_of({{"alertname", "PerfwatchOomKill"}, {"host", "ci1"}, {"severity", "warning"}}),
      0x47d72109192c1301U);
}

TEST(AlertBook, KeepsEachSubjectApart) {
  const RuleSet rules = set_of({rule_named("High"), rule_named("Higher", seconds(10))});
  AlertBook book({});
  const auto changed =
      book.update(rules,
                  {finding(Level::raised, 1, "a"), finding(Level::raised, 2, "b"),
                   finding(Level::cleared, 0, "c"), finding(Level::raised, 3, "a", "Higher")},
                  frame_at(seconds(0)));
  EXPECT_EQ(changed.size(), 2U);
  EXPECT_EQ(book.count("High", AlertState::firing), 2U);
  EXPECT_EQ(book.count("Higher", AlertState::pending), 1U);
  EXPECT_EQ(book.count("Higher", AlertState::firing), 0U);
  EXPECT_EQ(book.count("nothing", AlertState::firing), 0U);
}

TEST(AlertBook, ShowsFiringFirstThenTheWorstThenTheOldest) {
  Rule critical = rule_named("Critical");
  critical.severity = Severity::critical;
  const RuleSet rules = set_of({rule_named("High"), critical, rule_named("Slow", seconds(3600))});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised, 1, "gone")}, frame_at(seconds(0)));
  (void)book.update(rules,
                    {finding(Level::cleared, 1, "gone"), finding(Level::raised, 1, "old"),
                     finding(Level::raised, 1, "x", "Slow")},
                    frame_at(seconds(2)));
  (void)book.update(
      rules,
      {finding(Level::raised, 1, "old"), finding(Level::raised, 1, "new"),
       finding(Level::raised, 1, "x", "Slow"), finding(Level::raised, 1, "y", "Critical")},
      frame_at(seconds(4)));
  std::vector<std::string> order;
  for (const Alert* alert : book.alerts()) {
    order.push_back(alert->rule + " " + alert->labels[1].second);
  }
  EXPECT_THAT(order, ElementsAre("Critical y", "High old", "High new", "Slow x", "High gone"));
}

TEST(AlertBook, ForgetsWhatResolvedAWhileAgo) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({.keep_resolved = minutes(15)});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  (void)book.update(rules, {finding(Level::cleared)}, frame_at(seconds(2)));
  (void)book.update(rules, {}, frame_at(minutes(15)));
  EXPECT_EQ(book.count("High", AlertState::resolved), 1U);
  (void)book.update(rules, {}, frame_at(minutes(16)));
  EXPECT_THAT(book.alerts(), IsEmpty());
}

TEST(AlertBook, StartsANewLifeWhenAResolvedAlertFiresAgain) {
  const RuleSet rules = set_of({rule_named("High", seconds(10))});
  AlertBook book({});
  const auto play_at = [&](int t, Level level) {
    (void)book.update(rules, {finding(level)}, frame_at(seconds(t)));
  };
  play_at(0, Level::raised);
  play_at(10, Level::raised);
  play_at(20, Level::cleared);
  play_at(30, Level::raised);
  EXPECT_EQ(book.alerts().size(), 2U) << "pending again, and still known as resolved";
  play_at(40, Level::raised);
  ASSERT_EQ(book.alerts().size(), 1U);
  EXPECT_EQ(book.alerts()[0]->fired_at, test::moment(seconds(40)).wall);
  EXPECT_FALSE(book.alerts()[0]->resolved_at);
}

// An alert once went on for an hour after the group's limit had been taken out of the
// configuration.
TEST(AlertBook, ResolvesAMinuteAfterAReloadTookItsSubjectAway) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised), finding(Level::raised, 1, "stays")},
                    frame_at(seconds(0)));
  ASSERT_EQ(book.count("High", AlertState::firing), 2U);
  book.reconfigure({});
  (void)book.update(rules, {finding(Level::raised, 1, "stays")}, frame_at(seconds(2)));
  (void)book.update(rules, {finding(Level::raised, 1, "stays")}, frame_at(seconds(61)));
  EXPECT_EQ(book.count("High", AlertState::firing), 2U) << "a collector may be late";
  const auto changed =
      book.update(rules, {finding(Level::raised, 1, "stays")}, frame_at(seconds(62)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(annotation(*changed[0], "resolved_because"), "the new configuration gives it no data");
  EXPECT_EQ(book.count("High", AlertState::firing), 1U);
  (void)book.update(rules, {}, frame_at(seconds(600)));
  EXPECT_EQ(book.count("High", AlertState::firing), 1U) << "seen since: an hour again";
}

TEST(AlertBook, ResolvesAlertsOfARuleThatAReloadRemoved) {
  AlertBook book({});
  {
    const RuleSet before =
        set_of({rule_named("High"), rule_named("Stays"), rule_named("Waits", seconds(60))});
    (void)book.update(before,
                      {finding(Level::raised), finding(Level::raised, 1, "a", "Stays"),
                       finding(Level::raised, 1, "a", "Waits")},
                      frame_at(seconds(0)));
  }
  book.reconfigure({{"site", "new"}});
  const RuleSet after = set_of({rule_named("Stays")});
  const auto changed = book.update(
      after, {finding(Level::raised, 1, "a", "Stays"), finding(Level::raised, 1, "b", "Stays")},
      frame_at(seconds(2)));
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0]->rule, "High");
  EXPECT_EQ(changed[0]->state, AlertState::resolved);
  EXPECT_EQ(annotation(*changed[0], "resolved_because"),
            "its rule was removed from the configuration");
  EXPECT_EQ(changed[1]->labels.back(), (std::pair<std::string, std::string>("site", "new")));
  EXPECT_EQ(book.count("Waits", AlertState::pending), 0U);
  for (const Alert* alert : book.alerts()) {
    if (alert->labels[1].second == "a") {
      EXPECT_EQ(alert->labels.size(), 3U) << "its identity stays until it resolved";
    }
  }
}

TEST(AlertBook, TakesANewLimitOfARuleAtOnce) {
  AlertBook book({});
  const RuleSet slow = set_of({rule_named("High", seconds(3600))});
  (void)book.update(slow, {finding(Level::raised)}, frame_at(seconds(0)));
  const RuleSet fast = set_of({rule_named("High", seconds(10))});
  EXPECT_EQ(book.update(fast, {finding(Level::raised)}, frame_at(seconds(10))).size(), 1U);
}

TEST(AlertBook, StartsAnewWhenARuleWatchesAnotherMetric) {
  AlertBook book({});
  (void)book.update(set_of({rule_named("High")}), {finding(Level::raised)}, frame_at(seconds(0)));
  Rule other = rule_named("High");
  other.metric = "other_metric";
  const RuleSet rules = set_of({other});
  const auto changed = book.update(rules, {finding(Level::raised)}, frame_at(seconds(2)));
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0]->state, AlertState::resolved);
  EXPECT_EQ(changed[1]->state, AlertState::firing);
}

TEST(AlertBook, TurnsAwayAndCountsWhatIsOverTheLimit) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({.limit = 2});
  const std::vector<Finding> three = {finding(Level::raised, 1, "a"),
                                      finding(Level::raised, 1, "b"),
                                      finding(Level::raised, 1, "c")};
  EXPECT_EQ(book.update(rules, three, frame_at(seconds(0))).size(), 2U);
  EXPECT_EQ(book.limited(), 1U);
  EXPECT_EQ(
      book.update(rules, {finding(Level::cleared, 0, "a"), three[1]}, frame_at(seconds(2))).size(),
      1U);
  EXPECT_EQ(book.update(rules, {three[2]}, frame_at(seconds(4))).size(), 1U) << "room again";
  EXPECT_EQ(book.limited(), 1U);
}

TEST(AlertBook, CountsARefusedAlertOnceHoweverManyFramesItIsRaised) {
  const RuleSet rules = set_of({rule_named("High"), rule_named("Other")});
  AlertBook book({.limit = 1});
  Finding elsewhere = finding(Level::raised, 1, "b");
  elsewhere.rule = "Other";
  const std::vector<Finding> raised = {finding(Level::raised, 1, "a"),
                                       finding(Level::raised, 1, "b"), elsewhere};
  for (int i = 0; i < 5; ++i) (void)book.update(rules, raised, frame_at(seconds(2 * i)));
  EXPECT_EQ(book.limited(), 2U) << "b of High and b of Other";
  (void)book.update(rules, {raised[0], finding(Level::cleared, 0, "b")}, frame_at(seconds(10)));
  (void)book.update(rules, raised, frame_at(seconds(12)));
  EXPECT_EQ(book.limited(), 4U) << "raised anew, refused anew";
}

TEST(AlertBook, CountsByRuleAndState) {
  const RuleSet rules = set_of({rule_named("High"), rule_named("Slow", seconds(10))});
  AlertBook book({});
  Finding slow = finding(Level::raised, 1, "a");
  slow.rule = "Slow";
  (void)book.update(rules, {finding(Level::raised, 1, "a"), finding(Level::raised, 1, "b"), slow},
                    frame_at(seconds(0)));
  (void)book.update(rules, {finding(Level::cleared, 0, "a"), finding(Level::raised, 1, "b"), slow},
                    frame_at(seconds(2)));
  EXPECT_EQ(book.count("High", AlertState::firing), 1U);
  EXPECT_EQ(book.count("High", AlertState::resolved), 1U);
  EXPECT_EQ(book.count("High", AlertState::pending), 0U);
  EXPECT_EQ(book.count("Slow", AlertState::pending), 1U);
  EXPECT_EQ(book.count("Slow", AlertState::resolved), 0U);
  EXPECT_EQ(book.count("None", AlertState::firing), 0U);
}

TEST(AlertBook, RemembersNoMoreResolvedAlertsThanItsLimit) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({.limit = 3});
  for (int i = 0; i < 50; ++i) {
    const std::string group = std::to_string(i);
    (void)book.update(rules, {finding(Level::raised, 1, group)}, frame_at(seconds(2 * i)));
    (void)book.update(rules, {finding(Level::cleared, 0, group)}, frame_at(seconds(2 * i + 1)));
    EXPECT_LE(book.alerts().size(), 4U);
  }
  EXPECT_EQ(book.limited(), 0U);
}

TEST(AlertBook, IgnoresTheSameSubjectTwiceInAFrame) {
  const RuleSet rules = set_of({rule_named("High", seconds(10))});
  AlertBook book({});
  const std::vector<Finding> twice = {finding(Level::raised), finding(Level::raised)};
  (void)book.update(rules, twice, frame_at(seconds(0)));
  (void)book.update(rules, twice, frame_at(seconds(6)));
  EXPECT_EQ(book.count("High", AlertState::firing), 0U);
  EXPECT_EQ(book.update(rules, twice, frame_at(seconds(10))).size(), 1U);
}

}  // namespace
}  // namespace perfwatch
