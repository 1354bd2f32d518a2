// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <vector>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/run_child.h"
#include "daemon/version.h"

namespace perfwatch {
namespace {

constexpr const char* kDescription =
    "perfwatch: what this build host suffers from, and what costs.";
constexpr const char* kFooter =
    "Exit codes are in each command's --help; 3 is always: no daemon, or a wrong option;\n"
    "but not of run and bench.\n\n"
    "Examples:\n"
    "  perfwatch status              is the host well, what fires, what costs\n"
    "  perfwatch top --sort memory   live, by memory\n"
    "  perfwatch run -- make -j8     what a build costs, down to its shortest process\n"
    "  perfwatch bench 'make -j{n}' --parameter n 1,2,4   which is the fastest\n"
    "  perfwatch doctor              what is missing here, and the command that mends it";

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  std::string text = "unknown command \"" + safe_text(word) + "\"";
  if (const auto close = nearest(word, names))
    text += ", did you mean \"" + std::string(*close) + "\"?";
  const std::string parent = app.get_parent() != nullptr ? " " + app.get_name() : "";
  return text + " (perfwatch" + parent + " --help lists them)";
}

// The exit code for what CLI11 throws: help and version are answers, all else is a wrong option.
// Of `run` the command's own codes start at 0, and 3 is a regression of `bench`: ours are others.
int finish_parsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    static_cast<void>(app.exit(error));
    return 0;
  }
  const std::vector<std::string> rest = app.remaining(true);
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  const bool chooses = chosen->get_require_subcommand_min() > 0;
  if (chooses && !rest.empty() && !rest.front().starts_with('-')) {
    return complain(unknown_command(*chosen, rest.front()));
  }
  const int code = complain(safe_text(error.what()) + " (try --help)");
  if (chosen->get_name() == "bench") return kExitBenchRefused;
  return chosen->get_name() == "run" ? kExitOwnTrouble : code;
}

// Cuts what follows "--" off the arguments of `run` and `bench`; what stays.
int take_command(int argc, const char* const* argv, CommandLine& line) {
  bool runs = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "run" || word == "bench") runs = true;
    if (word != "--") continue;
    if (!runs) break;
    line.command.assign(argv + i + 1, argv + argc);
    return i;
  }
  return argc;
}

// 3 is a regression, for `run` and `bench`. Read off the words: it is needed where there is no
// memory to parse them, too.
int own_trouble(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--address" || word == "--ca") ++i;
    if (word.starts_with('-')) continue;
    return word == "run" ? kExitOwnTrouble : word == "bench" ? kExitBenchFailed : kExitTrouble;
  }
  return kExitTrouble;
}

// The exit code; throws where there is no memory.
int parse_and_run(int argc, const char* const* argv, CommandLine& line) {
  use_utf8_locale();
  CLI::App app;
  add_commands(app, line);
  app.set_version_flag("--version",
                       "perfwatch " + line.version + " (revision " + std::string(kRevision) + ")");
  try {
    app.parse(take_command(argc, argv, line), argv);
  } catch (const CLI::ParseError& error) {
    return finish_parsing(app, error);
  }
  const int code = line.run();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  complain("the output could not be written (disk full, or nobody reads it?)");
  return line.own_trouble;
}

}  // namespace

void add_commands(CLI::App& app, CommandLine& line) {
  app.description(kDescription);
  app.footer(kFooter);
  app.name("perfwatch");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option(
         "--address", line.address,
         "Where the daemon answers: http[s]://[USER:PASSWORD@]HOST:PORT or unix:PATH. Default: "
         "$PERFWATCH_ADDRESS, else unix:/run/perfwatch/perfwatch.sock if somebody listens "
         "there, else http://127.0.0.1:10117")
      ->type_name("URL");
  app.add_option(
         "--ca", line.ca,
         "Trust a https daemon by the authorities (or the very certificate) in this PEM file, "
         "not by those of the system")
      ->type_name("FILE");
  add_status(app, line);
  add_top(app, line);
  add_memory(app, line);
  add_run(app, line);
  add_bench(app, line);
  add_doctor(app, line);
  add_check_config(app, line);
  add_backtest(app, line);
  add_runs(app, line);
  add_report(app, line);
  add_baselines(app, line);
}

int run_command_line(int argc, const char* const* argv, std::string_view version) {
  CommandLine line;
  line.own_trouble = own_trouble(argc, argv);
  try {
    line.version = version;
    return parse_and_run(argc, argv, line);
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return line.own_trouble;
}

Result<Address> find_daemon(const CommandLine& line) {
  auto address = choose_address(line.address, std::getenv("PERFWATCH_ADDRESS"), connects);
  if (!address || line.ca.empty()) return address;
  if (!address->tls) {
    return fail(ErrorKind::malformed, "--ca is for https, not for " + address->text());
  }
  address->ca_file = line.ca;
  return address;
}

int complain(std::string_view text) {
  std::fprintf(stderr, "perfwatch: %.*s\n", static_cast<int>(text.size()), text.data());
  return kExitTrouble;
}

int complain_of(const Error& error) {
  complain(safe_text(error.text));
  const bool theirs = error.kind == ErrorKind::gone || error.kind == ErrorKind::malformed;
  return theirs ? kExitNoSuch : kExitTrouble;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace perfwatch
