// SPDX-License-Identifier: Apache-2.0
#include "daemon/budget_keeper.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "daemon/log.h"
#include "daemon/resident_memory.h"

namespace perfwatch {
namespace {

// With so many frames every collector has run twice, and what only the start needed can go.
constexpr int kSettled = 5;

constexpr Metric kCpuRatio{"perfwatch_budget_cpu_ratio", MetricType::gauge,
                           "What perfwatchd used of one core, averaged over the last minute."};
constexpr Metric kCpuLimit{"perfwatch_budget_cpu_limit_ratio", MetricType::gauge,
                           "What it may use of one core, averaged over a minute."};
constexpr Metric kMemoryLimit{"perfwatch_budget_memory_limit_bytes", MetricType::gauge,
                              "Resident memory that perfwatchd may have."};
constexpr Metric kLevel{
    "perfwatch_budget_level",
    MetricType::gauge,
    "What is given up to keep the budget. cpu: 1 to 3 for intervals 2, 4 and 8 times as long, 4 "
    "for optional collectors paused too; memory: 1 for optional collectors paused.",
    {"resource"}};
constexpr Metric kExceeded{"perfwatch_budget_exceeded_seconds_total",
                           MetricType::counter,
                           "Time in which perfwatchd was over its budget.",
                           {"resource"}};
constexpr Metric kGivenBack{"perfwatch_budget_memory_trims_total", MetricType::counter,
                            "Times perfwatchd gave free memory back to the host."};
constexpr const Metric* kMetrics[] = {&kCpuRatio, &kCpuLimit, &kMemoryLimit,
                                      &kLevel,    &kExceeded, &kGivenBack};

std::string percent(double ratio) { return fmt::format("{:.3g}%", ratio * 100); }

std::string mebibytes(double bytes) { return fmt::format("{:.1f}MiB", bytes / (1024.0 * 1024.0)); }

}  // namespace

BudgetKeeper::BudgetKeeper(Sampler& sampler, Workers& workers, BudgetLimits limits)
    : sampler_(sampler), workers_(workers), governor_(limits) {}

MetricList BudgetKeeper::metrics() { return kMetrics; }

void BudgetKeeper::set_limits(BudgetLimits limits) {
  governor_.set_limits(limits);
  apply();
}

void BudgetKeeper::feed(Instant now, const OwnUse& use) {
  const BudgetState before = governor_.state();
  const auto verdict = governor_.feed(now.monotonic, use);
  cpu_exceeded_seconds_ += verdict.cpu_exceeded;
  memory_exceeded_seconds_ += verdict.memory_exceeded;
  const bool settled = frames_ < kSettled && ++frames_ == kSettled;
  if (verdict.give_back) ++given_back_;
  // On a worker: it takes the locks of the heap.
  if (verdict.give_back || settled) workers_.start(give_back_memory, [] {});
  if (!verdict.changed) return;
  apply();
  say(before);
}

void BudgetKeeper::apply() { sampler_.set_pace({governor_.stretch(), governor_.pauses()}); }

void BudgetKeeper::say(const BudgetState& before) const {
  const BudgetState& now = governor_.state();
  const bool worse = now.cpu_level > before.cpu_level || now.memory_level > before.memory_level;
  const std::string intervals = fmt::format("x{}", governor_.stretch());
  const std::string optional = governor_.pauses() ? "paused" : "running";
  const std::string cpu = now.cpu_ratio ? percent(*now.cpu_ratio) : "unknown";
  const std::string memory = now.resident_bytes ? mebibytes(*now.resident_bytes) : "unknown";
  const auto limits = now.limits;
  if (worse) {
    log_warning("over budget, doing less",
                {{"intervals", intervals},
                 {"optional_collectors", optional},
                 {"cpu", cpu},
                 {"cpu_limit", percent(limits.cpu_ratio)},
                 {"memory", memory},
                 {"memory_limit", mebibytes(static_cast<double>(limits.memory_bytes))},
                 {"reason", now.reason}});
  } else {
    log_info("well below budget, doing more again", {{"intervals", intervals},
                                                     {"optional_collectors", optional},
                                                     {"cpu", cpu},
                                                     {"memory", memory}});
  }
}

Samples BudgetKeeper::describe() {
  const BudgetState& now = governor_.state();
  SampleWriter out(schema_);
  out.add(kCpuRatio, now.cpu_ratio.value_or(kAbsent));
  out.add(kCpuLimit, now.limits.cpu_ratio);
  out.add(kMemoryLimit, static_cast<double>(now.limits.memory_bytes));
  out.add(kLevel, now.cpu_level, {"cpu"});
  out.add(kLevel, now.memory_level, {"memory"});
  out.add(kExceeded, cpu_exceeded_seconds_, {"cpu"});
  out.add(kExceeded, memory_exceeded_seconds_, {"memory"});
  out.add(kGivenBack, static_cast<double>(given_back_));
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
