// SPDX-License-Identifier: Apache-2.0
// What the watch for runs adds to a sweep and to an exit. Aim: a look-up for a process that is
// known, without an allocation, so that a sweep of 2,000 takes well under 0.2 ms more.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "core/account/run_watch.h"
#include "tests/exporters/prometheus/allocations.h"

namespace perfwatch {
namespace {

using namespace std::string_view_literals;

// The first `members` processes after the first one are below a job's shell.
class Origins : public ProcessOrigin {
 public:
  explicit Origins(std::int32_t members) : members_(members) {}
  std::optional<std::string_view> environment(const ProcessKey& process) override {
    if (process.pid > 1 && process.pid <= 1 + members_) return "PATH=/bin\0CI_JOB_ID=7\0"sv;
    return "PATH=/bin\0"sv;
  }
  std::vector<std::string> command(const ProcessKey&) override { return {"sh"}; }
  std::optional<std::uint32_t> user(const ProcessKey&) override { return 0; }
  bool is_blocked(const ProcessKey&) override { return false; }
  std::string cgroup(const ProcessKey&) override { return "/"; }
  std::string folder(const ProcessKey&) override { return "/srv/app"; }

 private:
  std::int32_t members_;
};

class Host {
 public:
  Host(std::int32_t processes, std::int32_t members) {
    RunWatchHost host;
    host.origin = std::make_unique<Origins>(members);
    host.boot_seconds = [this] { return seconds_; };
    host.stall = [] { return StallTotals{}; };
    host.make_id = [](auto) { return std::string("01HZZZZZZZ0000000000000000"); };
    watch_ = std::make_unique<RunWatch>(RunWatchSettings{}, std::move(host), nullptr,
                                        [](const ProcessRecord&) { return std::string(); });
    for (std::int32_t pid = 1; pid <= processes; ++pid) {
      ProcessRecord record;
      record.key = {pid, 1000};
      record.parent = pid > 2 && pid <= 1 + members ? 2 : 1;
      record.comm = {'c', 'c'};
      record.state = 'S';
      record.image = static_cast<std::uint64_t>(pid);
      record.read_bytes = record.written_bytes = 0;
      records_.push_back(record);
    }
    for (int i = 0; i < 20; ++i) sweep();  // all are looked at
  }
  void sweep() {
    seconds_ += 2;
    now_.monotonic += std::chrono::seconds(2);
    Accounting accounting;
    accounting.tier = AccountingTier::ebpf;
    watch_->update(now_, records_, {}, accounting);
    benchmark::DoNotOptimize(accounting);
  }
  RunWatch& watch() { return *watch_; }
  [[nodiscard]] const std::vector<ProcessRecord>& records() const { return records_; }

 private:
  double seconds_ = 100;
  Instant now_{};
  std::vector<ProcessRecord> records_;
  std::unique_ptr<RunWatch> watch_;
};

void report(benchmark::State& state, std::uint64_t before) {
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(test::allocations() - before), benchmark::Counter::kAvgIterations);
}

// So many processes, and so many of them in a run.
void sweep(benchmark::State& state) {
  Host host(static_cast<std::int32_t>(state.range(0)), static_cast<std::int32_t>(state.range(1)));
  const std::uint64_t before = test::allocations();
  for (auto _ : state) host.sweep();
  report(state, before);
}
BENCHMARK(sweep)->Args({2000, 0})->Args({2000, 500})->Unit(benchmark::kMicrosecond);

// The end of a short-lived process below one that is known, not of a run (0) or of one (1).
void exit_of_a_child(benchmark::State& state) {
  Host host(2000, 500);
  ProcessExit exit;
  exit.last.comm = {'c', 'c'};
  exit.last.parent = state.range(0) != 0 ? 2 : 1000;
  exit.last.image = 900'000;
  exit.last.key = {100'000, 9000};
  exit.wait_status = 0;
  exit.lived_seconds = 0.01;
  const std::uint64_t before = test::allocations();
  int since = 0;
  for (auto _ : state) {
    exit.last.key.pid = 100'000 + since;
    ++exit.last.key.start_ticks;
    host.watch().ended(exit);
    if (++since == 10'000) {
      state.PauseTiming();
      for (int i = 0; i < 3; ++i) host.sweep();
      since = 0;
      state.ResumeTiming();
    }
  }
  report(state, before);
}
BENCHMARK(exit_of_a_child)->Arg(0)->Arg(1);

}  // namespace
}  // namespace perfwatch
