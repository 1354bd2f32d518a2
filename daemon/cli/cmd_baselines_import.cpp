// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/account/host_class.h"
#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "daemon/cli/baseline_source.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/run_store.h"
#include "daemon/cli/whole_file.h"
#include "daemon/config_values.h"
#include "exporters/json/baseline_json.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

struct ImportOptions {
  std::string file;
  std::string from, component, operation, host_class;
  std::string range = "30d", step = "10m";
  std::vector<std::string> queries;
  bool by_variable = false;  // `from` is the environment's
};

int import_file(const std::string& folder, const std::string& path) {
  const auto text = read_whole_file(path, kBaselinesJsonBytes);
  if (!text) {
    complain(safe_text(text.error().text));
    return kExitNoSuch;
  }
  const auto baselines = baselines_from_json(*text);
  if (!baselines) {
    return complain_of(within(input_name(path), baselines.error()));
  }
  auto database = open_run_store_for(folder, RunStoreUse::write);
  if (!database) return complain(safe_text(database.error().text));
  const auto done = import_baselines(*database, *baselines);
  if (!done) return complain_of(done.error());
  std::size_t runs = 0;
  for (const Baseline& baseline : *baselines) runs += baseline.runs.size();
  print("imported: " + counted(baselines->size(), "baseline") + ", " + counted(runs, "run") + "\n");
  return 0;
}

Result<std::chrono::milliseconds> read_time(const char* option, const std::string& text) {
  const auto time = parse_duration(text);
  if (time) return std::chrono::duration_cast<std::chrono::milliseconds>(*time);
  return fail(ErrorKind::malformed, std::string(option) + ": \"" + safe_text(text) +
                                        "\" is not a duration (examples: 30d, 12h, 1m)");
}

std::string metric_names() {
  std::string names;
  for (const auto& info : run_metrics()) (names += names.empty() ? "" : ", ").append(info.name);
  return names;
}

// METRIC=PROMQL
Result<std::pair<RunMetric, std::string>> read_query(const std::string& text) {
  const auto equals = text.find('=');
  const auto metric = run_metric(text.substr(0, equals));
  if (!metric) {
    return fail(ErrorKind::malformed,
                "--query: METRIC=PROMQL is expected, where METRIC is one of " + metric_names());
  }
  if (equals == std::string::npos || equals + 1 == text.size()) {
    return fail(ErrorKind::malformed, "--query: PROMQL is missing after METRIC=");
  }
  return std::pair(*metric, text.substr(equals + 1));
}

Result<BaselineSource> read_source(const ImportOptions& options, const std::string& ca) {
  BaselineSource source;
  auto address = parse_source(options.from, ca);
  const char* place = options.by_variable ? kBaselineSourceVariable : "--from";
  if (!address) return tl::unexpected(within(place, std::move(address.error())));
  source.address = std::move(*address);
  const auto range = read_time("--range", options.range);
  if (!range) return tl::unexpected(range.error());
  const auto step = read_time("--step", options.step);
  if (!step) return tl::unexpected(step.error());
  source.window = {*range, *step};
  if (auto good = check_window(source.window); !good) return tl::unexpected(good.error());
  for (const auto& text : options.queries) {
    auto query = read_query(text);
    if (!query) return tl::unexpected(query.error());
    source.queries.push_back(std::move(*query));
  }
  return source;
}

int import_shared(const CommandLine& line, const std::string& folder,
                  const ImportOptions& options) {
  if (options.component.empty() || options.operation.empty()) {
    return complain("say which: --from needs --component and --operation");
  }
  const auto source = read_source(options, line.ca);
  if (!source) return complain(safe_text(source.error().text));
  BaselineKey key;
  key.component = options.component;
  key.operation = options.operation;
  key.host_class = options.host_class.empty() ? to_string(read_host_class({})) : options.host_class;
  key = bounded(std::move(key));
  auto database = open_run_store_for(folder, RunStoreUse::write);
  if (!database) return complain(safe_text(database.error().text));
  const auto done = import_from(*database, *source, key);
  if (!done) return complain_of(done.error());
  std::string text = "imported: " + counted(done->runs, "run") + " of " + key.component + " / " +
                     key.operation + " on " + key.host_class;
  if (done->known > 0) text += " (" + std::to_string(done->known) + " more are known here)";
  print(safe_text(text) + "\n");
  return 0;
}

int import_any(const CommandLine& line, const std::string& folder, ImportOptions options) {
  if (!options.file.empty() && !options.from.empty()) {
    return complain("either FILE or --from");
  }
  if (!options.file.empty()) return import_file(folder, options.file);
  const char* source = std::getenv(kBaselineSourceVariable);
  options.by_variable = options.from.empty() && source != nullptr;
  if (options.by_variable) options.from = source;
  if (!options.from.empty()) return import_shared(line, folder, options);
  return complain("say from where: a FILE that perfwatch baselines export wrote, or --from URL");
}

}  // namespace

void add_baselines_import(CLI::App& baselines, CommandLine& line,
                          const std::function<const std::string&()>& folder) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* command = baselines.add_subcommand(
      "import", "Take baselines over that other hosts have; twice is once");
  command
      ->add_option("FILE", options->file,
                   "What perfwatch baselines export wrote there; - for standard input")
      ->type_name("");
  command
      ->add_option("--from", options->from,
                   "A Prometheus-compatible server that scrapes their perfwatchd. Default without "
                   "FILE: $PERFWATCH_BASELINE_SOURCE")
      ->type_name("URL");
  command->add_option("--component", options->component, "Of this component")->type_name("NAME");
  command->add_option("--operation", options->operation, "Of this operation")->type_name("NAME");
  command
      ->add_option("--host-class", options->host_class,
                   "Of hosts of this class, as perfwatch baselines shows it. Default: as this host")
      ->type_name("TEXT");
  command->add_option("--range", options->range, "Of the last so long")
      ->type_name("DURATION")
      ->capture_default_str();
  command
      ->add_option("--step", options->step,
                   "Of runs that end on one host within so long, only the last is seen")
      ->type_name("DURATION")
      ->capture_default_str();
  command
      ->add_option("--query", options->queries,
                   "Somebody else's series instead, repeatable: each change of their values is a "
                   "run. As in wall_seconds=ci_job_seconds{job_name=\"build\"}[30d]")
      ->type_name("METRIC=PROMQL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->callback([&line, options, folder] {
    line.run = [&line, options, folder] { return import_any(line, folder(), *options); };
  });
}

}  // namespace perfwatch
