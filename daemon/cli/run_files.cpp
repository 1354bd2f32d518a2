// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_files.h"

#include <string>
#include <utility>

#include "core/analyse/run_advice.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/run_names.h"
#include "exporters/json/run_json.h"
#include "exporters/report/report.h"

namespace perfwatch {
namespace {

bool is_html(const std::string& path) { return path.ends_with(".html"); }

}  // namespace

Result<RunFiles> open_run_files(const RunOptions& options) {
  RunFiles files;
  if (!options.report.empty() && !is_html(options.report) && !options.report.ends_with(".md")) {
    return fail(ErrorKind::malformed,
                "--report " + clean_name(options.report) + ": end it in .md or .html");
  }
  if (options.json == "-") {
    return fail(ErrorKind::malformed,
                "--json -: standard output is the command's; give a file, or /dev/fd/N");
  }
  const auto open = [](const char* option, const std::string& path, OutputFile& out) {
    if (path.empty()) return Result<void>();
    auto opened = OutputFile::open(option, path);
    if (!opened) return Result<void>(tl::unexpected(std::move(opened.error())));
    out = std::move(*opened);
    return Result<void>();
  };
  if (auto json = open("--json", options.json, files.json); !json) {
    return tl::unexpected(std::move(json.error()));
  }
  if (auto report = open("--report", options.report, files.report); !report) {
    return tl::unexpected(std::move(report.error()));
  }
  if (files.json.is_same(files.report)) {
    return fail(ErrorKind::malformed, "--json and --report name the same file");
  }
  return files;
}

void write_run_files(const RunOptions& options, const Run& run, const JudgedRun* judged,
                     RunFiles& files) {
  if (files.json.valid()) {
    if (const auto written = files.json.write(run_to_json(run)); !written) {
      (void)complain(safe_text(written.error().text));
    }
  }
  if (!files.report.valid()) return;
  RunRemarks remarks = run_remarks(run);
  if (judged != nullptr) remarks.verdicts = verdict_lines(*judged);
  const auto written = files.report.write(is_html(options.report) ? run_html(run, remarks)
                                                                  : run_markdown(run, remarks));
  if (!written) (void)complain(safe_text(written.error().text));
}

}  // namespace perfwatch
