// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "daemon/cli/answers.h"
#include "daemon/cli/command.h"
#include "daemon/cli/status_view.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 the host is well, 1 strained (a warning fires, a collector fails, or what\n"
    "bounds the host hurts), 2 suffering (an alert or a bottleneck is critical), 3 no daemon or a\n"
    "wrong option.\n\n"
    "Examples:\n"
    "  perfwatch status\n"
    "  perfwatch status --json | jq .status.host.verdict\n"
    "  perfwatch --address http://build-07:10117 status\n"
    "  perfwatch status > /dev/null || echo 'not now'";

struct Bodies {
  std::string status, groups, alerts, findings;
};

Result<Bodies> fetch(Client& client) {
  Bodies bodies;
  for (const auto& [target, body] :
       {std::pair{"/api/v1/status", &bodies.status}, std::pair{"/api/v1/groups", &bodies.groups},
        std::pair{"/api/v1/alerts", &bodies.alerts},
        std::pair{"/api/v1/findings", &bodies.findings}}) {
    auto answer = ask(client, target);
    if (!answer) return tl::unexpected(std::move(answer.error()));
    *body = std::move(*answer);
  }
  return bodies;
}

Result<StatusPicture> read(const Bodies& bodies) {
  auto status = read_status(bodies.status);
  if (!status) return tl::unexpected(std::move(status.error()));
  auto groups = read_groups(bodies.groups);
  if (!groups) return tl::unexpected(std::move(groups.error()));
  auto alerts = read_alerts(bodies.alerts);
  if (!alerts) return tl::unexpected(std::move(alerts.error()));
  auto findings = read_findings(bodies.findings);
  if (!findings) return tl::unexpected(std::move(findings.error()));
  return StatusPicture{std::move(*status), std::move(*groups), std::move(*alerts),
                       std::move(*findings)};
}

int run_status(const CommandLine& line, bool json) {
  auto address = find_daemon(line);
  if (!address) return complain(address.error().text);
  Client client(std::move(*address));
  const auto bodies = fetch(client);
  if (!bodies) return complain(bodies.error().text);
  const auto picture = read(*bodies);
  if (!picture) return complain(client.address().text() + ": " + picture.error().text);
  const Style style = standard_output_style();
  if (json) {
    const auto joined = join_answers({{"status", bodies->status},
                                      {"groups", bodies->groups},
                                      {"alerts", bodies->alerts},
                                      {"findings", bodies->findings}},
                                     style.terminal);
    if (!joined) return complain(joined.error().text);
    print(*joined);
  } else {
    print(render_status(*picture, style));
  }
  return status_exit_code(picture->status);
}

}  // namespace

void add_status(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "status", "One screen: is the host well, what bounds it, what fires, what costs");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json,
                    "Print the daemon's answers: {status, groups, alerts, findings}");
  command->footer(kFooter);
  command->callback(
      [&line, json] { line.run = [&line, json] { return run_status(line, *json); }; });
}

}  // namespace perfwatch
