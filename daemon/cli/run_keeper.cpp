// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_keeper.h"

#include <chrono>
#include <utility>

#include "core/store/runs.h"
#include "daemon/cli/baseline_source.h"
#include "daemon/cli/run_store.h"

namespace perfwatch {

Result<Database*> RunKeeper::open() {
  if (!database_) {
    auto opened = open_run_store_for(folder_, RunStoreUse::write);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    database_.emplace(std::move(*opened));
  }
  return &*database_;
}

void RunKeeper::begin(const Run& run) {
  // What is wrong here is wrong at the end, too, and is said then.
  if (const auto database = open()) static_cast<void>(begin_run(**database, run, this_measurer()));
}

Result<void> RunKeeper::finish(const Run& run) {
  const auto database = open();
  if (!database) return tl::unexpected(database.error());
  if (auto kept = finish_run(**database, run); !kept) return kept;
  const auto forgotten = prune_runs(**database, std::chrono::system_clock::now());
  if (!forgotten) return tl::unexpected(within("forgetting old runs", forgotten.error()));
  return {};
}

Result<void> RunKeeper::share(const std::string& url, const std::string& ca, const Run& run) {
  if (run.outcome != RunOutcome::succeeded) return {};
  auto address = parse_source(url, ca);
  if (!address) return tl::unexpected(std::move(address.error()));
  const auto database = open();
  if (!database) return tl::unexpected(database.error());
  BaselineSource source;
  source.address = std::move(*address);
  return import_if_needed(**database, std::move(source), key_of(run), run.id);
}

Result<JudgedRun> RunKeeper::judge(const Run& run, const VerdictSettings& settings) {
  const auto database = open();
  if (!database) return tl::unexpected(database.error());
  return judge_run(**database, run, settings);
}

}  // namespace perfwatch
