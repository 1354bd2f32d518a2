// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "core/store/runs.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/named_run.h"
#include "daemon/cli/run_store.h"
#include "daemon/cli/runs_view.h"
#include "daemon/cli/whole_file.h"
#include "exporters/json/baseline_json.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "A baseline is what a run is compared with: the runs of its component and operation that\n"
    "succeeded, on its class of host, with caches as warm. RUNS counts those kept here, IMPORTED\n"
    "those from elsewhere, both from the accepted run on (SINCE), if there is one.\n\n"
    "Exit codes: 0 done, 2 no such run, or a bad file, or a server that knows nothing of it, 3 a\n"
    "wrong option, or the database or the server cannot be used.\n\n"
    "Examples:\n"
    "  perfwatch baselines accept 5V4Y8C2Q --note 'LTO is on since then'\n"
    "  perfwatch baselines accept --component kernel --operation 'make bzImage'\n"
    "  perfwatch baselines export baselines.json\n"
    "  perfwatch baselines import baselines.json\n"
    "  perfwatch baselines import --from http://prometheus:9090 --component kernel \\\n"
    "    --operation 'make bzImage'";

struct BaselinesOptions {
  std::string folder;  // --storage.path
  std::string component, operation, run, note, file;
  bool json = false;
};

int list(const BaselinesOptions& options) {
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  const bool none = !database && database.error().kind == ErrorKind::gone;
  if (!database && !(none && options.json)) {
    complain(safe_text(database.error().text));
    return none ? 0 : kExitTrouble;
  }
  std::vector<BaselineSummary> baselines;
  if (database) {
    auto listed = list_baselines(*database);
    if (!listed) return complain(safe_text(listed.error().text));
    baselines = std::move(*listed);
  }
  const Style style = standard_output_style();
  print(options.json ? baselines_json(baselines, style.terminal)
                     : render_baselines(baselines, style));
  return 0;
}

// The run that was named, or the newest that succeeded of what was named: with warm caches, where
// any did. Those with cold ones are another baseline, which nobody means who does not say so.
Result<Run> find_accepted(Database& database, const BaselinesOptions& options) {
  if (!options.run.empty()) return find_named_run(database, options.run);
  RunFilter filter;
  filter.component = options.component;
  filter.operation = options.operation;
  filter.outcome = RunOutcome::succeeded;
  filter.limit = kRunsListed;
  auto runs = list_runs(database, filter);
  if (!runs) return tl::unexpected(std::move(runs.error()));
  const auto warm =
      std::find_if(runs->begin(), runs->end(), [](const Run& run) { return !run.cold; });
  if (warm != runs->end()) return std::move(*warm);
  if (!runs->empty()) return std::move(runs->front());
  return fail(ErrorKind::gone, "no run of " + options.component + " / " + options.operation +
                                   " has succeeded: perfwatch runs lists what there is");
}

// Whether it may begin a baseline, of what was named with it.
Result<void> check_accepted(const Run& run, const BaselinesOptions& options) {
  if (run.outcome != RunOutcome::succeeded) {
    return fail(ErrorKind::gone, "run " + run.id + " is " + std::string(to_string(run.outcome)) +
                                     ": only runs that succeeded make a baseline");
  }
  const bool other_component = !options.component.empty() && options.component != run.component;
  const bool other_operation = !options.operation.empty() && options.operation != run.operation;
  if (!other_component && !other_operation) return {};
  return fail(ErrorKind::gone, "run " + run.id + " is of " + run.component + " / " + run.operation);
}

