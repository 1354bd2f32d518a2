// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/dead_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/cli/cells.h"
#include "daemon/cli/table.h"
#include "daemon/cli/top_feed.h"
#include "daemon/cli/top_model.h"

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kAnswer = R"({"status":"success","data":{
  "tier":"ebpf","exact":true,"count":421,"total":2,"cpu_seconds":10.5,"covered_seconds":312.2,
  "kinds":[
    {"comm":"cc1plus","group":"make","count":20,"failed":1,"signalled":2,"cpu_seconds":8.2,
     "cpu_ratio":0.78,"user_seconds":8,"system_seconds":0.2,"peak_resident_bytes_max":1610612736,
     "peak_resident_bytes_mean":1048576,"lived_seconds_mean":0.5,"read_bytes":1024,
     "written_bytes":1024},
    {"comm":"sh","group":"make","count":401,"failed":0,"signalled":0,"cpu_seconds":0.0082,
     "cpu_ratio":0.001,"lived_seconds_mean":0.00004}]}})";

TopData dead() {
  TopData data;
  data.question.dead = true;
  data.exits = read_exits(kAnswer).value();
  return data;
}

TEST(ReadExits, TakesWhatIsThereAndLeavesTheRestAbsent) {
  const ExitsAnswer exits = read_exits(kAnswer).value();
  EXPECT_EQ(exits.tier, "ebpf");
  EXPECT_TRUE(exits.exact);
  EXPECT_EQ(exits.count, 421);
  ASSERT_EQ(exits.kinds.size(), 2U);
  EXPECT_EQ(exits.kinds[0].io, 2048);
  EXPECT_EQ(exits.kinds[1].io, std::nullopt);
  EXPECT_EQ(exits.kinds[1].peak_max, std::nullopt);
}

TEST(ReadExits, SurvivesAnswersOfAnyShape) {
  for (const char* body :
       {"", "[]", R"({"data":{}})", R"({"data":{"kinds":{}}})", R"({"data":{"kinds":"x"}})",
        R"({"status":"error","error":"this daemon does not see\u001b processes end"})"}) {
    EXPECT_FALSE(read_exits(body)) << body;
  }
  const auto odd = read_exits(R"({"data":{"exact":1,"tier":[],"count":"x","kinds":[1,null,[],
      {"comm":"\u001b[2J\u202e","group":7,"count":-1e308,"cpu_seconds":1e308}]}})");
  ASSERT_TRUE(odd);
  EXPECT_FALSE(odd->exact);
  ASSERT_EQ(odd->kinds.size(), 1U);
  EXPECT_THAT(odd->kinds[0].comm, HasSubstr("\\x1B[2J"));
  const auto rows = dead_rows(odd->kinds);
  for (const std::string& cell : rows[0].cells) EXPECT_LE(cell.size(), 20U) << cell;
}

TEST(DeadRows, ShowOneKindInALine) {
  use_utf8_locale();
  const TopData data = dead();
  const auto rows = top_rows(data);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].cells, ElementsAre("cc1plus", "make", "20", "3", "8.2s", "78", "8.0s",
                                         "200ms", "1.5G", "1.0M", "500ms", "2.0K"));
  EXPECT_THAT(rows[1].cells, ElementsAre("sh", "make", "401", "0", "8.2ms", "0.1", "-", "-", "-",
                                         "-", "40us", "-"));
  EXPECT_EQ(top_columns(data.question, {}).size(), rows[0].cells.size());
}

TEST(DeadRows, KeepWhatMattersOnANarrowTerminal) {
  use_utf8_locale();
  const TopData data = dead();
  Table table{top_columns(data.question, SortBy::cpu), {}};
  for (const TopRow& row : top_rows(data)) table.rows.push_back(row.cells);
  const auto lines = lay_out(table, 60);
  EXPECT_THAT(lines[0], HasSubstr("COMMAND"));
  EXPECT_THAT(lines[0], HasSubstr("COUNT"));
  EXPECT_THAT(lines[0], HasSubstr("CPU*"));
  EXPECT_THAT(lines[0], HasSubstr("PEAK(MAX)"));
  EXPECT_THAT(lines[0], testing::Not(HasSubstr("SYS")));
}

TEST(DeadRows, AreSortedByEachOfTheirColumns) {
  auto rows = top_rows(dead());
  sort_rows(rows, SortBy::count, false);
  EXPECT_EQ(rows[0].name, "sh");
  sort_rows(rows, SortBy::time, false);
  EXPECT_EQ(rows[0].name, "cc1plus");
  sort_rows(rows, SortBy::time, true);
  EXPECT_EQ(rows[0].name, "sh");
}

