// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "daemon/cli/client.h"

namespace CLI {
class App;
}

namespace perfwatch {

// Exit codes that all commands share; each command's own are in its --help.
inline constexpr int kExitTrouble = 3;       // no daemon, a wrong option: nothing could be said
inline constexpr int kExitBenchRefused = 2;  // of bench, whose 3 is a regression
inline constexpr int kExitBenchFailed = 1;
inline constexpr int kExitNoSuch = 2;  // of those that read the store: what was named is not there

// What the command line asks for, filled while it is parsed.
struct CommandLine {
  std::string address;  // --address
  std::string ca;       // --ca
  std::string version;  // of this program
  // What `run` or `bench` has to run: the words after "--", never seen by the parser.
  std::vector<std::string> command;
  std::function<int()> run;  // the command that was chosen
  // Its exit code when perfwatch itself fails (no memory, no room for the output).
  int own_trouble = kExitTrouble;
};

// One per command: adds it to `app` and sets `line.run` when it is chosen.
void add_status(CLI::App& app, CommandLine& line);
void add_top(CLI::App& app, CommandLine& line);
void add_memory(CLI::App& app, CommandLine& line);
void add_run(CLI::App& app, CommandLine& line);
// `perfwatch run begin` and `end`, below `run`.
void add_run_hooks(CLI::App& run, CommandLine& line);
void add_bench(CLI::App& app, CommandLine& line);
void add_doctor(CLI::App& app, CommandLine& line);
void add_check_config(CLI::App& app, CommandLine& line);
void add_backtest(CLI::App& app, CommandLine& line);
void add_runs(CLI::App& app, CommandLine& line);
void add_report(CLI::App& app, CommandLine& line);
void add_baselines(CLI::App& app, CommandLine& line);
// `perfwatch baselines import`; `folder` gives --storage.path, once the command line is parsed.
void add_baselines_import(CLI::App& baselines, CommandLine& line,
                          const std::function<const std::string&()>& folder);

// The whole command line but --version.
void add_commands(CLI::App& app, CommandLine& line);
// Parses and runs; the program's exit code. Nothing escapes.
[[nodiscard]] int run_command_line(int argc, const char* const* argv, std::string_view version);

// The daemon that --address, PERFWATCH_ADDRESS or the defaults name.
[[nodiscard]] Result<Address> find_daemon(const CommandLine& line);
// "perfwatch: TEXT" on standard error; returns kExitTrouble.
int complain(std::string_view text);
// The same of what the store said: kExitNoSuch where what was named is gone or malformed.
int complain_of(const Error& error);
// On standard output, all of it.
void print(std::string_view text);

}  // namespace perfwatch