int accept(const BaselinesOptions& options) {
  if (options.run.empty() && (options.component.empty() || options.operation.empty())) {
    return complain(
        "say which: a RUN, or --component and --operation (perfwatch baselines lists "
        "them)");
  }
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  if (!database && database.error().kind != ErrorKind::gone) {
    return complain(safe_text(database.error().text));
  }
  if (!database) return complain_of(database.error());
  const auto run = find_accepted(*database, options);
  if (!run) return complain_of(run.error());
  if (const auto good = check_accepted(*run, options); !good) return complain_of(good.error());
  const BaselineKey key = key_of(*run);
  const auto now = std::chrono::system_clock::now();
  if (const auto done = accept_baseline(*database, key, run->id, options.note, now); !done) {
    return complain(safe_text(done.error().text));
  }
  const auto history = history_of(*database, {key, kBaselineRuns, {}});
  if (!history) return complain(safe_text(history.error().text));
  if (options.json) {
    print(baselines_to_json(std::span(&*history, 1), standard_output_style().terminal));
    return 0;
  }
  const std::size_t count = history->runs.size();
  print(safe_text("accepted: " + key.component + " / " + key.operation + " on " + key.host_class +
                  (key.cold ? " with cold caches" : "") + " counts from run " + run->id + " on (" +
                  std::to_string(count) + (count == 1 ? " run" : " runs") + " so far)") +
        "\n");
  return 0;
}

Result<std::vector<Baseline>> all_baselines(Database& database) {
  const auto list = list_baselines(database);
  if (!list) return tl::unexpected(list.error());
  std::vector<Baseline> all;
  for (const BaselineSummary& summary : *list) {
    auto history = history_of(database, {summary.baseline.key, kBaselineRuns, {}});
    if (!history) return tl::unexpected(std::move(history.error()));
    all.push_back(std::move(*history));
  }
  return all;
}

int export_all(const BaselinesOptions& options) {
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  if (!database && database.error().kind != ErrorKind::gone) {
    return complain(safe_text(database.error().text));
  }
  if (!database) return complain_of(database.error());
  const auto all = all_baselines(*database);
  if (!all) return complain(safe_text(all.error().text));
  const bool to_standard_output = options.file.empty() || options.file == "-";
  const bool ascii = to_standard_output && standard_output_style().terminal;
  const std::string text = baselines_to_json(*all, ascii);
  if (to_standard_output) {
    print(text);
    return 0;
  }
  const auto written = write_whole_file(options.file, text);
  return written ? 0 : complain(written.error().text);
}

CLI::App* add_one(CLI::App& baselines, CommandLine& line,
                  const std::shared_ptr<BaselinesOptions>& options, const char* name,
                  const char* what, int (*act)(const BaselinesOptions&)) {
  CLI::App* command = baselines.add_subcommand(name, what);
  command->callback([&line, options, act] { line.run = [options, act] { return act(*options); }; });
  return command;
}

void add_accept(CLI::App& baselines, CommandLine& line,
                const std::shared_ptr<BaselinesOptions>& options) {
  CLI::App* command =
      add_one(baselines, line, options, "accept",
              "What a run cost, and those after it, is as it should be: compare with that", accept);
  command
      ->add_option("RUN", options->run,
                   "The first that counts, \"last\" being the newest of all; default: the newest "
                   "that succeeded of --component and "
                   "--operation")
      ->type_name("");
  command->add_option("--component", options->component, "Of this component")->type_name("NAME");
  command->add_option("--operation", options->operation, "Of this operation")->type_name("NAME");
  command->add_option("--note", options->note, "Why")->type_name("TEXT");
  command->add_flag("--json", options->json, "Print the baseline as export does");
}

}  // namespace

void add_baselines(CLI::App& app, CommandLine& line) {
  CLI::App* command =
      app.add_subcommand("baselines", "What runs are compared with: list, accept, carry");
  const auto options = std::make_shared<BaselinesOptions>();
  command->require_subcommand(0, 1);
  add_storage_path(*command, options->folder);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(kFooter);
  add_accept(*command, line, options);
  add_one(*command, line, options, "export", "Write all baselines as JSON", export_all)
      ->add_option("FILE", options->file, "Default: standard output")
      ->type_name("");
  add_baselines_import(*command, line,
                       [options]() -> const std::string& { return options->folder; });
  command->callback([&line, options, command] {
    if (!command->get_subcommands().empty()) return;
    line.run = [options] { return list(*options); };
  });
}

}  // namespace perfwatch
