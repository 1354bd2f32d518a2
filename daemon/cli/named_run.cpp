// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/named_run.h"

#include <utility>

#include "core/store/runs.h"

namespace perfwatch {

Result<Run> find_named_run(Database& database, const std::string& name) {
  std::string id = name;
  if (name == "last") {
    RunFilter newest;
    newest.limit = 1;
    auto runs = list_runs(database, newest);
    if (!runs) return tl::unexpected(std::move(runs.error()));
    if (runs->empty()) return fail(ErrorKind::gone, "no runs are kept yet");
    id = runs->front().id;
  }
  auto run = find_run(database, id);
  if (!run && run.error().kind == ErrorKind::gone) {
    return fail(ErrorKind::gone, "no run \"" + name + "\"");
  }
  return run;
}

}  // namespace perfwatch
