// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "core/store/runs.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/output_file.h"
#include "daemon/cli/run_store.h"
#include "daemon/host.h"
#include "daemon/run_reports.h"
#include "daemon/since.h"
#include "exporters/report/report.h"

namespace perfwatch {
namespace {

using std::chrono::system_clock;

constexpr const char* kFooter =
    "Figures are of the runs that succeeded with warm caches; how often the others ended how is "
    "told,\n"
    "too. What regressed is said of the newest run of each operation.\n\n"
    "Exit codes: 0 reported, also where there are no runs; 3 a wrong option, or the database "
    "cannot\n"
    "be read, or the file not be written.\n\n"
    "Examples:\n"
    "  perfwatch report --since 30d\n"
    "  perfwatch report --component kernel -o report.html\n"
    "  perfwatch report --format markdown >> \"$GITHUB_STEP_SUMMARY\"\n"
    "  perfwatch report --format json | jq '.operations[] | [.operation, .trend.direction]'";

struct ReportOptions {
  std::string folder;  // --storage.path
  std::string component, operation, since;
  std::string format;  // empty: by the file's ending
  std::string file;
};

Result<RunFilter> make_filter(const ReportOptions& options) {
  RunFilter filter;
  filter.limit = kRunsListed;
  if (!options.component.empty()) filter.component = options.component;
  if (!options.operation.empty()) filter.operation = options.operation;
  if (options.since.empty()) return filter;
  filter.since = parse_since(options.since, system_clock::now());
  if (filter.since) return filter;
  return fail(ErrorKind::unsupported,
              "--since: \"" + safe_text(options.since) +
                  "\" is neither a duration (7d, 12h) nor a date (2026-03-01, in UTC)");
}

// "component kernel, since 7d".
std::string scope_of(const ReportOptions& options) {
  std::string scope;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    scope += (scope.empty() ? "" : ", ") + std::string(name) + " " + value;
  };
  add("component", options.component);
  add("operation", options.operation);
  add("since", options.since);
  return scope.empty() ? "all runs" : scope;
}

Result<std::string> format_of(const ReportOptions& options) {
  if (!options.format.empty()) return options.format;
  if (options.file.empty() || options.file.ends_with(".md")) return "markdown";
  if (options.file.ends_with(".html")) return "html";
  if (options.file.ends_with(".json")) return "json";
  return fail(ErrorKind::unsupported, "-o " + safe_text(options.file) +
                                          ": end it in .md, .html or .json, or give --format");
}

std::string render(const RunReport& report, const std::string& format) {
  if (format == "json") return report_json(report);
  return format == "html" ? report_html(report) : report_markdown(report);
}

Result<RunReport> make(const ReportOptions& options, const RunFilter& filter) {
  RunReport report;
  auto database = open_run_store_for(options.folder, RunStoreUse::read);
  if (!database && database.error().kind != ErrorKind::gone) {
    return tl::unexpected(std::move(database.error()));
  }
  if (database) {
    auto made = make_run_report(*database, filter);
    if (!made) return tl::unexpected(std::move(made.error()));
    if (made->operations_left_out > 0) {
      complain(std::to_string(made->operations_left_out) +
               " operations are left out: choose with --component or --since");
    }
    if (made->runs_left_out > 0) {
      complain(std::to_string(made->runs_left_out) +
               " runs on other classes of host are left out: their figures are not comparable");
    }
    report = std::move(made->report);
  }
  report.generated = system_clock::now();
  report.host = host_name();
  report.scope = scope_of(options);
  return report;
}

int run_report(const ReportOptions& options) {
  const auto filter = make_filter(options);
  if (!filter) return complain(filter.error().text);
  const auto format = format_of(options);
  if (!format) return complain(format.error().text);
  OutputFile file;
  if (!options.file.empty()) {
    auto opened = OutputFile::open("-o", options.file);
    if (!opened) return complain(safe_text(opened.error().text));
    file = std::move(*opened);
  }
  const auto report = make(options, *filter);
  if (!report) return complain(safe_text(report.error().text));
  const std::string text = render(*report, *format);
  if (!file.valid()) {
    print(text);
    return 0;
  }
  const auto written = file.write(text);
  return written ? 0 : complain(safe_text(written.error().text));
}

}  // namespace

void add_report(CLI::App& app, CommandLine& line) {
  CLI::App* command =
      app.add_subcommand("report", "What runs cost, where that is going, and what got worse");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("--component", options->component, "Only runs of this component")
      ->type_name("NAME");
  command->add_option("--operation", options->operation, "Only runs of this operation")
      ->type_name("NAME");
  command
      ->add_option("--since", options->since,
                   "Only runs that began so long ago at most, or at this date (UTC) or later")
      ->type_name("DURATION|DATE");
  command->add_option("--format", options->format, "Default: as the file's ending says, markdown")
      ->check(CLI::IsMember({"markdown", "json", "html"}))
      ->type_name("NAME");
  command
      ->add_option("-o,--output", options->file,
                   "Write into this file (.md, .html, .json), not to standard output")
      ->type_name("FILE");
  add_storage_path(*command, options->folder);
  command->footer(kFooter);
  command->callback([&line, options] { line.run = [options] { return run_report(*options); }; });
}

}  // namespace perfwatch
