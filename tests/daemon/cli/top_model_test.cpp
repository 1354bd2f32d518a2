// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TopData groups() {
  TopData data;
  data.status.hostname = "build-07";
  data.status.verdict = "well";
  const auto add = [&](const char* name, double processes, double cores, double memory, double io) {
    GroupRow row;
    row.key = row.name = name;
    row.processes = processes;
    row.cpu_cores = cores;
    row.resident = memory;
    row.io = io;
    data.groups.push_back(row);
  };
  add("ninja", 1, 0.5, 300, 5);
  add("cc1plus", 8, 7.5, 200, 9);
  add("ld", 2, 1.0, 900, 7);
  return data;
}

TopData processes() {
  TopData data;
  data.question.group = "cc1plus";
  data.status.taken = 100;
  ProcessRow row;
  row.comm = "cc1plus";
  row.pid = 4711;
  row.start_ticks = 9;
  row.start_time = 40;
  row.cpu_cores = 0.99;
  data.processes = {row};
  return data;
}

// The first words of the rows, a star before the selected one.
std::vector<std::string> names(TopModel& model, std::size_t height = 10) {
  std::vector<std::string> found;
  const auto lines = model.draw(80, height);
  for (std::size_t i = 4; i < lines.size() && !lines[i].text.empty(); ++i) {
    const auto begin = lines[i].text.find_first_not_of(' ');
    const auto word = lines[i].text.substr(begin, lines[i].text.find(' ', begin) - begin);
    found.push_back((lines[i].look == Look::selected ? "*" : "") + word);
  }
  return found;
}

struct Top : testing::Test {
  Top() {
    use_utf8_locale();
    model.take(groups());
  }
  void type(std::string_view keys) {
    for (const char& key : keys) EXPECT_TRUE(model.press(Key::text, {&key, 1}));
  }
  TopModel model{SortBy::cpu, false};
};

TEST_F(Top, SortsByTheKeysOfItsColumns) {
  EXPECT_THAT(names(model), ElementsAre("*cc1plus", "ld", "ninja"));
  type("m");
  EXPECT_THAT(names(model), ElementsAre("*ld", "ninja", "cc1plus"));
  type("i");
  EXPECT_THAT(names(model), ElementsAre("*cc1plus", "ld", "ninja"));
  type("n");
  EXPECT_THAT(names(model), ElementsAre("*cc1plus", "ld", "ninja"));
  type("p");
  EXPECT_THAT(names(model), ElementsAre("*cc1plus", "ld", "ninja"));
  type("r");
  EXPECT_THAT(names(model), ElementsAre("*ninja", "ld", "cc1plus"));
}

TEST_F(Top, MovesTheSortColumnBothWaysAround) {
  type(">");
  EXPECT_THAT(model.draw(80, 9)[2].text, HasSubstr("by memory"));
  EXPECT_TRUE(model.press(Key::right));
  EXPECT_TRUE(model.press(Key::right));
  EXPECT_THAT(model.draw(80, 9)[2].text, HasSubstr("by name"));
  type("<");
  EXPECT_THAT(model.draw(80, 9)[2].text, HasSubstr("by io"));
}

TEST_F(Top, KeepsTheSelectionOnItsGroupWhenTheOrderChanges) {
  EXPECT_TRUE(model.press(Key::down));
  EXPECT_THAT(names(model), ElementsAre("cc1plus", "*ld", "ninja"));
  TopData next = groups();
  next.groups[2].cpu_cores = 99;
  model.take(next);
  EXPECT_THAT(names(model), ElementsAre("*ld", "cc1plus", "ninja"));
  next.groups.pop_back();
  model.take(next);
  EXPECT_THAT(names(model), ElementsAre("*cc1plus", "ninja")) << "the selected group ended";
}

TEST_F(Top, OpensAGroupAndGoesBackToIt) {
  EXPECT_TRUE(model.press(Key::enter));
  EXPECT_EQ(model.question().group, "cc1plus");
  model.take(groups());
  EXPECT_THAT(names(model), ElementsAre()) << "an answer to the older question";
  model.take(processes());
  EXPECT_THAT(names(model), ElementsAre("*4711"));
  EXPECT_THAT(model.draw(80, 9)[4].text, HasSubstr("1m 0s"));
  EXPECT_TRUE(model.press(Key::escape));
  EXPECT_EQ(model.question().group, "");
  model.take(groups());
  EXPECT_THAT(names(model), ElementsAre("*cc1plus", "ld", "ninja"));
}

