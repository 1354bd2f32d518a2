// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "daemon/cli/command.h"
#include "daemon/cli/doctor.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "It looks at the daemon where there is one, else at what one would find here.\n\n"
    "Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 3 a wrong "
    "option.\n\n"
    "Examples:\n"
    "  perfwatch doctor\n"
    "  perfwatch doctor --json | jq -r '.checks[] | select(.cure) | .cure'";

std::string own_folder() {
  char path[4096];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0) return {};
  const std::string text(path, static_cast<std::size_t>(size));
  return text.substr(0, text.rfind('/'));
}

Result<StatusAnswer> ask_status(Client& client) {
  auto body = ask(client, "/api/v1/status");
  if (!body) return tl::unexpected(std::move(body.error()));
  return read_status(*body);
}

int run_doctor(const CommandLine& line, bool json) {
  auto address = find_daemon(line);
  if (!address) return complain(address.error().text);
  Client client(std::move(*address));
  Patient patient;
  patient.own_version = line.version;
  patient.own_folder = own_folder();
  patient.address = client.address().text();
  patient.daemon = ask_status(client);
  const auto report = examine(patient);
  print(json ? report_json(report) : render_report(report, standard_output_style()));
  return worst(report) == Health::fail ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Each missing right, feature or package, and the command that mends it");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print the checks as JSON");
  command->footer(kFooter);
  command->callback(
      [&line, json] { line.run = [&line, json] { return run_doctor(line, *json); }; });
}

}  // namespace perfwatch
