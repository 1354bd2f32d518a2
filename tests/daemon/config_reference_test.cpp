// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "core/base/text.h"
#include "daemon/config.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(test::source_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ConfigReference, StandsInTheDocumentation) {
  const std::string docs = file("docs/configuration.md");
  const std::string begin = "<!-- keys: begin -->\n";
  const std::string end = "<!-- keys: end -->\n";
  const auto from = docs.find(begin);
  const auto to = docs.find(end);
  ASSERT_NE(from, std::string::npos) << "docs/configuration.md has no line " << begin;
  ASSERT_NE(to, std::string::npos) << "docs/configuration.md has no line " << end;
  EXPECT_EQ(docs.substr(from + begin.size(), to - from - begin.size()), config_reference_markdown())
      << "put the output of `build/bin/perfwatchd --list-config` between the markers";
}

TEST(ConfigReference, HasEveryKeyOnceWithAllThatIsToSay) {
  std::set<std::string> paths;
  std::set<std::string> variables;
  for (const auto& key : config_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.type.empty()) << key.path;
    EXPECT_FALSE(key.help.empty()) << key.path;
    const bool in_list = key.path.find("[]") != std::string::npos;
    EXPECT_EQ(key.environment.empty(), in_list) << key.path;
    if (in_list) continue;
    EXPECT_TRUE(variables.insert(key.environment).second) << key.environment;
  }
  EXPECT_TRUE(paths.contains("sampling.interval"));
  EXPECT_TRUE(paths.contains("groups.rules[].comm"));
  EXPECT_TRUE(variables.contains("PERFWATCH_ALERTING_ALERTMANAGERS"));
}

// The defaults as documented, given as environment, are the defaults as they run.
TEST(ConfigReference, TellsTheTruthAboutDefaults) {
  Environment environment;
  for (const auto& key : config_keys()) {
    if (key.environment.empty()) continue;
    std::string text = key.default_text;
    if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
    environment.push_back(key.environment + "=" + text);
  }
  const auto given = load_config("", environment);
  ASSERT_TRUE(given) << given.error().text;
  const Config own;
  EXPECT_EQ(given->sampling.adaptive, own.sampling.adaptive);
  EXPECT_EQ(given->sampling.host, own.sampling.host);
  EXPECT_EQ(given->sampling.processes, own.sampling.processes);
  EXPECT_EQ(given->sampling.deadline, own.sampling.deadline);
  EXPECT_EQ(given->groups.limit, own.groups.limit);
  EXPECT_EQ(given->alerting.resend_interval, own.alerting.resend_interval);
  EXPECT_EQ(given->alerting.queue_limit, own.alerting.queue_limit);
  EXPECT_EQ(given->web.max_connections, own.web.max_connections);
  EXPECT_EQ(given->web.max_requests_in_flight, own.web.max_requests_in_flight);
  EXPECT_EQ(given->web.idle_timeout, own.web.idle_timeout);
  EXPECT_EQ(given->web.request_timeout, own.web.request_timeout);
  EXPECT_EQ(given->rules.size(), default_rules().size());
}

TEST(ExampleConfig, ChangesNothingAsItShips) {
  const auto config = parse_config(file("deploy/perfwatch.example.json"), "example", {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_TRUE(config->groups.rules.empty());
  EXPECT_TRUE(config->alerting.alertmanagers.empty());
  EXPECT_EQ(config->rules.size(), default_rules().size());
}

// Text is commented with "// ", settings with "//" alone: those must be right too.
TEST(ExampleConfig, IsRightWithEverythingSwitchedOn) {
  const std::string text = file("deploy/perfwatch.example.json");
  std::string on;
  std::string_view rest = text;
  std::string_view line;
  while (next_line(rest, line)) {
    const auto mark = line.find_first_not_of(' ');
    const bool setting = mark != std::string_view::npos && line.substr(mark).starts_with("//") &&
                         !line.substr(mark).starts_with("// ");
    on += setting ? line.substr(mark + 2) : line;
    on += '\n';
  }
  const auto config = parse_config(on, "example", {});
  ASSERT_TRUE(config) << config.error().text << "\n" << on;
  EXPECT_EQ(config->alerting.alertmanagers.size(), 1U);
  EXPECT_EQ(config->alerting.webhooks.size(), 1U);
  EXPECT_EQ(config->groups.rules.size(), 5U);
  EXPECT_EQ(config->rules.size(), default_rules().size()) << "one more, one disabled";
}

// The examples between fences that are configuration: whole ({...}) or one key of it ("rules":
// ...).
std::vector<std::string> examples(const std::string& name) {
  std::vector<std::string> found;
  const std::string text = file(name);
  std::string_view rest = text;
  std::string_view line;
  std::string block;
  bool inside = false;
  while (next_line(rest, line)) {
    if (line.starts_with("```")) {
      if (inside && block.starts_with('{')) found.push_back(block);
      if (inside && block.starts_with('"')) found.push_back("{" + block + "}");
      block.clear();
      inside = !inside;
    } else if (inside) {
      block.append(line).append("\n");
    }
  }
  return found;
}

TEST(Documents, ShowOnlyConfigurationThatTheDaemonTakes) {
  for (const std::string name : {"docs/configuration.md", "docs/alerts.md"}) {
    const auto all = examples(name);
    EXPECT_GE(all.size(), 3U) << name;
    for (const auto& example : all) {
      const auto config = parse_config(example, name, {});
      EXPECT_TRUE(config) << config.error().text << "\n" << example;
    }
  }
}

}  // namespace
}  // namespace perfwatch
