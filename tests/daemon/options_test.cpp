// SPDX-License-Identifier: Apache-2.0
#include "daemon/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

std::variant<Options, int> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "perfwatchd");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(ParseOptions, HasTheDefaultsOfTheManual) {
  const auto options = std::get<Options>(parse({}));
  EXPECT_EQ(options.listen_addresses, std::vector<std::string>{"127.0.0.1:10117"});
  EXPECT_EQ(options.roots.procfs, "/proc");
  EXPECT_EQ(options.roots.rootfs, "");
  EXPECT_FALSE(options.enable_lifecycle);
  EXPECT_FALSE(options.socket_given);
}

TEST(ParseOptions, TakesPrometheusStyleFlagsInBothSpellings) {
  const auto options = std::get<Options>(
      parse({"--web.listen-address=:1", "--web.listen-address", "[::1]:2", "--log.level=warn",
             "--log.format", "json", "--path.procfs=/host/proc/", "--web.socket="}));
  EXPECT_EQ(options.listen_addresses, (std::vector<std::string>{":1", "[::1]:2"}));
  EXPECT_EQ(options.log_level, LogLevel::warn);
  EXPECT_EQ(options.log_format, LogFormat::json);
  EXPECT_EQ(options.roots.procfs, "/host/proc");
  EXPECT_EQ(options.socket, "");
  EXPECT_TRUE(options.socket_given);
}

TEST(ParseOptions, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(std::get<int>(parse({"--web.listen-adress=:1"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--log.level=loud"})), 2);
  EXPECT_EQ(std::get<int>(parse({"extra"})), 2);
}

TEST(ParseOptions, AnswersHelpAndVersion) {
  EXPECT_EQ(std::get<int>(parse({"--help"})), 0);
  EXPECT_EQ(std::get<int>(parse({"--version"})), 0);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Options, AreAllInTheManualAndTheOperationsGuide) {
  std::string manual = read_file(test::source_path("docs/man/perfwatchd.8"));
  for (auto at = manual.find("\\-"); at != std::string::npos; at = manual.find("\\-")) {
    manual.erase(at, 1);
  }
  const std::string guide = read_file(test::source_path("docs/operations.md"));
  const auto names = option_names();
  EXPECT_GE(names.size(), 15U);
  for (const auto& name : names) {
    EXPECT_NE(manual.find(name), std::string::npos) << name;
    if (name == "--help") continue;  // everybody has it
    EXPECT_NE(guide.find(name), std::string::npos) << name;
  }
}

TEST(Options, TheManualHasNoFlagThatIsGone) {
  const auto names = option_names();
  std::string manual = read_file(test::source_path("docs/man/perfwatchd.8"));
  for (auto at = manual.find("\\-"); at != std::string::npos; at = manual.find("\\-")) {
    manual.erase(at, 1);
  }
  const std::regex flag("--[a-z][a-z.-]+");
  for (std::sregex_iterator at(manual.begin(), manual.end(), flag), end; at != end; ++at) {
    EXPECT_NE(std::find(names.begin(), names.end(), at->str()), names.end()) << at->str();
  }
}

}  // namespace
}  // namespace perfwatch