TEST(DeadLine, SaysHowManyEndedAndWhetherTheseAreAll) {
  ExitsAnswer exits = dead().exits;
  EXPECT_EQ(dead_line(exits), "421 ended in 5m 12s, CPU 10s; tier ebpf, exact");
  exits.exact = false;
  EXPECT_THAT(dead_line(exits), HasSubstr("not exact: some may be missing"));
  exits.kinds.clear();
  EXPECT_THAT(dead_line(exits), testing::StartsWith("nothing ended in 5m 12s; tier ebpf"));
  EXPECT_EQ(dead_line({}), "nothing ended in -");
}

TEST(ExitsTarget, AsksInAnOrderThatTheDaemonKnows) {
  EXPECT_EQ(exits_target(5, SortBy::memory), "/api/v1/exits?minutes=5&sort=memory&limit=1000");
  EXPECT_EQ(exits_target(15, SortBy::count, 3), "/api/v1/exits?minutes=15&sort=count&limit=3");
  EXPECT_EQ(exits_target(1, SortBy::io), "/api/v1/exits?minutes=1&sort=cpu&limit=1000");
}

struct TopOfTheDead : testing::Test {
  TopOfTheDead() { use_utf8_locale(); }
  void type(std::string_view keys) {
    for (const char& key : keys) EXPECT_TRUE(model.press(Key::text, {&key, 1}));
  }
  std::string line(std::size_t row) { return model.draw(120, 10)[row].text; }
  TopModel model{SortBy::cpu, false};
};

TEST_F(TopOfTheDead, AreThereWithOneKeyAndGoneWithIt) {
  EXPECT_FALSE(model.question().dead);
  type("d");
  EXPECT_TRUE(model.question().dead);
  EXPECT_EQ(model.question().minutes, 5U);
  EXPECT_THAT(line(1), HasSubstr("asking the daemon"));
  model.take(TopData{});
  EXPECT_THAT(line(1), HasSubstr("asking the daemon")) << "an answer to the older question";
  model.take(dead());
  EXPECT_THAT(line(2), HasSubstr("421 ended in 5m 12s, CPU 10s; tier ebpf, exact, by cpu"));
  EXPECT_THAT(line(4), HasSubstr("cc1plus"));
  type("p");
  EXPECT_THAT(line(4), HasSubstr("sh"));
  EXPECT_THAT(line(2), HasSubstr("by count"));
  type("d");
  EXPECT_FALSE(model.question().dead);
  EXPECT_THAT(line(2), HasSubstr("by processes"));
}

TEST_F(TopOfTheDead, AreSortedByTheTimeTheyLivedAndTheLivingAreNot) {
  type("t");
  EXPECT_THAT(line(2), HasSubstr("by cpu"));
  type("dt");
  model.take(dead());
  EXPECT_THAT(line(2), HasSubstr("by time"));
  EXPECT_THAT(line(3), HasSubstr("LIVED(AVG)*"));
  type(">");
  EXPECT_THAT(line(2), HasSubstr("by io"));
  type("<");
  EXPECT_TRUE(model.press(Key::escape));
  EXPECT_FALSE(model.question().dead);
  EXPECT_THAT(line(2), HasSubstr("by cpu"));
}

TEST_F(TopOfTheDead, LeadBackToTheGroupThatWasOpen) {
  TopData groups;
  GroupRow row;
  row.key = row.name = "make";
  groups.groups = {row};
  model.take(groups);
  EXPECT_TRUE(model.press(Key::enter));
  type("d");
  TopData data = dead();
  data.question.group = "make";
  model.take(data);
  EXPECT_TRUE(model.press(Key::enter)) << "opens nothing";
  EXPECT_TRUE(model.question().dead);
  type("d");
  EXPECT_EQ(model.question().group, "make");
}

TEST_F(TopOfTheDead, SayInFullWhyTheyCannotBeSeen) {
  type("d");
  TopData data;
  data.question.dead = true;
  data.error = "http://localhost:10117: this daemon does not see processes end: its accounting " +
               std::string("tier is \"poll\". ") + std::string(150, 'x') + " the cure (HTTP 501)";
  model.take(data);
  std::string all;
  for (const auto& drawn : model.draw(120, 10)) all += drawn.text + "\n";
  EXPECT_THAT(all, HasSubstr("the cure"));
  type("d");
  EXPECT_THAT(line(1), HasSubstr("asking the daemon")) << "an error of the dead, not of the living";
}

TEST_F(TopOfTheDead, SayThatNothingEnded) {
  type("d");
  TopData data;
  data.question.dead = true;
  data.exits.covered_seconds = 300;
  data.exits.tier = "ebpf";
  data.exits.exact = true;
  model.take(data);
  EXPECT_THAT(line(2), HasSubstr("nothing ended in 5m 0s; tier ebpf, exact"));
}

}  // namespace
}  // namespace perfwatch
