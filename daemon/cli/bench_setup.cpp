// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_setup.h"

#include <utility>

#include "core/account/host_class.h"
#include "daemon/cli/bench_commands.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/run_names.h"
#include "daemon/cli/run_store.h"
#include "daemon/cli/run_surroundings.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

Result<std::vector<BenchTask>> read_tasks(const BenchOptions& options) {
  BenchWish wish{options.texts, options.words, options.prepare, {}};
  for (const auto& [name, list] : options.parameters) {
    auto parameter = parse_parameter(name, list);
    if (!parameter) return tl::unexpected(std::move(parameter.error()));
    wish.parameters.push_back(std::move(*parameter));
  }
  return plan_bench(wish);
}

Result<BenchPlan> read_plan(const BenchOptions& options) {
  BenchPlan plan;
  auto tasks = read_tasks(options);
  if (!tasks) return tl::unexpected(std::move(tasks.error()));
  plan.tasks = std::move(*tasks);
  plan.runs = options.runs;
  plan.warmup = options.warmup;
  plan.ignore_failure = options.ignore_failure;
  plan.items = options.items;
  if (!options.bytes.empty()) {
    const auto bytes = parse_size(options.bytes);
    if (!bytes || *bytes == 0) {
      return fail(ErrorKind::malformed, "--bytes: \"" + safe_text(options.bytes) +
                                            "\" is no size (examples: 1500000, 512KiB, 1GiB)");
    }
    plan.bytes = static_cast<double>(*bytes);
  }
  plan.keep = options.store;
  if (plan.keep && options.runs.value_or(0) > kMostStoredBenchRuns) {
    return fail(ErrorKind::malformed, "--store: at most " + std::to_string(kMostStoredBenchRuns) +
                                          " runs of a command (-n)");
  }
  if (plan.keep && plan.tasks.size() != 1) {
    return fail(ErrorKind::malformed,
                "--store: of one command only, as its runs become one baseline; there are " +
                    std::to_string(plan.tasks.size()));
  }
  plan.request.component = component_here(options.component);
  plan.request.operation = clean_name(options.operation);
  for (const auto tier : {AccountingTier::poll, AccountingTier::taskstats, AccountingTier::ebpf}) {
    if (options.tier == to_string(tier)) plan.request.tier = tier;
  }
  return plan;
}

BaselineKey key_of(const Bench& bench) {
  const RunRequest& request = bench.plan.request;
  const auto& words = bench.plan.tasks.front().words;
  return {request.component,
          request.operation.empty() ? default_operation(words) : request.operation,
          bench.host_class, false};
}

Result<BenchBaseline> read_baseline(const BenchOptions& options, const Bench& bench) {
  const BaselineKey key = key_of(bench);
  const std::string& name = options.compare;
  if (name == "-" || name.ends_with(".json") || ::access(name.c_str(), F_OK) == 0) {
    auto baseline = read_baseline_file(name, key);
    if (!baseline) return tl::unexpected(within("--compare", std::move(baseline.error())));
    return baseline;
  }
  auto database = open_run_store_for(options.storage, RunStoreUse::read);
  if (!database) return tl::unexpected(within("--compare", std::move(database.error())));
  return find_stored_baseline(*database, name, key);
}

// So that no bench runs for an hour to find that there was nothing to compare it with.
Result<void> check_baseline(const BenchBaseline& baseline, const std::vector<BenchTask>& tasks) {
  for (const BenchTask& task : tasks) {
    if (baseline.find(task.text, tasks.size()) != nullptr) return {};
  }
  return fail(ErrorKind::gone, "--compare: " + safe_text(baseline.name) +
                                   " has none of these commands, and only one may be called "
                                   "otherwise than there");
}

}  // namespace

Result<Bench> read_bench(const BenchOptions& options) {
  Bench bench;
  auto plan = read_plan(options);
  if (!plan) return tl::unexpected(std::move(plan.error()));
  bench.plan = std::move(*plan);
  bench.host_class = to_string(read_host_class({}));
  auto exports = read_exports(options.exports);
  if (!exports) return tl::unexpected(std::move(exports.error()));
  bench.exports = std::move(*exports);
  for (const auto& each : bench.exports) {
    bench.figures_on_output = bench.figures_on_output || each.file.empty();
  }
  if (options.compare.empty()) return bench;
  auto baseline = read_baseline(options, bench);
  if (!baseline) return tl::unexpected(std::move(baseline.error()));
  if (auto good = check_baseline(*baseline, bench.plan.tasks); !good) {
    return tl::unexpected(std::move(good.error()));
  }
  bench.baseline = std::move(*baseline);
  return bench;
}

}  // namespace perfwatch
