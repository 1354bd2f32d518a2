// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/analyse/alert_book.h"
#include "tests/core/analyse/alert_book_fixture.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::frame_at;
using test::rule_named;
using test::set_of;
using testing::ElementsAre;
using testing::IsEmpty;

Finding finding(Level level, const std::string& group = "a", double value = 0.95) {
  return test::finding(level, value, group);
}

std::vector<Alert> copies(const std::vector<const Alert*>& alerts) {
  std::vector<Alert> out;
  for (const Alert* alert : alerts) out.push_back(*alert);
  return out;
}

// What the daemon's next life knows. Its monotonic clock starts anywhere.
AlertBook next_life(const AlertBook& book, Instant end, Instant begin,
                    AlertBook::Settings settings = {}) {
  AlertBook next(std::move(settings));
  EXPECT_EQ(next.restore(book.snapshot(end), begin), 0U);
  return next;
}

// Plays levels as in alert_book_test.cpp, a frame every 10 s; | is a restart with a downtime of
// half an hour.
std::string play(std::string_view levels, seconds hold, seconds keep, bool ratio = false,
                 nanoseconds step = seconds(10)) {
  Rule rule = rule_named("High", hold, keep);
  if (ratio) rule.divided_by = "test_total_bytes";
  const RuleSet rules = set_of({rule});
  AlertBook book({});
  std::string states;
  nanoseconds t{0};
  nanoseconds down{0};
  for (const char level : levels) {
    if (level == '|') {
      const auto end = test::moment(t, down);
      down += minutes(30);
      book = next_life(book, end, test::moment(t, down));
      continue;
    }
    std::vector<Finding> findings;
    if (level == 'R') findings = {finding(Level::raised)};
    if (level == 'b') findings = {finding(Level::between)};
    if (level == 'c') findings = {finding(Level::cleared)};
    if (level == 'a') findings = {finding(Level::absent)};
    char state = '.';
    for (const Alert* alert : book.update(rules, findings, frame_at(t, down))) {
      state = alert->state == AlertState::resolved ? 'r' : '!';
    }
    if (state == '.' && book.count("High", AlertState::pending) == 1) state = 'P';
    if (state == '.' && book.count("High", AlertState::firing) == 1) state = 'F';
    states += state;
    t += step;
  }
  return states;
}

TEST(AlertBookRestart, GoesOnFiringAndFiresNothingAnew) {
  EXPECT_EQ(play("RR|RR", seconds(0), seconds(0)), "!FFF");
  EXPECT_EQ(play("R|bb|bR", seconds(0), seconds(0)), "!FFFF");
}

TEST(AlertBookRestart, ResolvesWhatClearedMeanwhile) {
  EXPECT_EQ(play("RR|c", seconds(0), seconds(0)), "!Fr");
}

TEST(AlertBookRestart, KeepsWhatHadPassedOfForAndStopsItsClockMeanwhile) {
  EXPECT_EQ(play("RRR|RR", seconds(30), seconds(0)), "PPPP!") << "20 s before, 10 s after";
  EXPECT_EQ(play("RRR|cRRRR", seconds(30), seconds(0)), "PPP.PPP!");
  EXPECT_EQ(play("RRRb|RRRR", seconds(30), seconds(0)), "PPPPPPP!") << "a break stays a break";
  EXPECT_EQ(play("R|R|R|R|R", seconds(10), seconds(0)), "PPPPP") << "nobody saw it last";
}

TEST(AlertBookRestart, KeepsWhatHadPassedOfKeepFiringFor) {
  EXPECT_EQ(play("Rccc|ccc", seconds(0), seconds(30)), "!FFFFr.");
}

TEST(AlertBookRestart, ResolvesAMinuteLaterWhatHasNoSeriesAnyMore) {
  EXPECT_EQ(play("R|-------", seconds(0), seconds(0)), "!FFFFFFr");
  EXPECT_EQ(play("R|---R--------", seconds(0), seconds(0)), "!FFFFFFFFFFFF")
      << "it was only late: then an hour";
}

TEST(AlertBookRestart, WaitsForTheValueOfASeriesThatIsThere) {
  EXPECT_EQ(play("R|aaaaaaaaaaaaR", seconds(0), seconds(0)), "!FFFFFFFFFFFFF");
  EXPECT_EQ(play("R|aaaaaaa", seconds(0), seconds(0), true), "!FFFFFFr") << "its divisor is gone";
}

TEST(AlertBookRestart, CountsOnlyItsOwnTimeForTheHourWithoutData) {
  EXPECT_EQ(play("Raa|aa", seconds(0), seconds(0), false, minutes(20)), "!FFr.");
  EXPECT_EQ(play("Ra|aaa", seconds(0), seconds(0), false, minutes(20)), "!FFr.");
}

