// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/source_path.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome run(std::initializer_list<const char*> arguments) {
  std::vector<const char*> argv{"perfwatch"};
  argv.insert(argv.end(), arguments);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = run_command_line(static_cast<int>(argv.size()), argv.data(), "0.1.0");
  outcome.err = testing::internal::GetCapturedStderr();
  outcome.out = testing::internal::GetCapturedStdout();
  return outcome;
}

TEST(CommandLine, SuggestsTheNearestCommand) {
  const Outcome outcome = run({"stauts"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("unknown command \"stauts\", did you mean \"status\"?"));
  EXPECT_THAT(run({"zzzzzzzzz\x1b"}).err, HasSubstr("unknown command \"zzzzzzzzz\\x1B\" (perf"));
}

TEST(CommandLine, AnswersHelpAndVersion) {
  EXPECT_TRUE(run({"--version"}).out.starts_with("perfwatch 0.1.0 (revision "));
  const Outcome help = run({"status", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 the host is well"));
}

TEST(CommandLine, RefusesWrongOptionsWithThree) {
  EXPECT_EQ(run({}).code, 3);
  EXPECT_EQ(run({"status", "--bogus"}).code, 3);
  EXPECT_EQ(run({"top", "--sort", "size"}).code, 3);
  EXPECT_EQ(run({"top", "--limit", "-1"}).code, 3);
  EXPECT_EQ(run({"top", "--dead", "--group", "make"}).code, 3);
  EXPECT_EQ(run({"top", "--dead", "--minutes", "16"}).code, 3);
  EXPECT_EQ(run({"top", "--minutes", "5"}).code, 3) << "of what lives there are no minutes";
  EXPECT_THAT(run({"top", "--sort", "time", "--address", "http://127.0.0.1:1"}).err,
              HasSubstr("--sort time is for --dead"));
  EXPECT_EQ(run({"status", "--address", "ftp://x"}).code, 3);
  EXPECT_THAT(run({"status", "--address", "http://127.0.0.1:1", "--ca", "/x"}).err,
              HasSubstr("--ca is for https, not for http://127.0.0.1:1"));
}

TEST(CommandLine, SaysThatThereIsNoDaemon) {
  const Outcome outcome = run({"status", "--address", "unix:/nonexistent/perfwatch.sock"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("no daemon at unix:/nonexistent/perfwatch.sock"));
  EXPECT_EQ(outcome.out, "");
}

TEST(CommandLine, HooksOfRunsNeedTheDaemonsSocket) {
  const Outcome begun =
      run({"run", "begin", "--operation", "build", "--address", "http://127.0.0.1:1"});
  EXPECT_EQ(begun.code, 3);
  EXPECT_THAT(begun.err, HasSubstr("--address unix:PATH"));
  EXPECT_EQ(begun.out, "");
  EXPECT_EQ(run({"run", "end", "x", "--address", "unix:/nonexistent/socket"}).code, 3);
  EXPECT_EQ(run({"run", "end"}).code, 3);
  EXPECT_EQ(run({"run", "end", "x", "--exit-code", "256"}).code, 3);
  EXPECT_EQ(run({"run", "begin", "--bogus"}).code, 3);
  EXPECT_EQ(run({"run", "--bogus"}).code, 125) << "its own codes start at 0";
}

TEST(CommandLine, SaysWhatIsWrongWithARun) {
  const Outcome missing = run({"run", "--"});
  EXPECT_EQ(missing.code, 125);
  EXPECT_THAT(missing.err, HasSubstr("the command is missing"));
  EXPECT_THAT(run({"run", "make"}).err, HasSubstr("put -- before the command"));
  const Outcome standard_output = run({"run", "--json", "-", "--", "true"});
  EXPECT_EQ(standard_output.code, 125);
  EXPECT_THAT(standard_output.err, HasSubstr("standard output is the command's"));
  EXPECT_EQ(run({"run", "--timeout", "0.0", "--", "true"}).code, 125);
  EXPECT_EQ(run({"run", "--timeout", "1.2.3", "--", "true"}).code, 125);
  const test::TempTree tree;
  const std::string file = tree.path() + "/x.md";
  const Outcome same = run({"run", "--json", file.c_str(), "--report", file.c_str(), "--", "true"});
  EXPECT_EQ(same.code, 125);
  EXPECT_THAT(same.err, HasSubstr("the same file"));
}

TEST(CommandLine, TakesOnlyNumbersAboveZeroForItems) {
  for (const char* wrong : {"0", "-1", "nan", "inf", "many"}) {
    const Outcome outcome = run({"bench", "--items", wrong, "true"});
    EXPECT_EQ(outcome.code, 2) << wrong;
    EXPECT_THAT(outcome.err, HasSubstr("\"" + std::string(wrong) + "\" is no number above 0"));
  }
}

TEST(Replay, KnowsItsMethodsAndSettings) {
  EXPECT_EQ(run({"backtest"}).code, 3);
  EXPECT_THAT(run({"backtest", "anomoly"}).err,
              HasSubstr("unknown command \"anomoly\", did you mean \"anomaly\"? "
                        "(perfwatch backtest --help lists them)"));
  EXPECT_EQ(run({"backtest", "leak"}).code, 3) << "no input";
  const Outcome wrong = run({"backtest", "anomaly", "--input", "-", "--threshold", "2"});
  EXPECT_EQ(wrong.code, 3);
  EXPECT_EQ(wrong.err, "perfwatch: --threshold: \"2\" is no number from 0.01 to 1\n");
  EXPECT_EQ(run({"backtest", "changepoint", "--input", "-", "--patience", "5"}).code, 3)
      << "that of another method";
  EXPECT_THAT(run({"backtest", "leak", "--help"}).out, HasSubstr("--patience DURATION=135s"));
}

TEST(Replay, EndsWithTwoForABadRowAndWithThreeForABadFile) {
  const test::TempTree tree{{"good.csv", "time,value\n1,2\n"}, {"bad.csv", "time,value\n1,2\n2\n"}};
  const std::string good = tree.path() + "/good.csv";
  const std::string bad = tree.path() + "/bad.csv";
  const std::string none = tree.path() + "/none.csv";
  const Outcome told = run({"backtest", "anomaly", "--input", good.c_str()});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_EQ(told.out, "timestamp,value,score,alert\n1,2,0,0\n");
  const Outcome broken = run({"backtest", "anomaly", "--input", bad.c_str()});
  EXPECT_EQ(broken.code, 2);
  EXPECT_EQ(broken.out, told.out) << "what came before is kept";
  EXPECT_EQ(broken.err, "perfwatch: " + bad + ":3: the line has 1 fields, the header 2\n");
  EXPECT_EQ(run({"backtest", "anomaly", "--input", none.c_str()}).code, 3);
}

TEST(CheckConfig, SaysWhatTheDaemonWouldTake) {
  const test::TempTree tree{{"ok.json", R"({"groups": {"rules": [{"comm": ["make"]}]}})"},
                            {"bad.json", R"({"sampling": {"intervall": "2s"}})"}};
  const std::string good = tree.path() + "/ok.json";
  const Outcome taken = run({"check-config", good.c_str()});
  EXPECT_EQ(taken.code, 0) << taken.err;
  EXPECT_THAT(taken.out, testing::StartsWith(good + ": ok ("));
  EXPECT_THAT(taken.out, HasSubstr(", 1 groups rules, 0 targets)\n"));
  const std::string bad = tree.path() + "/bad.json";
  const Outcome refused = run({"check-config", bad.c_str()});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.out, HasSubstr("did you mean \"interval\""));
  const Outcome json = run({"check-config", "--json", bad.c_str()});
  EXPECT_EQ(json.code, 2);
  EXPECT_THAT(json.out, HasSubstr("\"ok\": false"));
  EXPECT_EQ(run({"check-config", "/nonexistent/perfwatch.json"}).code, 2);
}

TEST(CheckConfig, WarnsOfARuleOverAMetricThatDoesNotExist) {
  const test::TempTree tree{{"typo.json", R"({"rules": [{"name": "Typo", "metric":
      "perfwatch_memory_availble_bytes", "raise": {"below": 1}, "clear": {"above": 2}}]})"}};
  const std::string typo = tree.path() + "/typo.json";
  const Outcome warned = run({"check-config", typo.c_str()});
  EXPECT_EQ(warned.code, 0) << warned.err;
  EXPECT_THAT(warned.out, HasSubstr("warning: rule Typo: there is no metric "
                                    "perfwatch_memory_availble_bytes, so it will never fire; did "
                                    "you mean perfwatch_memory_available_bytes?\n"));
}

TEST(ManPage, HasEveryCommandAndOption) {
  std::ifstream file(test::source_path("docs/man/perfwatch.1"));
  std::string page{std::istreambuf_iterator<char>(file), {}};
  for (auto at = page.find("\\-"); at != std::string::npos; at = page.find("\\-"))
    page.erase(at, 1);
  CLI::App app;
  CommandLine line;
  add_commands(app, line);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    EXPECT_THAT(page, HasSubstr(command->get_name()));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        EXPECT_THAT(page, HasSubstr("--" + name)) << command->get_name();
      }
    }
  }
}

}  // namespace
}  // namespace perfwatch
