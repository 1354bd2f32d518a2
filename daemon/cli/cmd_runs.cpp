// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/timestamp.h"
#include "core/store/runs.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/named_run.h"
#include "daemon/cli/run_store.h"
#include "daemon/cli/runs_view.h"
#include "daemon/since.h"
#include "exporters/json/run_json.h"

namespace perfwatch {
namespace {

using std::chrono::system_clock;

constexpr const char* kFooter =
    "A run is named by its id, or by the beginning or the end of it (4 letters at least) if no\n"
    "other run has the same; \"last\" is the newest. The list shows the end of the id. ANON is "
    "the\n"
    "peak of the anonymous memory of all its processes together, LARGEST the peak of one of "
    "them.\n\n"
    "Exit codes: 0 shown, 2 no such run, or several, 3 a wrong option, or the database cannot be\n"
    "read.\n\n"
    "Examples:\n"
    "  perfwatch runs --since 7d --component kernel\n"
    "  perfwatch runs show last\n"
    "  perfwatch runs diff 5V4Y8C2Q last\n"
    "  perfwatch runs --json | jq '.runs[] | [.id, .figures.cpu_seconds]'";

struct RunsOptions {
  std::string folder;  // --storage.path
  RunFilter filter;
  std::string component, operation, since, outcome;  // as given
  std::vector<std::string> ids;
  bool json = false;
};

Result<RunFilter> make_filter(const RunsOptions& options) {
  RunFilter filter = options.filter;
  if (!options.component.empty()) filter.component = options.component;
  if (!options.operation.empty()) filter.operation = options.operation;
  if (!options.outcome.empty()) filter.outcome = run_outcome(options.outcome);
  if (options.since.empty()) return filter;
  filter.since = parse_since(options.since, system_clock::now());
  if (filter.since) return filter;
  return fail(ErrorKind::unsupported,
              "--since: \"" + safe_text(options.since) +
                  "\" is neither a duration (7d, 12h) nor a date (2026-03-01, in UTC)");
}

int show_list(const std::vector<Run>& runs, bool json) {
  const Style style = standard_output_style();
  if (json) {
    print(runs_json(runs, style.terminal));
  } else if (runs.empty()) {
    complain("no such runs");
  } else {
    print(render_runs(runs, style));
  }
  return 0;
}

int list(const RunsOptions& options) {
  const auto filter = make_filter(options);
  if (!filter) return complain(filter.error().text);
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  if (!database && database.error().kind == ErrorKind::gone) {
    if (options.json) return show_list({}, true);
    complain(database.error().text);
    return 0;
  }
  if (!database) return complain(safe_text(database.error().text));
  const auto runs = list_runs(*database, *filter);
  if (!runs) return complain(safe_text(runs.error().text));
  return show_list(*runs, options.json);
}

int show(const RunsOptions& options) {
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  if (!database && database.error().kind != ErrorKind::gone) {
    return complain(safe_text(database.error().text));
  }
  if (!database) return complain_of(database.error());
  const auto run = find_named_run(*database, options.ids[0]);
  if (!run) return complain_of(run.error());
  const Style style = standard_output_style();
  print(options.json ? run_to_json(*run, style.terminal) : render_run(*run, style));
  return 0;
}

int diff(const RunsOptions& options) {
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  if (!database && database.error().kind != ErrorKind::gone) {
    return complain(safe_text(database.error().text));
  }
  if (!database) return complain_of(database.error());
  const auto before = find_named_run(*database, options.ids[0]);
  if (!before) return complain_of(before.error());
  const auto after = find_named_run(*database, options.ids[1]);
  if (!after) return complain_of(after.error());
  const RunDiff diff = diff_runs(*before, *after);
  const Style style = standard_output_style();
  print(options.json ? diff_json(*before, *after, diff, style.terminal)
                     : render_diff(*before, *after, diff, style));
  return 0;
}

void add_filter(CLI::App& command, RunsOptions& options) {
  command.add_option("--component", options.component, "Only runs of this component")
      ->type_name("NAME");
  command.add_option("--operation", options.operation, "Only runs of this operation")
      ->type_name("NAME");
  command
      .add_option("--since", options.since,
                  "Only runs that began so long ago at most, or at this date (UTC) or later")
      ->type_name("DURATION|DATE");
  command.add_option("--outcome", options.outcome, "Only runs that ended like this")
      ->check(
          CLI::IsMember({"running", "succeeded", "failed", "killed", "timed_out", "interrupted"}))
      ->type_name("NAME");
  command.add_option("-n,--limit", options.filter.limit, "At most so many, the newest")
      ->check(CLI::Range(std::size_t{1}, kRunsListed))
      ->type_name("N")
      ->capture_default_str();
}

void add_one(CLI::App& runs, CommandLine& line, const std::shared_ptr<RunsOptions>& options,
             const char* name, const char* what, int ids, int (*act)(const RunsOptions&)) {
  CLI::App* command = runs.add_subcommand(name, what);
  command->add_option("ID", options->ids, ids == 1 ? "The run" : "The older run and the newer one")
      ->required()
      ->expected(ids)
      ->type_name("");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("--storage.path FOLDER, of perfwatch runs, may stand here, too.");
  command->callback([&line, options, act] { line.run = [options, act] { return act(*options); }; });
}

}  // namespace

void add_runs(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("runs", "Measured runs: list, show, compare");
  const auto options = std::make_shared<RunsOptions>();
  command->require_subcommand(0, 1);
  add_filter(*command, *options);
  add_storage_path(*command, options->folder);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(kFooter);
  add_one(*command, line, options, "show", "All that is known of one run", 1, show);
  add_one(*command, line, options, "diff", "What became of the first in the second", 2, diff);
  command->callback([&line, options, command] {
    if (!command->get_subcommands().empty()) return;
    line.run = [options] { return list(*options); };
  });
}

}  // namespace perfwatch