TEST(AlertBookRestart, KeepsTheIdentityAndTheEvidenceOfWhatFires) {
  Rule rule = rule_named("High", seconds(10));
  AlertBook book({.labels = {{"host", "ci1"}}});
  (void)book.update(set_of({rule}), {finding(Level::raised)}, frame_at(seconds(0)));
  (void)book.update(set_of({rule}), {finding(Level::raised)}, frame_at(seconds(10)));
  const auto before = copies(book.alerts());
  ASSERT_EQ(before.size(), 1U);

  // Another host name, another severity, days later.
  AlertBook next = next_life(book, test::moment(seconds(12)), test::moment(seconds(14), hours(99)),
                             {.labels = {{"host", "renamed"}}});
  rule.severity = Severity::critical;
  EXPECT_THAT(next.update(set_of({rule}), {finding(Level::raised, "a", 0.99)},
                          frame_at(seconds(16), hours(99))),
              IsEmpty());
  const auto after = copies(next.alerts());
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].labels, before[0].labels);
  EXPECT_EQ(after[0].fingerprint, before[0].fingerprint);
  EXPECT_EQ(after[0].severity, before[0].severity);
  EXPECT_EQ(after[0].active_since, before[0].active_since);
  EXPECT_EQ(after[0].fired_at, before[0].fired_at);
  EXPECT_EQ(find_label(after[0].annotations, "active_since"),
            find_label(before[0].annotations, "active_since"));
  EXPECT_EQ(find_label(after[0].annotations, "summary"), "a at 0.99");
}

TEST(AlertBookRestart, BeginsPendingAnewAfterAnHourWithoutADaemon) {
  const RuleSet rules = set_of({rule_named("High", seconds(30))});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  const auto end = test::moment(seconds(1));
  EXPECT_EQ(next_life(book, end, test::moment(seconds(1), minutes(59))).alerts().size(), 1U);
  EXPECT_EQ(next_life(book, end, test::moment(seconds(1), hours(1))).alerts().size(), 0U);
  EXPECT_EQ(next_life(book, end, test::moment(seconds(1), hours(-5))).alerts().size(), 1U);
}

TEST(AlertBookRestart, ResolvesWhatHasNoRuleAnyMoreAndSaysSo) {
  AlertBook book({});
  (void)book.update(set_of({rule_named("High")}), {finding(Level::raised)}, frame_at(seconds(0)));
  AlertBook next = next_life(book, test::moment(seconds(1)), test::moment(seconds(2)));
  const auto gone = next.update(set_of({rule_named("Other")}), {}, frame_at(seconds(3)));
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0]->state, AlertState::resolved);
  EXPECT_EQ(find_label(gone[0]->annotations, "resolved_because"),
            "its rule was removed from the configuration");

  next = next_life(book, test::moment(seconds(1)), test::moment(seconds(2)));
  Rule other = rule_named("High");
  other.metric = "other_metric";
  const RuleSet rules = set_of({other});
  const auto changed = next.update(rules, {finding(Level::raised)}, frame_at(seconds(3)));
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0]->state, AlertState::resolved);
  EXPECT_EQ(changed[1]->state, AlertState::firing);
}

TEST(AlertBookRestart, RemembersWhatResolvedForItsQuarterOfAnHour) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  (void)book.update(rules, {finding(Level::cleared)}, frame_at(seconds(10)));
  const auto before = copies(book.alerts());
  const auto end = test::moment(seconds(12));
  EXPECT_THAT(next_life(book, end, test::moment(seconds(12), minutes(16))).alerts(), IsEmpty());
  AlertBook next = next_life(book, end, test::moment(seconds(12), minutes(10)));
  ASSERT_EQ(next.alerts().size(), 1U);
  EXPECT_EQ(next.alerts()[0]->resolved_at, before[0].resolved_at);
  (void)next.update(rules, {finding(Level::raised, "b")}, frame_at(seconds(20), minutes(10)));
  EXPECT_EQ(next.count("High", AlertState::resolved), 1U);
  (void)next.update(rules, {finding(Level::raised)}, frame_at(seconds(30), minutes(10)));
  EXPECT_EQ(next.count("High", AlertState::resolved), 0U) << "it fires again: one and the same";
  next = next_life(book, end, test::moment(seconds(12), hours(-3)));
  (void)next.update(rules, {}, frame_at(minutes(20), hours(-3)));
  EXPECT_THAT(next.alerts(), IsEmpty()) << "a clock that went back does not keep it for ever";
}

