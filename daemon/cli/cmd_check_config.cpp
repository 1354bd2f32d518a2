// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/config.h"
#include "daemon/rule_metrics.h"

namespace perfwatch {
namespace {

constexpr const char* kDefaultFile = "/etc/perfwatch/perfwatch.json";
constexpr int kExitProblems = 2;
constexpr const char* kFooter =
    "PERFWATCH_* variables are laid over the file, as the daemon does it.\n\n"
    "A rule over a metric that does not exist is a warning: the daemon takes it, it never "
    "fires.\n\n"
    "Exit codes: 0 the daemon would take it, 2 problems (one line each), 3 a wrong option.\n\n"
    "Examples:\n"
    "  sudo perfwatch check-config\n"
    "  perfwatch check-config ./perfwatch.json && sudo systemctl reload perfwatchd";

using Json = nlohmann::ordered_json;

Json problem_lines(std::string_view text) {
  Json lines = Json::array();
  std::string_view line;
  while (next_line(text, line)) lines.push_back(safe_text(line));
  return lines;
}

// What the daemon would take, and warn of in its log.
Json warning_lines(const std::vector<Rule>& rules) {
  Json lines = Json::array();
  for (const auto& [rule, metric, nearest] : unknown_metrics(rules)) {
    lines.push_back("rule " + safe_text(rule) + ": there is no metric " + safe_text(metric) +
                    ", so it will never fire" +
                    (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }
  return lines;
}

Json describe(const std::string& file, const Result<Config>& config) {
  Json out = Json::object();
  out["file"] = safe_text(file);
  out["ok"] = config.has_value();
  if (!config) {
    out["problems"] = problem_lines(config.error().text);
    return out;
  }
  out["warnings"] = warning_lines(config->rules);
  out["rules"] = config->rules.size();
  out["group_rules"] = config->groups.rules.size();
  out["targets"] = config->alerting.alertmanagers.size() + config->alerting.webhooks.size();
  return out;
}

int run_check_config(const std::string& file, bool json) {
  const auto config = load_config(file, process_environment());
  const Json report = describe(file, config);
  if (json) {
    print(report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else if (config) {
    for (const Json& line : report["warnings"]) {
      print(safe_text(file) + ": warning: " + line.get<std::string>() + "\n");
    }
    print(safe_text(file) + ": ok (" + report["rules"].dump() + " rules, " +
          report["group_rules"].dump() + " groups rules, " + report["targets"].dump() +
          " targets)\n");
  } else {
    for (const Json& line : report["problems"]) print(line.get<std::string>() + "\n");
  }
  return config ? 0 : kExitProblems;
}

}  // namespace

void add_check_config(CLI::App& app, CommandLine& line) {
  CLI::App* command =
      app.add_subcommand("check-config", "Whether the daemon would take a configuration file");
  const auto file = std::make_shared<std::string>(kDefaultFile);
  const auto json = std::make_shared<bool>(false);
  command->add_option("FILE", *file, "The file")->capture_default_str()->type_name("");
  command->add_flag("--json", *json, "Print the result as JSON");
  command->footer(kFooter);
  command->callback(
      [&line, file, json] { line.run = [file, json] { return run_check_config(*file, *json); }; });
}

}  // namespace perfwatch
