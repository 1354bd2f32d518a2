// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/run_daemon.h"
#include "daemon/cli/run_surroundings.h"

namespace perfwatch {
namespace {

constexpr const char* kBeginFooter =
    "For hook scripts, where no command can be wrapped: the daemon measures the process and all "
    "that\n"
    "it starts from now on, until `perfwatch run end` or the process' end.\n\n"
    "Exit codes: 0 the id of the run is on standard output; 3 there is no daemon, or it "
    "refused.\n\n"
    "Examples:\n"
    "  id=$(perfwatch run begin --operation build)\n"
    "  perfwatch run end \"$id\" --exit-code $?";
constexpr const char* kEndFooter =
    "Exit codes: 0 the daemon has heard of it; 3 there is no daemon, or it does not know the run.";

struct BeginOptions {
  GivenNames names;
  std::int32_t pid = 0;
};

struct EndOptions {
  std::string id;
  int exit_code = 0;
};

Result<Address> find_socket(const CommandLine& line) {
  auto address = find_daemon(line);
  if (!address) return address;
  if (auto local = check_local(*address); !local) return tl::unexpected(std::move(local.error()));
  return address;
}

Result<RunBegin> read_begin(const BeginOptions& options) {
  auto names = names_here(options.names);
  if (!names) return tl::unexpected(std::move(names.error()));
  RunBegin begin;
  begin.component = std::move(names->component);
  begin.operation = std::move(names->operation);
  begin.labels = std::move(names->labels);
  begin.cold = options.names.cold;
  begin.pid = options.pid != 0 ? options.pid : ::getppid();
  if (!begin.operation.empty()) return begin;
  return fail(ErrorKind::malformed, "--operation: name what is done, CI does not");
}

int run_begin(const CommandLine& line, const BeginOptions& options) {
  const auto begin = read_begin(options);
  if (!begin) return complain(begin.error().text);
  const auto address = find_socket(line);
  if (!address) return complain(address.error().text);
  const auto id = begin_run_there(*address, *begin);
  if (!id) return complain(id.error().text);
  print(*id + "\n");
  return 0;
}

int run_end(const CommandLine& line, const EndOptions& options) {
  const auto address = find_socket(line);
  if (!address) return complain(address.error().text);
  const auto done = end_run_there(*address, options.id, options.exit_code);
  return done ? 0 : complain(done.error().text);
}

void add_begin(CLI::App& run, CommandLine& line) {
  CLI::App* command = run.add_subcommand(
      "begin", "Have the daemon measure a process and all that it starts; prints the run's id");
  const auto options = std::make_shared<BeginOptions>();
  command
      ->add_option("--component", options->names.component,
                   "What is built. Default: as CI calls it, else the git repository or folder")
      ->type_name("NAME");
  command
      ->add_option("--operation", options->names.operation, "What is done. Default: as CI calls it")
      ->type_name("NAME");
  command->add_option("--label", options->names.labels, "More to find the run by, repeatable")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--pid", options->pid, "The root of the run. Default: the parent process")
      ->type_name("PID")
      ->check(CLI::Range(2, 1 << 22));
  command->add_flag("--cold", options->names.cold,
                    "Caches are empty: label cache=cold, not compared with other runs");
  command->footer(kBeginFooter);
  command->callback([&line, options] {
    line.own_trouble = kExitTrouble;
    line.run = [&line, options] { return run_begin(line, *options); };
  });
}

void add_end(CLI::App& run, CommandLine& line) {
  CLI::App* command = run.add_subcommand("end", "Say that a run that was begun so is over");
  const auto options = std::make_shared<EndOptions>();
  command->add_option("ID", options->id, "What `perfwatch run begin` printed")->required();
  command->add_option("--exit-code", options->exit_code, "How it ended; 0 is success")
      ->type_name("N")
      ->check(CLI::Range(0, 255));
  command->footer(kEndFooter);
  command->callback([&line, options] {
    line.own_trouble = kExitTrouble;
    line.run = [&line, options] { return run_end(line, *options); };
  });
}

}  // namespace

void add_run_hooks(CLI::App& run, CommandLine& line) {
  add_begin(run, line);
  add_end(run, line);
}

}  // namespace perfwatch