TEST(AlertBookRestart, EndsNothingBeforeItsStartWhenTheWallClockWentBack) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  const auto fired_at = book.alerts()[0]->fired_at;
  AlertBook next = next_life(book, test::moment(seconds(1)), test::moment(seconds(2), hours(-5)));
  EXPECT_EQ(next.alerts()[0]->fired_at, fired_at);
  const auto changed =
      next.update(rules, {finding(Level::cleared)}, frame_at(seconds(3), hours(-5)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_GE(*changed[0]->resolved_at, *changed[0]->fired_at);
}

// Such an alert could not be resolved at Alertmanager before its start.
TEST(AlertBookRestart, BringsAStartInTheFarFutureBack) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0), hours(24 * 3650)));
  AlertBook next = next_life(book, test::moment(seconds(1)), test::moment(seconds(2)));
  EXPECT_EQ(next.alerts()[0]->fired_at, test::moment(seconds(2)).wall);
  EXPECT_LE(next.alerts()[0]->active_since, *next.alerts()[0]->fired_at);
}

TEST(AlertBookRestart, ReloadsAfterARestartAsEver) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  AlertBook next = next_life(book, test::moment(seconds(1)), test::moment(seconds(2)));
  next.reconfigure({});
  (void)next.update(rules, {finding(Level::absent)}, frame_at(seconds(4)));
  const auto changed = next.update(rules, {finding(Level::absent)}, frame_at(seconds(64)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(find_label(changed[0]->annotations, "resolved_because"),
            "the new configuration gives it no data");
}

SavedAlert sound_alert() {
  SavedAlert saved;
  saved.alert.rule = "High";
  saved.alert.labels = {{"alertname", "High"}, {"group", "a"}};
  saved.alert.state = AlertState::firing;
  saved.alert.active_since = saved.alert.fired_at.emplace(test::moment(seconds(0)).wall);
  saved.metric = "test_memory_bytes";
  saved.subject = {{"group", "a"}};
  saved.saved_at = saved.alert.active_since;
  return saved;
}

bool taken(const SavedAlert& saved) {
  AlertBook book({});
  return book.restore({saved}, test::moment(seconds(60))) == 0;
}

TEST(AlertBookRestart, LeavesOutWhatIsNoAlert) {
  EXPECT_TRUE(taken(sound_alert()));
  const auto broken = [](auto change) {
    SavedAlert saved = sound_alert();
    change(saved);
    return !taken(saved);
  };
  EXPECT_TRUE(broken([](auto& s) { s.alert.rule = "no name"; }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.rule = ""; }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.rule = "Other"; })) << "not what the labels say";
  EXPECT_TRUE(broken([](auto& s) { s.metric = "1"; }));
  EXPECT_TRUE(broken([](auto& s) { s.metric.assign(9999, 'm'); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.labels.clear(); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.labels.emplace_back("a b", ""); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.labels.push_back(s.alert.labels[0]); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.labels[1].second.assign(1 << 20, 'x'); }));
  EXPECT_TRUE(broken([](auto& s) { s.subject[0].second.assign(1 << 20, 'x'); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.annotations = {{"summary", std::string(9999, 'x')}}; }));
  EXPECT_TRUE(broken([](auto& s) { s.subject = Labels(65, {"group", "a"}); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.fired_at.reset(); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.fired_at.emplace(hours(-1)); }));
  EXPECT_TRUE(broken([](auto& s) { s.alert.state = AlertState::resolved; })) << "without an end";
}

TEST(AlertBookRestart, MendsWhatCanBeMended) {
  SavedAlert saved = sound_alert();
  saved.alert.value = std::numeric_limits<double>::quiet_NaN();
  saved.alert.fingerprint = 42;
  saved.alert.labels = {{"group", "a\x01\xFF"}, {"alertname", "High"}};
  saved.alert.annotations = {{"top_processes", "one\ntwo\x1B"}};
  saved.alert.active_since = std::chrono::system_clock::time_point::max();
  saved.alert.resolved_at = saved.alert.fired_at;
  saved.clocks = {nanoseconds::min(), nanoseconds::max(), nanoseconds::max(), true};
  saved.saved_at = std::chrono::system_clock::time_point::min();
  AlertBook book({});
  ASSERT_EQ(book.restore({saved, saved}, test::moment(seconds(60))), 1U) << "the second is known";
  ASSERT_EQ(book.alerts().size(), 1U);
  const Alert& alert = *book.alerts()[0];
  EXPECT_EQ(alert.value, 0);
  EXPECT_EQ(alert.labels, (Labels{{"alertname", "High"}, {"group", "a\\x01\\xFF"}}));
  EXPECT_EQ(alert.fingerprint, fingerprint_of(alert.labels));
  EXPECT_EQ(find_label(alert.annotations, "top_processes"), "one\ntwo\\x1B");
  EXPECT_LE(alert.active_since, *alert.fired_at);
  EXPECT_FALSE(alert.resolved_at);
  book.each(test::moment(seconds(60)), [](const AlertBook::View& view) {
    EXPECT_EQ(view.clocks.raised_for, seconds(0));
    EXPECT_EQ(view.clocks.cleared_for, hours(7 * 24));
    EXPECT_EQ(view.clocks.no_data_for, hours(1));
  });
}

