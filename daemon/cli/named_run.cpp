// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/named_run.h"

#include <utility>

#include "core/store/runs.h"

namespace perfwatch {
namespace {

// A damaged file is malformed, too; what is wrong with the name begins with it or counts the runs.
Error of_name_or_file(const Database& database, Error error) {
  if (error.kind != ErrorKind::malformed) return error;
  if (error.text.starts_with('"') || error.text.starts_with("several runs")) return error;
  error.kind = ErrorKind::io;
  if (error.text.starts_with("storage: ")) return error;
  return within("storage: " + database.path(), std::move(error));
}

}  // namespace

Result<Run> find_named_run(Database& database, const std::string& name) {
  std::string id = name;
  if (name == "last") {
    RunFilter newest;
    newest.limit = 1;
    auto runs = list_runs(database, newest);
    if (!runs) return tl::unexpected(of_name_or_file(database, std::move(runs.error())));
    if (runs->empty()) return fail(ErrorKind::gone, "no runs are kept yet");
    id = runs->front().id;
  }
  auto run = find_run(database, id);
  if (run) return run;
  if (run.error().kind == ErrorKind::gone) return fail(ErrorKind::gone, "no run \"" + name + "\"");
  return tl::unexpected(of_name_or_file(database, std::move(run.error())));
}

}  // namespace perfwatch
