// SPDX-License-Identifier: Apache-2.0
// The accounting without the host: ledger, series and process table on records that change in every
// sweep. `allocations` is per sweep and must not grow with the processes.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/account/processes.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
// Not inlined: GCC takes free() beside an inlined new for a mismatch.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace perfwatch {
namespace {

class SyntheticHost : public ProcessReader {
 public:
  void describe(Accounting& /*out*/) const override {}
  explicit SyntheticHost(std::size_t processes) {
    for (std::size_t i = 0; i < processes; ++i) {
      ProcessRecord record;
      record.key = {static_cast<std::int32_t>(i + 1), 1000 + i};
      const std::string name = "program" + std::to_string(i % 60);
      std::copy(name.begin(), name.end(), record.comm.begin());
      record.state = 'S';
      record.threads = 1;
      record.read_bytes = record.written_bytes = 0;
      record.open_descriptors = 10;
      record.descriptor_limit = 1024;
      records_.push_back(record);
    }
  }
  Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override {
    for (auto& record : records_) {
      record.user_seconds += 0.01;
      *record.read_bytes += 4096;
    }
    out.assign(records_.begin(), records_.end());
    return SweepErrors{};
  }
  ProcessIdentity identify(const ProcessRecord& process, IdentityNeeds) override {
    ProcessIdentity identity;
    identity.comm = view(process.comm);
    return identity;
  }

 private:
  std::vector<ProcessRecord> records_;
};

void BM_Accounting(benchmark::State& state) {
  ProcessesCollector collector(
      std::make_unique<SyntheticHost>(static_cast<std::size_t>(state.range(0))),
      std::move(*GroupRules::make({})), {}, 0, 100);
  Instant now{};
  (void)collector.collect(now);
  const auto before = allocations.load();
  for (auto _ : state) {
    now.monotonic += std::chrono::seconds(2);
    auto samples = collector.collect(now);
    benchmark::DoNotOptimize(samples);
  }
  state.counters["allocations"] =
      static_cast<double>(allocations.load() - before) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_Accounting)->Arg(300)->Arg(2000)->Arg(5000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perfwatch

BENCHMARK_MAIN();
