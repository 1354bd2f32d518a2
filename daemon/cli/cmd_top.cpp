// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/cli/answers.h"
#include "daemon/cli/command.h"
#include "daemon/cli/terminal.h"
#include "daemon/cli/top_feed.h"
#include "daemon/cli/top_live.h"
#include "daemon/cli/top_model.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "Keys: c m i n p sort by CPU, memory, I/O, name, processes; < > move the sort column;\n"
    "r reverses; Enter opens a group, Esc goes back; / filters; space pauses; h helps; q quits.\n\n"
    "When standard output is not a terminal one table is printed, as with --once.\n\n"
    "Exit codes: 0 shown, 3 no daemon or a wrong option.\n\n"
    "Examples:\n"
    "  perfwatch top --sort memory\n"
    "  perfwatch top --once --limit 5\n"
    "  perfwatch top --once --group cc1plus\n"
    "  perfwatch top --json | jq -r '.groups[] | [.name, .cpu_cores] | @tsv'";

constexpr std::size_t kMostLines = 1'000'000;

struct TopOptions {
  double interval_seconds = 2;
  std::string sort = "cpu";
  bool reverse = false;
  bool once = false;
  bool json = false;
  std::string group;
  std::size_t limit = 0;
};

int print_json(Client& client, const TopOptions& options) {
  const std::size_t limit = options.limit > 0 ? options.limit : kMostProcesses;
  const std::string target =
      options.group.empty() ? "/api/v1/groups" : processes_target(options.group, limit);
  auto body = ask(client, target);
  if (!body) return complain(body.error().text);
  const auto text = join_answers({{"", std::move(*body)}}, standard_output_style().terminal);
  if (!text) return complain(client.address().text() + ": " + text.error().text);
  print(*text);
  return 0;
}

int print_table(Client& client, const TopOptions& options, SortBy sort) {
  const TopData data = ask_top(client, options.group);
  if (!data.error.empty()) return complain(data.error);
  const bool groups = options.group.empty();
  auto rows = groups ? group_rows(data.groups) : process_rows(data.processes, data.status.taken);
  sort_rows(rows, sort, options.reverse);
  if (options.limit > 0 && rows.size() > options.limit) rows.resize(options.limit);
  Table table{groups ? group_columns({}) : process_columns({}), {}};
  for (TopRow& row : rows) table.rows.push_back(std::move(row.cells));
  const Style style = standard_output_style();
  for (const std::string& line : lay_out(table, style.terminal ? style.width : 0))
    print(line + "\n");
  return 0;
}

int show(const Address& address, const TopOptions& options, SortBy sort) {
  TopModel model(sort, options.reverse, options.group);
  const auto interval = std::chrono::duration<double>(options.interval_seconds);
  TopFeed feed(address, std::chrono::duration_cast<std::chrono::milliseconds>(interval),
               options.group);
  const auto shown = show_live(model, feed);
  return shown ? 0 : complain(shown.error().text);
}

int run_top(const CommandLine& line, const TopOptions& options) {
  const auto address = find_daemon(line);
  if (!address) return complain(address.error().text);
  const SortBy sort = parse_sort(options.sort).value_or(SortBy::cpu);
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";  // knows no positions
  const bool terminals = !dumb && ::isatty(STDOUT_FILENO) == 1 && ::isatty(STDIN_FILENO) == 1;
  if (!options.once && !options.json && terminals) return show(*address, options, sort);
  Client client(*address);
  return options.json ? print_json(client, options) : print_table(client, options, sort);
}

}  // namespace

void add_top(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("top", "Live: what costs, by group, down to the process");
  const auto options = std::make_shared<TopOptions>();
  std::vector<std::string> sorts;
  for (const SortBy sort : kSortOrder) sorts.emplace_back(to_string(sort));
  command->add_option("--sort", options->sort, "Sort by cpu, memory, io, name or processes (pid)")
      ->check(CLI::IsMember(sorts))
      ->type_name("COLUMN")
      ->capture_default_str();
  command->add_flag("--reverse", options->reverse, "Sort the other way round");
  command->add_option("--group", options->group, "Show the processes of this group")
      ->type_name("NAME");
  command->add_option("--limit", options->limit, "Print at most so many lines")
      ->check(CLI::Range(std::size_t{1}, kMostLines))
      ->type_name("N");
  command->add_option("--interval", options->interval_seconds, "Seconds between two rounds")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag("--once,--batch", options->once, "Print one table and end");
  command->add_flag("--json", options->json, "Print the daemon's answer and end");
  command->footer(kFooter);
  command->callback(
      [&line, options] { line.run = [&line, options] { return run_top(line, *options); }; });
}

}  // namespace perfwatch
