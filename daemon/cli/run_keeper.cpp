// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_keeper.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <utility>

#include "core/analyse/robust.h"
#include "core/store/runs.h"
#include "daemon/cli/baseline_source.h"
#include "daemon/cli/run_store.h"

namespace perfwatch {
namespace {

// As many as say what is usual now.
constexpr std::size_t kUsualRuns = 20;

}  // namespace

Result<Database*> RunKeeper::open() {
  if (!database_) {
    auto opened = open_run_store_for(folder_, RunStoreUse::write);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    database_.emplace(std::move(*opened));
  }
  return &*database_;
}

void RunKeeper::begin(const Run& run) {
  // Where there is no thread or no memory to be had, what finish() does is enough.
  try {
    background_ = std::jthread([this, run] {
      try {
        note_begin(run);
      } catch (const std::exception&) {
        database_.reset();
      }
    });
  } catch (const std::exception&) {
    return;
  }
}

void RunKeeper::note_begin(const Run& run) {
  // What is wrong here is wrong at the end, too, and is said then.
  const auto database = open();
  if (!database) return;
  if (!begin_run(**database, run, this_measurer())) {
    database_.reset();  // on a full disk one has it alone: not while the command runs
    return;
  }
  HistoryWish wish;
  wish.key = key_of(run);
  wish.limit = kUsualRuns;
  const auto history = history_of(**database, wish);
  const auto walls = history ? history->values(RunMetric::wall_seconds) : std::vector<double>();
  if (!walls.empty()) usual_seconds_ = median(walls);
}

std::optional<double> RunKeeper::usual_seconds() const {
  const double usual = usual_seconds_;
  return std::isfinite(usual) ? std::optional(usual) : std::nullopt;
}

Result<void> RunKeeper::finish(const Run& run) {
  if (background_.joinable()) background_.join();
  const auto database = open();
  if (!database) return tl::unexpected(database.error());
  if (auto kept = finish_run(**database, run); !kept) return kept;
  const auto environment = [](const char* name) { return std::getenv(name); };
  if (!is_usual_store(folder_, environment)) return {};
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
