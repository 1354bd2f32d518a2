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
#include "daemon/cli/dead_rows.h"
#include "daemon/cli/terminal.h"
#include "daemon/cli/top_feed.h"
#include "daemon/cli/top_live.h"
#include "daemon/cli/top_model.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "Keys: d shows what has ended, and again what lives; c m i n p t sort by CPU, memory, I/O,\n"
    "name, processes, time lived (of the dead); < > move the sort column; r reverses; Enter opens "
    "a\n"
    "group, Esc goes back; / filters; space pauses; h helps; q quits.\n\n"
    "When standard output is not a terminal one table is printed, as with --once.\n\n"
    "Exit codes: 0 shown, 3 no daemon or a wrong option.\n\n"
    "Examples:\n"
    "  perfwatch top --sort memory\n"
    "  perfwatch top --once --limit 5\n"
    "  perfwatch top --once --group cc1plus\n"
    "  perfwatch top --dead --minutes 15 --sort count\n"
    "  perfwatch top --json | jq -r '.groups[] | [.name, .cpu_cores] | @tsv'";

constexpr std::size_t kMostLines = 1'000'000;
constexpr unsigned kMostMinutes = 15;  // as long as the daemon keeps exits

struct TopOptions {
  double interval_seconds = 2;
  std::string sort = "cpu";
  bool reverse = false;
  bool once = false;
  bool json = false;
  TopQuestion question;
  std::size_t limit = 0;
};

std::string target_of(const TopQuestion& question, SortBy sort, std::size_t limit) {
  if (question.dead) return exits_target(question.minutes, sort, limit);
  return question.group.empty() ? "/api/v1/groups" : processes_target(question.group, limit);
}

int print_json(Client& client, const TopOptions& options, SortBy sort) {
  const std::size_t limit = options.limit > 0 ? options.limit : kMostProcesses;
  auto body = ask(client, target_of(options.question, sort, limit));
  if (!body) return complain(body.error().text);
  const auto text = join_answers({{"", std::move(*body)}}, standard_output_style().terminal);
  if (!text) return complain(client.address().text() + ": " + text.error().text);
  print(*text);
  return 0;
}

int print_table(Client& client, const TopOptions& options, SortBy sort) {
  const TopData data = ask_top(client, options.question);
  if (!data.error.empty()) return complain(data.error);
  auto rows = top_rows(data);
  sort_rows(rows, sort, options.reverse);
  if (options.limit > 0 && rows.size() > options.limit) rows.resize(options.limit);
  Table table{top_columns(options.question, {}), {}};
  for (TopRow& row : rows) table.rows.push_back(std::move(row.cells));
  const Style style = standard_output_style();
  for (const std::string& line : lay_out(table, style.terminal ? style.width : 0))
    print(line + "\n");
  if (data.question.dead) print("(" + dead_line(data.exits) + ")\n");
  return 0;
}

int show(const Address& address, const TopOptions& options, SortBy sort) {
  TopModel model(sort, options.reverse, options.question);
  const auto interval = std::chrono::duration<double>(options.interval_seconds);
  TopFeed feed(address, std::chrono::duration_cast<std::chrono::milliseconds>(interval),
               options.question);
  const auto shown = show_live(model, feed);
  return shown ? 0 : complain(shown.error().text);
}

int run_top(const CommandLine& line, const TopOptions& options) {
  const auto address = find_daemon(line);
  if (!address) return complain(address.error().text);
  const auto sort = parse_sort(options.sort, options.question.dead);
  if (!sort) return complain("--sort " + options.sort + " is for --dead");
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";  // knows no positions
  const bool terminals = !dumb && ::isatty(STDOUT_FILENO) == 1 && ::isatty(STDIN_FILENO) == 1;
  if (!options.once && !options.json && terminals) return show(*address, options, *sort);
  Client client(*address);
  return options.json ? print_json(client, options, *sort) : print_table(client, options, *sort);
}

}  // namespace

void add_top(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("top", "Live: what costs, by group, down to the process");
  const auto options = std::make_shared<TopOptions>();
  std::vector<std::string> sorts{"processes"};
  for (const SortBy sort : sort_order(true)) sorts.emplace_back(to_string(sort, true));
  command
      ->add_option("--sort", options->sort,
                   "Sort by cpu, memory, io, name or count (processes; pid); the dead by time too")
      ->check(CLI::IsMember(sorts))
      ->type_name("COLUMN")
      ->capture_default_str();
  command->add_flag("--reverse", options->reverse, "Sort the other way round");
  CLI::Option* group =
      command->add_option("--group", options->question.group, "Show the processes of this group")
          ->type_name("NAME");
  CLI::Option* dead =
      command->add_flag("--dead", options->question.dead, "Show what has ended, by command")
          ->excludes(group);
  command->add_option("--minutes", options->question.minutes, "Of the dead: how far to look back")
      ->check(CLI::Range(1U, kMostMinutes))
      ->needs(dead)
      ->type_name("N")
      ->capture_default_str();
  command->add_option("-n,--limit", options->limit, "Print at most so many lines")
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
