// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "daemon/cli/answers.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/memory_reading.h"
#include "daemon/cli/memory_view.h"
#include "daemon/cli/terminal.h"
#include "daemon/cli/top_feed.h"

namespace perfwatch {
namespace {

constexpr const char* kProcfs = "/proc";
constexpr int kExitUnread = 1;
constexpr const char* kFooter =
    "RSS counts a shared page in each process that has it, PSS divides it among them, USS leaves\n"
    "it out: what the end of the process would free. The sum of PSS is what they hold together.\n\n"
    "Read from /proc with your own rights: the processes of others need root. The kernel walks\n"
    "every page of a process for it, so those above 4 GiB are left out unless you say --force.\n"
    "A number is a pid and needs no daemon; without any argument all groups are summed up.\n\n"
    "Exit codes: 0 all were read, 1 some could not be, 3 no daemon, no such process or group,\n"
    "or a wrong option.\n\n"
    "Examples:\n"
    "  sudo perfwatch memory\n"
    "  perfwatch memory java\n"
    "  perfwatch memory 1234 1235 --json | jq .total.proportional_bytes";

struct MemoryOptions {
  std::vector<std::string> subjects;
  bool json = false;
  bool force = false;
  double timeout_seconds = 10;
};

std::optional<std::int32_t> as_pid(const std::string& subject) {
  const auto pid = to_number<std::int32_t>(subject);
  return pid && *pid > 0 ? pid : std::nullopt;
}

// The processes of another host have no memory here.
Result<void> check_host(Client& client) {
  if (client.address().is_unix()) return {};
  const auto body = ask(client, "/api/v1/status");
  if (!body) return tl::unexpected(body.error());
  const auto status = read_status(*body);
  if (!status) return tl::unexpected(within(client.address().text(), status.error()));
  utsname names{};
  if (::uname(&names) != 0 || status->hostname == safe_text(names.nodename)) return {};
  return fail(ErrorKind::unsupported, client.address().text() + " watches " + status->hostname +
                                          ": memory can only be read on that host");
}

Result<std::vector<MemoryRow>> processes_of(Client& client, const std::string& group) {
  const auto body = ask(client, processes_target(group));
  if (!body) return tl::unexpected(body.error());
  const auto processes = read_processes(*body);
  if (!processes) return tl::unexpected(within(client.address().text(), processes.error()));
  if (processes->size() >= kMostProcesses) {
    complain("only the " + std::to_string(kMostProcesses) + " processes of \"" + safe_text(group) +
             "\" that cost most CPU");
  }
  std::vector<MemoryRow> rows;
  for (const auto& process : *processes) {
    const double pid = process.pid.value_or(0);
    const double start = process.start_ticks.value_or(-1);
    if (!(pid > 0 && pid <= std::numeric_limits<std::int32_t>::max())) continue;
    if (!(start >= 0 && start < 1e18)) continue;
    MemoryRow row;
    row.key = {static_cast<std::int32_t>(pid), static_cast<std::uint64_t>(start)};
    row.comm = process.comm;
    row.group = safe_text(group);
    row.resident_bytes =
        static_cast<std::uint64_t>(std::clamp(process.resident.value_or(0), 0.0, 1e18));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<std::string>> groups_with_memory(Client& client) {
  const auto body = ask(client, "/api/v1/groups");
  if (!body) return tl::unexpected(body.error());
  const auto groups = read_groups(*body);
  if (!groups) return tl::unexpected(within(client.address().text(), groups.error()));
  std::vector<std::string> names;
  for (const auto& group : *groups) {
    if (group.resident.value_or(0) > 0) names.push_back(group.key);
  }
  return names;
}

void add_new(std::vector<MemoryRow> more, std::vector<MemoryRow>& rows) {
  for (auto& row : more) {
    const auto same = [&](const MemoryRow& other) { return other.key == row.key; };
    if (std::none_of(rows.begin(), rows.end(), same)) rows.push_back(std::move(row));
  }
}

// All that were asked for, in the order of asking.
Result<std::vector<MemoryRow>> find_rows(const CommandLine& line,
                                         const std::vector<std::string>& subjects) {
  std::vector<MemoryRow> rows;
  std::vector<std::string> groups;
  for (const auto& subject : subjects) {
    if (const auto pid = as_pid(subject)) {
      auto row = find_process(kProcfs, *pid);
      if (!row) return tl::unexpected(std::move(row.error()));
      add_new({std::move(*row)}, rows);
    } else {
      groups.push_back(subject);
    }
  }
  if (groups.empty() && !subjects.empty()) return rows;
  auto address = find_daemon(line);
  if (!address) return tl::unexpected(std::move(address.error()));
  Client client(std::move(*address));
  if (auto here = check_host(client); !here) return tl::unexpected(std::move(here.error()));
  if (subjects.empty()) {
    auto all = groups_with_memory(client);
    if (!all) return tl::unexpected(std::move(all.error()));
    groups = std::move(*all);
  }
  for (const auto& group : groups) {
    auto processes = processes_of(client, group);
    if (!processes) return tl::unexpected(std::move(processes.error()));
    add_new(std::move(*processes), rows);
  }
  return rows;
}

int run_memory(const CommandLine& line, const MemoryOptions& options) {
  auto rows = find_rows(line, options.subjects);
  if (!rows) return complain(rows.error().text);
  MemoryLimits limits;
  if (options.force) limits.resident_bytes.reset();
  limits.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>(options.timeout_seconds));
  const auto read = read_memory(kProcfs, std::move(*rows), limits);
  const Style style = standard_output_style();
  if (options.json) {
    print(memory_json(read, style.terminal));
  } else if (options.subjects.empty()) {
    print(render_groups(read, style));
  } else {
    print(render_processes(read, style));
  }
  const auto problems = explain_unread(read, limits);
  for (const auto& problem : problems) complain(problem);
  return problems.empty() ? 0 : kExitUnread;
}

}  // namespace

void add_memory(CLI::App& app, CommandLine& line) {
  CLI::App* command =
      app.add_subcommand("memory", "What groups or processes hold, the shared divided: PSS, USS");
  const auto options = std::make_shared<MemoryOptions>();
  command->add_option("SUBJECT", options->subjects, "Groups by name, processes by pid")
      ->type_name("GROUP|PID");
  command->add_flag("--json", options->json, "Print processes, groups and their sum as JSON");
  command->add_flag("--force", options->force, "Read processes above 4 GiB, too");
  command->add_option("--timeout", options->timeout_seconds, "Seconds for all of the reading")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->footer(kFooter);
  command->callback(
      [&line, options] { line.run = [&line, options] { return run_memory(line, *options); }; });
}

}  // namespace perfwatch
