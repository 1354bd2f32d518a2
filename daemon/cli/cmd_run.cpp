// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/unique_fd.h"
#include "daemon/cli/command.h"
#include "daemon/cli/run_child.h"
#include "daemon/cli/run_keeper.h"
#include "daemon/cli/run_measure.h"
#include "daemon/cli/run_names.h"
#include "daemon/cli/run_store.h"
#include "daemon/cli/run_view.h"
#include "daemon/config_values.h"
#include "exporters/json/run_json.h"

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
    "be executed, 127 it was not found, 125 perfwatch could not start or a wrong option.\n\n"
    "Examples:\n"
    "  perfwatch run -- make -j8\n"
    "  perfwatch run --operation 'unit tests' --label commit=$(git rev-parse HEAD) -- ctest\n"
    "  perfwatch run --quiet --json run.json --timeout 30m -- ./build.sh";
constexpr std::size_t kMostLabels = 32;

struct RunOptions {
  std::string component;
  std::string operation;
  std::vector<std::string> labels;
  std::string json;
  std::string storage;
  std::string timeout;
  std::string interval = "100ms";
  std::string tier;
  bool cold = false;
  bool progress = false;
  bool quiet = false;
  bool keep = true;
  std::vector<std::string> misplaced;  // before the --
  std::vector<std::string> command;
};

int refuse(std::string_view text) {
  (void)complain(text);
  return kExitOwnTrouble;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string current_folder() {
  std::error_code failed;
  const auto path = std::filesystem::current_path(failed);
  return failed ? "/" : path.string();
}

// Numbers without a unit are seconds, as timeout(1) has it.
Result<std::chrono::nanoseconds> read_duration(const std::string& option, const std::string& text) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  const auto duration = parse_duration(bare ? text + "s" : text);
  if (duration && duration->count() > 0) return *duration;
  return fail(ErrorKind::malformed, option + ": \"" + clean_name(text) +
                                        "\" is not a duration (examples: 500ms, 90s, 1h30m)");
}

Result<RunLabels> read_labels(const RunOptions& options) {
  RunLabels labels;
  for (const auto& text : options.labels) {
    auto label = parse_label(text);
    if (!label) return tl::unexpected(within("--label", std::move(label.error())));
    labels.push_back(std::move(*label));
  }
  if (options.cold) labels.insert(labels.begin(), {"cache", "cold"});
  if (labels.size() > kMostLabels) {
    return fail(ErrorKind::malformed, "--label: at most " + std::to_string(kMostLabels));
  }
  return labels;
}

Result<RunRequest> read_request(const RunOptions& options) {
  RunRequest request;
  const CiNames ci = ci_names(environment);
  auto labels = read_labels(options);
  if (!labels) return tl::unexpected(std::move(labels.error()));
  request.labels = merge_labels(std::move(*labels), ci.labels);
  request.command = options.command;
  request.cold = options.cold;
  request.component = clean_name(options.component);
  if (request.component.empty()) request.component = ci.component;
  if (request.component.empty()) request.component = default_component(current_folder(), exists);
  request.operation = clean_name(options.operation);
  if (request.operation.empty()) request.operation = ci.operation;
  if (request.operation.empty()) request.operation = default_operation(options.command);
  if (!options.timeout.empty()) {
    const auto timeout = read_duration("--timeout", options.timeout);
    if (!timeout) return tl::unexpected(timeout.error());
    request.timeout = *timeout;
  }
  const auto interval = read_duration("--interval", options.interval);
  if (!interval) return tl::unexpected(interval.error());
  if (*interval < std::chrono::milliseconds(10) || *interval > std::chrono::hours(1)) {
    return fail(ErrorKind::malformed, "--interval: from 10ms to 1h");
  }
  request.interval = *interval;
  for (const auto tier : {AccountingTier::poll, AccountingTier::taskstats, AccountingTier::ebpf}) {
    if (options.tier == to_string(tier)) request.tier = tier;
  }
  return request;
}

// Opened before the command starts, so that a path that cannot be written costs no build; what was
// in it stays until there is something better.
Result<UniqueFd> open_json(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
  if (!file.valid()) return tl::unexpected(within("--json " + path, error_from_errno(errno)));
  return file;
}

Result<void> write_json(int file, const std::string& path, const std::string& text) {
  (void)!::ftruncate(file, 0);  // no pipe can be, nor has to be
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(file, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(within("--json " + path, error_from_errno(errno)));
    at += static_cast<std::size_t>(written);
  }
  return {};
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

int run_run(const RunOptions& options) {
  if (options.command.empty() || !options.misplaced.empty()) {
    return refuse("put -- before the command: perfwatch run [OPTION...] -- CMD...");
  }
  auto request = read_request(options);
  if (!request) return refuse(request.error().text);
  UniqueFd json;
  if (!options.json.empty()) {
    auto opened = open_json(options.json);
    if (!opened) return refuse(opened.error().text);
    json = std::move(*opened);
  }
  RunKeeper keeper(options.storage);
  const OnRunProgress progress = progress_of(options, keeper);
  const auto end = run_and_measure(*request, progress, [&](const Run& run) {
    if (options.keep) keeper.begin(run);
  });
  if (!end) return refuse(end.error().text);
  if (progress) say("\r\x1b[K");
  if (!end->not_run.empty()) {
    (void)complain(clean_name(options.command.front()) + ": " + end->not_run);
  } else if (!options.quiet) {
    say(render_run_summary(end->run));
  }
  if (options.keep && end->not_run.empty()) {
    const auto kept = keeper.finish(end->run);
    if (!kept) (void)complain("the run is not kept: " + kept.error().text);
  }
  if (json.valid()) {
    const auto written = write_json(json.get(), options.json, run_to_json(end->run));
    if (!written) (void)complain(written.error().text);
  }
  return end->exit_code;
}

void add_names(CLI::App& command, RunOptions& options) {
  command
      .add_option(
          "--component", options.component,
          "What is built. Default: as CI calls it, else the name of the git repository, else "
          "of the folder")
      ->type_name("NAME");
  command
      .add_option("--operation", options.operation,
                  "What is done. Default: as CI calls it, else the command's first words")
      ->type_name("NAME");
  command
      .add_option("--label", options.labels,
                  "More to find the run by, repeatable. In CI commit and branch are there already")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--cold", options.cold,
                   "Caches are empty: label cache=cold, not compared with other runs");
}

}  // namespace

void add_run(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("run", "Run a command and measure all that it starts");
  const auto options = std::make_shared<RunOptions>();
  add_names(*command, *options);
  command->add_option("--json", options->json, "Write the run as JSON into this file")
      ->type_name("FILE");
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
  command->callback([&line, options] {
    options->command = line.command;
    line.run = [options] { return run_run(*options); };
  });
}

}  // namespace perfwatch
