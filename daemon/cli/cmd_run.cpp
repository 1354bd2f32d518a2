// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/cli/baseline_source.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/run_child.h"
#include "daemon/cli/run_daemon.h"
#include "daemon/cli/run_files.h"
#include "daemon/cli/run_keeper.h"
#include "daemon/cli/run_measure.h"
#include "daemon/cli/run_names.h"
#include "daemon/cli/run_options.h"
#include "daemon/cli/run_store.h"
#include "daemon/cli/run_surroundings.h"
#include "daemon/cli/run_view.h"
#include "daemon/run_judge.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "The command's input, output, terminal, signals and exit code are as without perfwatch; what "
    "it\n"
    "starts is measured with it, until the command ends. No daemon and no right is needed; as "
    "root\n"
    "each process is counted, even one of a millisecond.\n\n"
    "Exit codes: the command's; 128 + N when signal N killed it, 124 at --timeout, 126 it could "
    "not\n"
    "be executed, 127 it was not found, 125 perfwatch could not start or a wrong option, 3 with\n"
    "--fail-on-regression.\n\n"
    "Examples:\n"
    "  perfwatch run -- make -j8\n"
    "  perfwatch run --operation 'unit tests' --label commit=$(git rev-parse HEAD) -- ctest\n"
    "  perfwatch run --quiet --json run.json --timeout 30m -- ./build.sh\n"
    "  perfwatch run --fail-on-regression --report run.html -- make -j8";

int refuse(std::string_view text) {
  (void)complain(safe_text(text));
  return kExitOwnTrouble;
}

void say(const std::string& text) { std::fputs(text.c_str(), stderr); }

OnRunProgress progress_of(const RunOptions& options, const RunKeeper& keeper) {
  const bool shown = ::isatty(STDERR_FILENO) == 1 &&
                     (options.progress || (!options.quiet && ::isatty(STDOUT_FILENO) == 0));
  if (!shown) return {};
  return [&keeper](RunProgress progress) {
    progress.usual_seconds = keeper.usual_seconds();
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    say("\r\x1b[K" + render_run_progress(progress, known ? size.ws_col : 80));
  };
}

// What other hosts know, where this one knows too little. What cannot be had is said only where the
// verdict is what somebody waits for.
void share(const CommandLine& line, const RunOptions& options, const Run& run, RunKeeper& keeper) {
  const bool given = !options.source.empty();
  const std::string source =
      given ? options.source : environment(kBaselineSourceVariable).value_or("");
  if (source.empty()) return;
  const auto shared = keeper.share(source, line.ca, run);
  // A variable that is wrong is wrong for each run, and does not keep any from being done.
  const bool wrong = !shared && !parse_source(source, line.ca);
  if (shared || !(options.fail_on_regression || wrong)) return;
  const std::string where = given ? "--baseline.source" : kBaselineSourceVariable;
  (void)complain(where + ": " + safe_text(shared.error().text));
}

// Keeps the run, and what its history says of it; nullopt where nobody knows.
std::optional<JudgedRun> keep_and_judge(const CommandLine& line, const RunOptions& options,
                                        const Run& run, RunKeeper& keeper) {
  if (const auto kept = keeper.finish(run); !kept) {
    (void)complain("the run is not kept: " + safe_text(kept.error().text));
  }
  share(line, options, run, keeper);
  VerdictSettings settings;
  settings.fewest_to_confirm = options.confirm;
  auto judged = keeper.judge(run, settings);
  if (judged) return std::move(*judged);
  if (options.fail_on_regression) {
    (void)complain("the run is not judged: " + safe_text(judged.error().text));
  }
  return std::nullopt;
}

// For its metrics and alerts; a run is as good without a daemon.
void tell_daemon(const CommandLine& line, const Run& run) {
  CommandLine plain;  // --ca is for --baseline.source, here
  plain.address = line.address;
  const auto address = find_daemon(plain);
  if (address && check_local(*address)) static_cast<void>(register_run(*address, run));
}

// Of a run that is over: the exit code.
int conclude(const CommandLine& line, const RunOptions& options, const RunEnd& end,
             RunKeeper& keeper, RunFiles& files) {
  if (!end.measured) {
    (void)complain("not enough memory to measure the run");
    return end.exit_code;
  }
  const bool ran = end.not_run.empty();
  if (!ran) (void)complain(safe_text(clean_name(options.command.front())) + ": " + end.not_run);
  std::optional<JudgedRun> judged;
  if (options.keep && ran) {
    judged = keep_and_judge(line, options, end.run, keeper);
    tell_daemon(line, end.run);
  }
  // Before anything is said: who reads that may be gone, or the terminal be stopped.
  write_run_files(options, end.run, judged ? &*judged : nullptr, files);
  if (!options.quiet && ran) {
    say(render_run_summary(end.run));
    if (judged) say(render_verdict(*judged));
  }
  const bool fails = options.fail_on_regression && judged && judged->fails();
  return fails && end.exit_code == 0 ? kExitRegressed : end.exit_code;
}

