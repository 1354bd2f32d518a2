// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "daemon/cli/backtest.h"
#include "daemon/cli/backtest_settings.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/config.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

constexpr int kExitInput = 2;
constexpr const char* kFooter =
    "Input is a CSV file with a header: a time column (timestamp, time, ts, date, datetime or\n"
    "timestamp_seconds: seconds or YYYY-MM-DD HH:MM:SS, taken as UTC; index for changepoint) and\n"
    "columns of values. An empty field, NaN or an infinity is a missing value. Times that are\n"
    "printed are copied from the input, those in JSON are its seconds (of dates: since 1970).\n\n"
    "Exit codes: 0 replayed, 2 the input has a bad row (file, line, reason), 3 a wrong option.\n\n"
    "Examples:\n"
    "  perfwatch backtest threshold --above 0.9 --for 1m --input cpu.csv\n"
    "  perfwatch backtest anomaly --input cpu.csv --output scores.csv\n"
    "  perfwatch backtest leak --input java.csv --column heap_bytes\n"
    "  perfwatch backtest changepoint --input nightly.csv | jq .changepoints";

struct BacktestOptions {
  BacktestInput::Wish input;
  std::string output;
  std::string config;
  std::string rule;
  std::optional<double> above;
  std::optional<double> below;
  std::optional<double> clear;
  std::string hold = "0s";
  bool counter = false;
  std::map<std::string_view, std::string> settings;  // by name, as given
};

using Replay = std::function<Result<void>(BacktestInput&, BacktestOutput&)>;

int run_backtest(const BacktestOptions& options, const Replay& replay) {
  auto input = BacktestInput::open(options.input);
  if (!input) {
    complain(input.error().text);
    return input.error().kind == ErrorKind::malformed ? kExitInput : kExitTrouble;
  }
  auto output = BacktestOutput::open(options.output, input->descriptor());
  if (!output) return complain(output.error().text);
  auto done = replay(*input, *output);
  const auto written = output->finish();  // also what came before a bad row
  if (!done) {
    complain(done.error().text);
    return done.error().kind == ErrorKind::malformed ? kExitInput : kExitTrouble;
  }
  return written ? 0 : complain(written.error().text);
}

Result<Rule> find_rule(const BacktestOptions& options) {
  const auto config = load_config(options.config, process_environment());
  if (!config) return tl::unexpected(config.error());
  std::vector<std::string> names;
  for (const auto& rule : config->rules) {
    if (rule.name == options.rule) return rule;
    names.push_back(rule.name);
  }
  for (const auto& shipped : default_rules()) {
    if (shipped.name != options.rule) continue;
    return fail(ErrorKind::unsupported, "--rule: " + shipped.name + " is among disabled_rules of " +
                                            safe_text(options.config));
  }
  std::string text = "no rule \"" + safe_text(options.rule) + "\"";
  if (const auto close = nearest(options.rule, names)) {
    text += ", did you mean " + safe_text(*close) + "?";
  }
  return fail(ErrorKind::unsupported, std::move(text));
}

// What --above, --below, --clear and --for say.
Result<Rule> make_rule(const BacktestOptions& options) {
  if (options.above.has_value() == options.below.has_value()) {
    return fail(ErrorKind::unsupported, "one of --above and --below is needed, or --rule");
  }
  const bool upwards = options.above.has_value();
  Rule rule;
  rule.name = "backtest";
  rule.raise = {upwards ? Bound::Side::above : Bound::Side::below,
                upwards ? *options.above : *options.below};
  const double usual = rule.raise.value - (upwards ? 0.1 : -0.1) * std::abs(rule.raise.value);
  rule.clear = {upwards ? Bound::Side::below : Bound::Side::above, options.clear.value_or(usual)};
  if (upwards ? rule.clear.value > rule.raise.value : rule.clear.value < rule.raise.value) {
    return fail(ErrorKind::unsupported, upwards ? "--clear: may not lie above --above"
                                                : "--clear: may not lie below --below");
  }
  rule.summary = rule.description = "backtest";
  const auto hold = parse_duration(options.hold);
  if (!hold) {
    return fail(ErrorKind::unsupported,
                "--for: \"" + safe_text(options.hold) + "\" is not a duration (examples: 30s, 5m)");
  }
  rule.hold = *hold;
  return rule;
}

int run_threshold(const BacktestOptions& options) {
  const auto rule = options.rule.empty() ? make_rule(options) : find_rule(options);
  if (!rule) return complain(rule.error().text);
  return run_backtest(options, [&](BacktestInput& input, BacktestOutput& output) {
    return replay_threshold(input, output, *rule, options.counter);
  });
}

std::shared_ptr<BacktestOptions> add_method(CLI::App& backtest, const std::string& name,
                                            const std::string& what) {
  CLI::App* method = backtest.add_subcommand(name, what);
  auto options = std::make_shared<BacktestOptions>();
  method->add_option("--input", options->input.path, "CSV file; - is standard input")
      ->required()
      ->type_name("FILE");
  method
      ->add_option(
          "--column", options->input.column,
          "The column to judge; default: heap_bytes if there, else the first after the time")
      ->type_name("NAME");
  method->add_option("--output", options->output, "Default: standard output")->type_name("FILE");
  return options;
}