TEST_F(Top, FiltersWhileTyping) {
  type("/N");
  EXPECT_THAT(names(model), ElementsAre("*ninja"));
  EXPECT_EQ(model.draw(80, 9)[2].text, "/N_");
  type("q");
  EXPECT_THAT(names(model), ElementsAre()) << "q is a letter here";
  EXPECT_TRUE(model.press(Key::backspace));
  EXPECT_TRUE(model.press(Key::enter));
  EXPECT_THAT(model.draw(80, 9)[2].text, HasSubstr("1 groups, of 3 with \"N\""));
  EXPECT_TRUE(model.press(Key::escape));
  EXPECT_EQ(names(model).size(), 3U);
}

TEST_F(Top, KeepsWhatItHasWhileTheDaemonIsAway) {
  TopData away;
  away.error = "no daemon at unix:/x: Connection refused";
  model.take(away);
  EXPECT_EQ(names(model).size(), 3U);
  EXPECT_EQ(model.draw(80, 9)[1].text, "no daemon at unix:/x: Connection refused - trying again");
  EXPECT_EQ(model.draw(80, 9)[1].look, Look::alarm);
  model.take(groups());
  EXPECT_EQ(model.draw(80, 9)[1].text, "host well");
}

TEST_F(Top, HoldsStillWhilePausedButOpensAGroup) {
  type(" ");
  TopData next = groups();
  next.groups.pop_back();
  model.take(next);
  EXPECT_EQ(names(model).size(), 3U);
  EXPECT_THAT(model.draw(80, 9)[2].text, HasSubstr("PAUSED"));
  EXPECT_TRUE(model.press(Key::enter));
  model.take(processes());
  EXPECT_THAT(names(model), ElementsAre("*4711"));
}

TEST_F(Top, ScrollsWithTheSelection) {
  TopData many = groups();
  for (int i = 0; i < 50; ++i) {
    GroupRow row;
    row.key = row.name = "g" + std::to_string(i);
    row.cpu_cores = -i;
    many.groups.push_back(row);
  }
  model.take(many);
  EXPECT_EQ(names(model, 8).size(), 4U);
  EXPECT_TRUE(model.press(Key::end));
  EXPECT_THAT(names(model, 8), ElementsAre("g46", "g47", "g48", "*g49"));
  EXPECT_TRUE(model.press(Key::page_up));
  EXPECT_THAT(names(model, 8), ElementsAre("*g45", "g46", "g47", "g48"));
  EXPECT_TRUE(model.press(Key::home));
  EXPECT_THAT(names(model, 8).front(), "*cc1plus");
}

TEST_F(Top, FillsEverySizeOfScreenExactly) {
  type("h");
  for (int round = 0; round < 2; ++round) {
    for (std::size_t width = 0; width < 100; width += 7) {
      for (std::size_t height = 0; height < 20; ++height) {
        const auto lines = model.draw(width, height);
        EXPECT_EQ(lines.size(), height);
        for (const auto& line : lines)
          EXPECT_LE(display_width(line.text), std::max<std::size_t>(width, 1));
      }
    }
    type("h");
  }
}

TEST_F(Top, QuitsWithQ) {
  EXPECT_FALSE(model.press(Key::text, "q"));
  EXPECT_TRUE(model.press(Key::text, "ä"));
  EXPECT_TRUE(model.press(Key::text, ""));
}

TEST(SortRows, PutsTheUnknownLastAndEqualsByName) {
  std::vector<TopRow> rows(3);
  rows[0].name = "b";
  rows[1].name = "unknown";
  rows[1].io = -1;
  rows[2].name = "a";
  sort_rows(rows, SortBy::io, false);
  EXPECT_EQ(rows[0].name, "a");
  EXPECT_EQ(rows[1].name, "b");
  EXPECT_EQ(rows[2].name, "unknown");
}

TEST(ParseSort, KnowsItsOwnNames) {
  for (const bool dead : {false, true}) {
    for (const SortBy sort : sort_order(dead)) {
      EXPECT_EQ(parse_sort(to_string(sort, dead), dead), sort);
    }
    EXPECT_EQ(parse_sort("size", dead), std::nullopt);
  }
  EXPECT_EQ(parse_sort("count", false), SortBy::count);
  EXPECT_EQ(parse_sort("processes", true), SortBy::count);
  EXPECT_EQ(parse_sort("time", false), std::nullopt) << "only the dead";
}

}  // namespace
}  // namespace perfwatch