int run_run(const CommandLine& line, const RunOptions& options) {
  if (!options.misplaced.empty()) {
    return refuse("put -- before the command: perfwatch run [OPTION...] -- CMD...");
  }
  if (options.command.empty()) {
    return refuse("the command is missing: perfwatch run [OPTION...] -- CMD...");
  }
  if (options.fail_on_regression && !options.keep) {
    return refuse("--fail-on-regression needs the history: leave out --no-store");
  }
  auto request = read_run_request(options);
  if (!request) return refuse(request.error().text);
  if (!options.source.empty()) {
    const auto good = parse_source(options.source, line.ca);
    if (!good) return refuse("--baseline.source: " + good.error().text);
  }
  auto files = open_run_files(options);
  if (!files) return refuse(files.error().text);
  RunKeeper keeper(options.storage);
  const OnRunProgress progress = progress_of(options, keeper);
  const auto end = run_and_measure(*request, progress, [&](const Run& run) {
    if (options.keep) keeper.begin(run);
  });
  if (!end) return refuse(end.error().text);
  if (progress) say("\r\x1b[K");
  try {
    return conclude(line, options, *end, keeper, *files);
  } catch (const std::exception&) {
    (void)complain("not enough memory to tell what the run cost, or to keep it");
    return end->exit_code;  // the command has run: its own
  }
}

void add_names(CLI::App& command, GivenNames& names) {
  command
      .add_option(
          "--component", names.component,
          "What is built. Default: as CI calls it, else the name of the git repository, else "
          "of the folder")
      ->type_name("NAME");
  command
      .add_option("--operation", names.operation,
                  "What is done. Default: as CI calls it, else the command's first words")
      ->type_name("NAME");
  command
      .add_option("--label", names.labels,
                  "More to find the run by, repeatable. In CI commit and branch are there already")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--cold", names.cold,
                   "Caches are empty: label cache=cold, not compared with other runs");
}

}  // namespace

void add_run(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("run", "Run a command and measure all that it starts");
  const auto options = std::make_shared<RunOptions>();
  add_names(*command, options->names);
  command->add_option("--json", options->json, "Write the run as JSON into this file")
      ->type_name("FILE");
  command
      ->add_option("--report", options->report,
                   "Write a report of the run into this file, as its ending says")
      ->type_name("FILE.md|FILE.html");
  command->add_flag("--fail-on-regression", options->fail_on_regression,
                    "Exit code 3 when the command succeeds, but surely costs more than the runs "
                    "before it");
  command
      ->add_option("--confirm", options->confirm,
                   "So many runs in a row have to be worse for that; 1: this one alone")
      ->check(CLI::Range(1, 100))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--baseline.source", options->source,
                   "A Prometheus-compatible server that knows what runs cost on other hosts, asked "
                   "where fewer than 10 are known here. Default: $PERFWATCH_BASELINE_SOURCE")
      ->type_name("URL");
  command
      ->add_option("--timeout", options->timeout,
                   "End the command and all that it started after so long (exit code 124)")
      ->type_name("DURATION");
  command->add_option("--interval", options->interval, "Between two points of the timeline")
      ->type_name("DURATION")
      ->capture_default_str();
  command->add_option("--tier", options->tier, "The best accounting to try")
      ->check(CLI::IsMember({"poll", "taskstats", "ebpf"}));
  command->add_flag("--progress", options->progress,
                    "One line on standard error while it runs, if that is a terminal. Default: if "
                    "standard output is none");
  add_storage_path(*command, options->storage);
  command->add_flag("!--no-store", options->keep, "Measure, but do not keep the run");
  command->add_flag("--quiet", options->quiet, "No summary at the end");
  command->add_option("CMD", options->misplaced, "The command and its arguments, after --");
  command->footer(kFooter);
  add_run_hooks(*command, line);
  command->callback([&line, command, options] {
    if (!command->get_subcommands().empty()) return;  // it is theirs
    options->command = line.command;
    line.run = [&line, options] { return run_run(line, *options); };
  });
}

}  // namespace perfwatch
