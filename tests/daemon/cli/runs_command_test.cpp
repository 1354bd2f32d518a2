// SPDX-License-Identifier: Apache-2.0
// perfwatch runs and perfwatch baselines, on a folder of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/store/runs.h"
#include "daemon/cli/command.h"
#include "daemon/cli/run_store.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using test::run_id;
using test::sample_run;
using testing::HasSubstr;

struct Answer {
  int code = 0;
  std::string out, err;
};

class RunsCommand : public testing::Test {
 protected:
  Answer ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "perfwatch");
    arguments.insert(arguments.begin() + 2, {"--storage.path", folder_});
    std::vector<const char*> argv;
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Answer answer;
    answer.code = run_command_line(static_cast<int>(argv.size()), argv.data(), "0.1.0");
    answer.err = testing::internal::GetCapturedStderr();
    answer.out = testing::internal::GetCapturedStdout();
    return answer;
  }
  void keep(std::initializer_list<int> began) {
    auto database = open_run_store(folder_, RunStoreUse::write);
    ASSERT_TRUE(database);
    for (const int second : began) ASSERT_TRUE(finish_run(*database, sample_run(second)));
  }

  test::TempTree tree_;
  std::string folder_ = tree_.path() + "/state";
};

TEST_F(RunsCommand, SaysThatThereAreNone) {
  const Answer list = ask({"runs"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.err, HasSubstr("no runs are kept in " + folder_ + " yet"));
  EXPECT_EQ(json::parse(ask({"runs", "--json"}).out)["runs"], json::array());
  EXPECT_EQ(ask({"runs", "show", "last"}).code, 2);
  EXPECT_EQ(ask({"baselines", "export"}).code, 2);
  EXPECT_EQ(json::parse(ask({"baselines", "--json"}).out)["baselines"], json::array());
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(RunsCommand, ListsShowsAndCompares) {
  keep({1, 2, 3});
  const json list = json::parse(ask({"runs", "--json", "--limit", "2"}).out);
  ASSERT_EQ(list["runs"].size(), 2U);
  EXPECT_EQ(list["runs"][0]["id"], run_id(3));
  EXPECT_EQ(json::parse(ask({"runs", "--json", "--since", "1d"}).out)["runs"].size(), 0U);
  EXPECT_EQ(json::parse(ask({"runs", "--json", "--since", "2023-11-14"}).out)["runs"].size(), 3U);
  EXPECT_THAT(ask({"runs", "--component", "kernel"}).out, HasSubstr("make bzImage"));
  EXPECT_THAT(ask({"runs", "--component", "docs"}).err, HasSubstr("no such runs"));
  EXPECT_EQ(json::parse(ask({"runs", "show", "last", "--json"}).out)["id"], run_id(3));
  EXPECT_THAT(ask({"runs", "show", run_id(2).substr(18)}).out, HasSubstr(run_id(2)));
  const Answer none = ask({"runs", "show", "7ZZZ"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "perfwatch: no run \"7ZZZ\"\n");
  EXPECT_THAT(ask({"runs", "show", "01HF"}).err, HasSubstr("several runs have 01HF"));
  EXPECT_EQ(ask({"runs", "diff", run_id(1), "last"}).code, 0);
  EXPECT_EQ(json::parse(ask({"runs", "diff", run_id(1), "last", "--json"}).out)["after"]["id"],
            run_id(3));
  EXPECT_EQ(ask({"runs", "diff", run_id(1)}).code, 3);
  EXPECT_EQ(ask({"runs", "--since", "soon"}).code, 3);
  EXPECT_EQ(ask({"runs", "--limit", "0"}).code, 3);
  EXPECT_EQ(ask({"runs", "--outcome", "good"}).code, 3);
  EXPECT_EQ(ask({"runs", "shwo"}).code, 3);
}

TEST_F(RunsCommand, MarksRunsWhoseMeasurerIsGone) {
  {
    auto database = open_run_store(folder_, RunStoreUse::write);
    ASSERT_TRUE(database);
    RunMeasurer gone = this_measurer();
    gone.process.start_ticks += 1;
    ASSERT_TRUE(begin_run(*database, sample_run(1), gone));
    ASSERT_TRUE(begin_run(*database, sample_run(2), this_measurer()));
  }
  const json list = json::parse(ask({"runs", "--json"}).out);
  EXPECT_EQ(list["runs"][0]["outcome"], "running");
  EXPECT_EQ(list["runs"][1]["outcome"], "interrupted");
}

TEST_F(RunsCommand, AcceptsABaseline) {
  keep({1, 2, 3, 4});
  const Answer named = ask({"baselines", "accept", run_id(2), "--note", "since then"});
  EXPECT_EQ(named.code, 0) << named.err;
  EXPECT_THAT(named.out, HasSubstr("counts from run " + run_id(2) + " on (3 runs so far)"));
  const json list = json::parse(ask({"baselines", "--json"}).out)["baselines"];
  EXPECT_EQ(list[0]["since_run"], run_id(2));
  EXPECT_EQ(list[0]["runs"], 3);
  EXPECT_EQ(list[0]["note"], "since then");
  EXPECT_THAT(
      ask({"baselines", "accept", "--component", "kernel", "--operation", "make bzImage"}).out,
      HasSubstr("counts from run " + run_id(4) + " on (1 run so far)"));
  EXPECT_EQ(ask({"baselines", "accept"}).code, 3);
  EXPECT_EQ(ask({"baselines", "accept", "--component", "kernel"}).code, 3);
  EXPECT_EQ(ask({"baselines", "accept", "7ZZZ"}).code, 2);
  EXPECT_EQ(ask({"baselines", "accept", "--component", "x", run_id(2)}).code, 2);
  EXPECT_EQ(ask({"baselines", "accept", "--component", "x", "--operation", "y"}).code, 2);
}

TEST_F(RunsCommand, AcceptsTheNewestWarmRunAndSaysWhereOnlyColdOnesAre) {
  keep({1, 2});
  {
    auto database = open_run_store(folder_, RunStoreUse::write);
    ASSERT_TRUE(database);
    perfwatch::Run cold = sample_run(3);
    cold.cold = true;
    ASSERT_TRUE(finish_run(*database, cold));
    cold = sample_run(4);
    cold.cold = true;
    cold.operation = "make clean";
    ASSERT_TRUE(finish_run(*database, cold));
  }
  const Answer warm =
      ask({"baselines", "accept", "--component", "kernel", "--operation", "make bzImage"});
  EXPECT_THAT(warm.out, HasSubstr("32 GiB counts from run " + run_id(2) + " on (1 run so far)"));
  const Answer cold =
      ask({"baselines", "accept", "--component", "kernel", "--operation", "make clean"});
  EXPECT_THAT(cold.out, HasSubstr("with cold caches counts from run " + run_id(4)));
}

TEST_F(RunsCommand, CarriesBaselinesToAnotherFolder) {
  keep({1, 2, 3});
  const std::string file = tree_.path() + "/baselines.json";
  const Answer exported = ask({"baselines", "export", file});
  EXPECT_EQ(exported.code, 0) << exported.err;
  const std::string text = ask({"baselines", "export"}).out;
  folder_ = tree_.path() + "/another";
  const Answer imported = ask({"baselines", "import", file});
  EXPECT_EQ(imported.out, "imported: 1 baseline, 3 runs\n") << imported.err;
  EXPECT_EQ(json::parse(ask({"baselines", "--json"}).out)["baselines"][0]["imported"], 3);
  EXPECT_EQ(ask({"baselines", "export"}).out, text);
  tree_.write("bad.json", "{\"baselines\": [{}]}");
  const Answer bad = ask({"baselines", "import", tree_.path() + "/bad.json"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_EQ(bad.err, "perfwatch: " + tree_.path() +
                         "/bad.json: /baselines/0/component: is missing, or no text\n");
  EXPECT_EQ(ask({"baselines", "import", tree_.path() + "/none.json"}).code, 2);
}

TEST_F(RunsCommand, RefusesAStoreFromTheFuture) {
  {
    auto database = open_run_store(folder_, RunStoreUse::write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 99"));
  }
  for (const char* command : {"runs", "baselines"}) {
    const Answer answer = ask({command});
    EXPECT_EQ(answer.code, 3);
    EXPECT_THAT(answer.err, HasSubstr("a newer perfwatchd wrote it (version 99 of the tables"));
  }
}

TEST_F(RunsCommand, QuotesANameAsItWasTyped) {
  keep({1});
  EXPECT_EQ(ask({"runs", "show", "nope"}).err, "perfwatch: no run \"nope\"\n");
}

TEST_F(RunsCommand, AcceptsTheLastRun) {
  keep({1, 2});
  const Answer accepted = ask({"baselines", "accept", "last"});
  EXPECT_EQ(accepted.code, 0) << accepted.err;
  EXPECT_THAT(accepted.out, HasSubstr(run_id(2)));
}

TEST_F(RunsCommand, EndsWithThreeWhereTheDatabaseIsDamaged) {
  keep({1, 2, 3});
  // All but the header, which says that it is a database.
  const std::string file = folder_ + "/perfwatch.db";
  const auto size = std::filesystem::file_size(file);
  std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(100);
  damaged << std::string(size - 100, '\xA5');
  damaged.close();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"runs"},
                                                {"runs", "show", "last"},
                                                {"runs", "show", run_id(1)},
                                                {"runs", "diff", "last", run_id(1)},
                                                {"baselines", "accept", "last"},
                                                {"baselines", "accept", run_id(1)}}) {
    const Answer answer = ask(words);
    EXPECT_EQ(answer.code, 3) << words.back() << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("storage: ")) << words.back();
  }
}

}  // namespace
}  // namespace perfwatch
