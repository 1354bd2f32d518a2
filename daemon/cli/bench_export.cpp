// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_export.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/whole_file.h"
#include "exporters/report/report.h"

namespace perfwatch {
namespace {

using Format = BenchExport::Format;

std::optional<BenchExport> export_of(const std::string& given) {
  if (given == "json") return BenchExport{Format::json, {}};
  if (given == "markdown") return BenchExport{Format::markdown, {}};
  if (given.ends_with(".json")) return BenchExport{Format::json, given};
  if (given.ends_with(".md")) return BenchExport{Format::markdown, given};
  return std::nullopt;
}

Result<void> check_writable(const std::string& file) {
  // What is no regular file is written as it is; of others one beside it takes their place.
  const auto slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  const int error = errno;
  return tl::unexpected(
      within("--export: writing into " + safe_text(folder), error_from_errno(error)));
}

}  // namespace

Result<std::vector<BenchExport>> read_exports(const std::vector<std::string>& given) {
  std::vector<BenchExport> exports;
  for (const auto& text : given) {
    auto wish = export_of(text);
    if (!wish) {
      return fail(ErrorKind::malformed, "--export: \"" + safe_text(text) +
                                            "\" is neither json, markdown, FILE.json nor FILE.md");
    }
    if (!wish->file.empty()) {
      if (auto good = check_writable(wish->file); !good) return tl::unexpected(good.error());
    }
    exports.push_back(std::move(*wish));
  }
  const auto to_output = std::count_if(exports.begin(), exports.end(),
                                       [](const BenchExport& each) { return each.file.empty(); });
  if (to_output <= 1) return exports;
  return fail(ErrorKind::malformed,
              "--export: only one can go to standard output; give the others a FILE");
}

Result<void> write_export(const BenchExport& where, const BenchReport& report) {
  const std::string text =
      where.format == Format::json ? bench_json(report) : bench_markdown(report);
  if (!where.file.empty()) return write_whole_file(where.file, text);
  print(text);
  return {};
}

}  // namespace perfwatch