void add_rule(CLI::App& method, BacktestOptions& options) {
  method.add_option("--rule", options.rule, "A rule that ships, or one of --config.file")
      ->type_name("NAME");
  method.add_option("--config.file", options.config, "The daemon's configuration; with --rule")
      ->type_name("FILE");
}

void add_threshold(CLI::App& backtest, CommandLine& line) {
  const auto options =
      add_method(backtest, "threshold", "Print timestamp,value,state: inactive, pending or firing");
  CLI::App* method = backtest.get_subcommand("threshold");
  add_rule(*method, *options);
  method->add_option("--above", options->above, "Raised from here on")->type_name("NUMBER");
  method->add_option("--below", options->below, "Raised from here down")->type_name("NUMBER");
  method->add_option("--clear", options->clear, "Cleared from here on; default: 10 % back")
      ->type_name("NUMBER");
  method->add_option("--for", options->hold, "Fires once raised so long")
      ->type_name("DURATION")
      ->capture_default_str();
  method->add_flag("--counter", options->counter,
                   "The column only grows: its increase per second is judged");
  method->callback([&line, options] { line.run = [options] { return run_threshold(*options); }; });
}

void add_settings(CLI::App& method, BacktestOptions& options) {
  for (const DetectorSetting& setting : detector_settings()) {
    if (setting.method != method.get_name()) continue;
    const bool seconds = setting.unit == DetectorSetting::Unit::seconds;
    method
        .add_option("--" + std::string(setting.name), options.settings[setting.name],
                    std::string(setting.help))
        ->type_name(seconds ? "DURATION" : "NUMBER")
        ->default_str(default_text(setting));
  }
}

// The rule that was asked for, if one was; of the method's own kind.
Result<std::optional<Rule>> wanted_rule(const BacktestOptions& options, const std::string& method) {
  if (options.rule.empty()) {
    if (options.config.empty()) return std::nullopt;
    return fail(ErrorKind::unsupported,
                "--config.file: say which of its rules to try: --rule NAME");
  }
  auto rule = find_rule(options);
  if (!rule) return tl::unexpected(std::move(rule.error()));
  if (to_string(rule->kind) != method) {
    return fail(ErrorKind::unsupported, "--rule: " + safe_text(options.rule) + " is of the kind " +
                                            std::string(to_string(rule->kind)) + ", not " + method);
  }
  return std::optional(std::move(*rule));
}

Result<DetectorSettings> read_settings(const BacktestOptions& options, const std::string& method) {
  const auto rule = wanted_rule(options, method);
  if (!rule) return tl::unexpected(rule.error());
  DetectorWish wish;
  if (*rule) wish.rule = &**rule;
  for (const DetectorSetting& setting : detector_settings()) {
    const auto text = options.settings.find(setting.name);
    if (text != options.settings.end() && !text->second.empty()) {
      wish.given.push_back({&setting, text->second});
    }
  }
  return choose_settings(wish);
}

using Detect = Result<void> (*)(BacktestInput&, BacktestOutput&, const DetectorSettings&);

void add_detector(CLI::App& backtest, CommandLine& line, const std::string& name,
                  const std::string& what, Detect detect) {
  const auto options = add_method(backtest, name, what);
  CLI::App* method = backtest.get_subcommand(name);
  options->input.index_allowed = name == "changepoint";
  options->input.resident_wanted = name == "leak";
  if (options->input.resident_wanted) {
    method
        ->add_option("--resident-column", options->input.resident,
                     "Says how large the process is; default: rss_bytes if there")
        ->type_name("NAME");
  }
  // No rule finds change points.
  if (name != "changepoint") add_rule(*method, *options);
  add_settings(*method, *options);
  method->callback([&line, options, detect, name] {
    line.run = [options, detect, name] {
      const auto settings = read_settings(*options, name);
      if (!settings) return complain(settings.error().text);
      return run_backtest(*options, [&](BacktestInput& input, BacktestOutput& output) {
        return detect(input, output, *settings);
      });
    };
  });
}

}  // namespace

void add_backtest(CLI::App& app, CommandLine& line) {
  CLI::App* backtest =
      app.add_subcommand("backtest", "Judge recorded data by the code that judges live data");
  backtest->require_subcommand(1);
  backtest->footer(kFooter);
  add_threshold(*backtest, line);
  add_detector(
      *backtest, line, "anomaly",
      "Print timestamp,value,score,alert; the score is 0 to 1, 0.5 and above alerts. The daemon "
      "feeds it means of minutes: give it rows that are 1 to 5 minutes apart",
      [](auto& input, auto& output, const auto& settings) {
        return replay_anomalies(input, output, settings.anomaly);
      });
  add_detector(*backtest, line, "changepoint",
               "Print as JSON where the level changed, by how much and how sure that is",
               [](auto& input, auto& output, const auto& settings) {
                 return replay_change_points(input, output, settings.change_points);
               });
  add_detector(*backtest, line, "leak",
               "Print as JSON whether it leaks, and when the daemon would have said so",
               [](auto& input, auto& output, const auto& settings) {
                 return replay_leak(input, output, settings);
               });
}

}  // namespace perfwatch
