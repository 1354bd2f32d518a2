// SPDX-License-Identifier: Apache-2.0
// What the rules that ship cost a frame of a host with many groups and processes, and what they
// keep of it. The host is busy: every value moves.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/analyse/rule_set.h"
#include "tests/core/analyse/frames.h"

namespace {

using namespace perfwatch;

constexpr Metric kAnonymous{
    "perfwatch_group_memory_anonymous_bytes", MetricType::gauge, "", {"group"}};
constexpr Metric kResident{
    "perfwatch_group_memory_resident_bytes", MetricType::gauge, "", {"group"}};
constexpr Metric kCpu{
    "perfwatch_group_cpu_seconds_total", MetricType::counter, "", {"group", "mode"}};
constexpr Metric kDescriptors{"perfwatch_group_open_descriptors", MetricType::gauge, "", {"group"}};
constexpr Metric kThreads{"perfwatch_group_threads", MetricType::gauge, "", {"group"}};
constexpr Metric kAvailable{"perfwatch_memory_available_bytes", MetricType::gauge, ""};
constexpr Metric kTotal{"perfwatch_memory_total_bytes", MetricType::gauge, ""};
constexpr Metric kDisk{"perfwatch_filesystem_available_bytes",
                       MetricType::gauge,
                       "",
                       {"mountpoint", "device", "fstype"}};

class Host {
 public:
  explicit Host(std::size_t groups) : cpu_(groups) {}

  Frame frame(std::size_t round) {
    std::vector<test::Row> rows;
    const auto each = [&](const Metric& metric, double level, bool counter) {
      for (std::size_t i = 0; i < cpu_.size(); ++i) {
        const double value = level * (1 + 0.3 * noise_(random_));
        if (counter) cpu_[i] += std::fabs(value);
        std::vector<std::string_view> labels{names()[i]};
        if (counter) labels.emplace_back("user");
        rows.push_back({metric, counter ? cpu_[i] : value, labels});
      }
    };
    each(kAnonymous, 5e8, false);
    each(kResident, 6e8, false);
    each(kCpu, 1, true);
    each(kDescriptors, 200, false);
    each(kThreads, 50, false);
    rows.push_back({kAvailable, 2e10 + 1e9 * noise_(random_)});
    rows.push_back({kTotal, 3e10});
    rows.push_back({kDisk, 1e11 - 1e6 * static_cast<double>(round), {"/", "sda", "ext4"}});
    Frame frame = frames_.make(std::chrono::seconds(2 * round), {rows});
    add_processes(frame);
    return frame;
  }

 private:
  // As many processes worth watching as groups.
  void add_processes(Frame& frame) {
    auto table = std::make_shared<ProcessTable>();
    table->groups.resize(1);
    for (std::size_t i = 0; i < cpu_.size(); ++i) {
      ProcessView process;
      process.key = {static_cast<std::int32_t>(i + 1), 1};
      process.comm = {'c', 'c'};
      process.anonymous_bytes =
          static_cast<std::uint64_t>(1e8 * (1 + 0.05 * std::fabs(noise_(random_))));
      process.resident_bytes = process.anonymous_bytes + 1'000'000;
      table->processes.push_back(process);
    }
    frame.processes = table;
    auto block = std::make_shared<Block>();
    block->collector = "processes";
    block->taken = frame.at;
    block->samples.schema = no_series_;
    frame.blocks.push_back(block);
  }

  std::vector<std::string>& names() {
    while (names_.size() < cpu_.size()) names_.push_back("group-" + std::to_string(names_.size()));
    return names_;
  }

  std::vector<double> cpu_;
  std::vector<std::string> names_;
  std::mt19937_64 random_{1};
  std::normal_distribution<double> noise_;
  test::Frames frames_;
  std::shared_ptr<const Schema> no_series_ = std::make_shared<Schema>();
};

// Rounds 2 s apart: {groups, 1 with the rules that look back, else the levels alone}.
void judge(benchmark::State& state) {
  auto rules = default_rules();
  if (state.range(1) == 0) {
    std::erase_if(rules, [](const auto& rule) { return rule.kind != RuleKind::threshold; });
  }
  const auto before = ::mallinfo2().uordblks;
  auto made = RuleSet::make(std::move(rules));
  Host host(static_cast<std::size_t>(state.range(0)));
  std::size_t round = 0;
  for (; round < 1800; ++round) benchmark::DoNotOptimize(made->judge(host.frame(round)).size());
  for (auto _ : state) {
    state.PauseTiming();
    const Frame frame = host.frame(++round);
    state.ResumeTiming();
    benchmark::DoNotOptimize(made->judge(frame).size());
  }
  state.counters["kept_MB"] = static_cast<double>(::mallinfo2().uordblks - before) / 1e6;
}

BENCHMARK(judge)->ArgsProduct({{100}, {0, 1}})->Iterations(900)->Unit(benchmark::kMicrosecond);

}  // namespace