TEST(AlertBookRestart, TakesNoMoreThanItsLimit) {
  std::vector<SavedAlert> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back(sound_alert());
    many.back().subject[0].second = std::to_string(i);
    if (i % 2 == 0) continue;
    many.back().alert.state = AlertState::resolved;
    many.back().alert.resolved_at = test::moment(seconds(i)).wall;
  }
  AlertBook book({.limit = 3});
  EXPECT_EQ(book.restore(many, test::moment(seconds(60))), 7U);
  EXPECT_EQ(book.count("High", AlertState::firing), 3U);
  EXPECT_EQ(book.count("High", AlertState::resolved), 3U);
  for (const Alert* alert : book.alerts()) {
    if (alert->state != AlertState::resolved) continue;
    EXPECT_GE(*alert->resolved_at, test::moment(seconds(15)).wall) << "the youngest are kept";
  }
}

TEST(AlertBookRestart, GivesEachLifeANumberOfItsOwn) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(0)));
  const auto id_of = [](const AlertBook& of) {
    return of.snapshot(test::moment(seconds(9)))[0].id;
  };
  const auto first = id_of(book);
  (void)book.update(rules, {finding(Level::cleared)}, frame_at(seconds(2)));
  EXPECT_EQ(id_of(book), first) << "resolved is the same life";
  (void)book.update(rules, {finding(Level::raised)}, frame_at(seconds(4)));
  EXPECT_NE(id_of(book), first);
}

// One daemon that runs through, and one that is restarted again and again: to both the same
// happens, in the same frames. Where the second is restarted the first one reloads, which has it
// doubt its subjects as a restart does, and sees a hole.
class TwinLives {
 public:
  explicit TwinLives(unsigned seed) : random_(seed) {
    Rule rule = rule_named("High", seconds(pick(60)), seconds(pick(40)));
    rule.divided_by = "test_total_bytes";
    rules_ = set_of({rule});
  }

  void run() {
    for (int i = 0; i < 2000 && !testing::Test::HasFatalFailure(); ++i) one_frame();
  }

 private:
  using Event = std::pair<std::string, AlertState>;
  using Wall = std::chrono::system_clock::time_point;

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void restart() {
    through_.reconfigure({});
    (void)through_.update(rules_, {}, frame_at(t_));
    const Instant end = restarted_at();
    boot_ = hours(pick(100));
    down_ += minutes(pick(30));
    restarted_ = next_life(restarted_, end, restarted_at(), {.limit = 4});
  }
  Instant restarted_at() const {
    Instant at = test::moment(t_, down_);
    at.monotonic += boot_;
    return at;
  }
  static std::vector<Event> events(const std::vector<const Alert*>& changed) {
    std::vector<Event> out;
    for (const Alert* alert : changed) out.emplace_back(alert->labels[1].second, alert->state);
    std::sort(out.begin(), out.end());
    return out;
  }
  void one_frame() {
    t_ += std::chrono::milliseconds(1 + pick(pick(30) == 0 ? 600'000 : 20'000));
    std::vector<Finding> findings;
    if (pick(15) == 0) restart();
    for (int subject = 0; subject < 4; ++subject) {
      const int level = pick(12);
      if (level == 11) continue;
      findings.push_back(finding(level < 7    ? Level::raised
                                 : level == 7 ? Level::between
                                 : level < 10 ? Level::cleared
                                              : Level::absent,
                                 std::to_string(subject)));
    }
    const auto through = events(through_.update(rules_, findings, frame_at(t_)));
    Frame frame;
    frame.at = restarted_at();
    ASSERT_EQ(events(restarted_.update(rules_, findings, frame)), through);
    ASSERT_EQ(restarted_.count("High", AlertState::pending),
              through_.count("High", AlertState::pending));
    for (const Alert* alert : restarted_.alerts()) {
      ASSERT_GE(alert->fired_at.value_or(alert->active_since), alert->active_since);
      ASSERT_GE(alert->resolved_at.value_or(Wall::max()), alert->fired_at.value_or(Wall::min()));
    }
  }

  std::mt19937 random_;
  RuleSet rules_ = set_of({});
  nanoseconds t_{0};
  nanoseconds down_{0};
  nanoseconds boot_{0};
  AlertBook through_{{.limit = 4}};
  AlertBook restarted_{{.limit = 4}};
};

TEST(AlertBookRestart, ChangesNothingInRandomLivesButWhatTheHolesDo) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    TwinLives(seed).run();
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace perfwatch
