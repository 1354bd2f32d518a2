// SPDX-License-Identifier: Apache-2.0
// The records of the processes that end, as a tier of the accounting hands them over, for
// tests/bench/truth: no daemon between. Prints "ready TIER", and one line for each process whose
// name begins with PREFIX:
//
//   exit PID COMM CPU_NS MAX_RSS PEAK WAIT_STATUS LIVED_US    ("-": unknown)
//   unseen COUNT COMM CPU_NS                                  summed by the kernel side
//   lost SOURCE REASON COUNT                                  at the end, when stdin closes
//
//   truth_probe ebpf|taskstats|poll PREFIX [RING_BYTES]
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/process_reader.h"

namespace perfwatch {
namespace {

std::optional<AccountingTier> to_tier(std::string_view name) {
  for (const auto tier : {AccountingTier::poll, AccountingTier::taskstats, AccountingTier::ebpf}) {
    if (name == to_string(tier)) return tier;
  }
  return std::nullopt;
}

long long nanoseconds(const ProcessRecord& record) {
  return std::llround((record.user_seconds + record.system_seconds) * 1e9);
}

template <class T>
std::string text(const std::optional<T>& value) {
  return value ? std::to_string(*value) : "-";
}

class Log : public ProcessEvents {
 public:
  explicit Log(std::string prefix) : prefix_(std::move(prefix)) {}

  void program_changed(const ProcessRecord& /*process*/, const Program& /*before*/) override {}
  void ended(const ProcessExit& exit) override {
    const std::string comm(view(exit.last.comm));
    if (!comm.starts_with(prefix_)) return;
    std::optional<long long> lived;
    if (exit.lived_seconds) lived = std::llround(*exit.lived_seconds * 1e6);
    std::printf("exit %d %s %lld %s %s %s %s\n", exit.last.key.pid, comm.c_str(),
                nanoseconds(exit.last), text(exit.max_resident_bytes).c_str(),
                text(exit.peak_resident_bytes).c_str(), text(exit.wait_status).c_str(),
                text(lived).c_str());
  }
  void ended_unseen(const ExitSummary& summary) override {
    const std::string comm(view(summary.sum.comm));
    if (!comm.starts_with(prefix_)) return;
    std::printf("unseen %llu %s %lld\n", static_cast<unsigned long long>(summary.count),
                comm.c_str(), nanoseconds(summary.sum));
  }
  void killed_for_memory(const OomMark& /*mark*/) override {}

 private:
  std::string prefix_;
};

// Drains when there is something to drain, sweeps each second, until stdin closes.
Result<void> run(ProcessReader& reader, Log& log) {
  constexpr auto kSweep = std::chrono::seconds(1);
  constexpr int kWaitMilliseconds = 100;
  std::vector<ProcessRecord> records;
  auto next_sweep = std::chrono::steady_clock::now();
  for (bool goes_on = true; goes_on;) {
    pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {reader.event_descriptor(), POLLIN, 0}};
    ::poll(ready, 2, kWaitMilliseconds);
    goes_on = ready[0].revents == 0;
    if (auto drained = reader.drain(log); !drained) return drained;
    if (goes_on && std::chrono::steady_clock::now() < next_sweep) continue;
    next_sweep = std::chrono::steady_clock::now() + kSweep;
    if (auto swept = reader.sweep(records); !swept) return tl::unexpected(std::move(swept.error()));
    if (auto drained = reader.drain(log); !drained) return drained;
  }
  return {};
}

int probe(AccountingTier tier, const char* prefix, std::size_t ring_bytes) {
  AccountingSettings settings;
  settings.tier = tier;
  if (ring_bytes > 0) settings.ring_bytes = ring_bytes;
  auto reader = make_process_reader({}, settings);
  Accounting accounting;
  if (reader) (*reader)->describe(accounting);
  if (!reader || accounting.tier != tier) {
    std::fprintf(stderr, "truth_probe: %s\n",
                 reader ? accounting.note.c_str() : reader.error().text.c_str());
    return 3;
  }
  Log log(prefix);
  std::vector<ProcessRecord> records;
  if (!(*reader)->sweep(records)) return 1;
  std::printf("ready %s\n", std::string(to_string(tier)).c_str());
  std::fflush(stdout);
  if (const auto ran = run(**reader, log); !ran) {
    std::fprintf(stderr, "truth_probe: %s\n", ran.error().text.c_str());
    return 1;
  }
  (*reader)->describe(accounting = {});
  for (const auto& lost : accounting.lost) {
    std::printf("lost %s %s %llu\n", std::string(lost.source).c_str(),
                std::string(lost.reason).c_str(), static_cast<unsigned long long>(lost.count));
  }
  return 0;
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  const auto tier = perfwatch::to_tier(argc > 1 ? argv[1] : "");
  if (!tier || argc < 3) {
    std::fputs("usage: truth_probe ebpf|taskstats|poll PREFIX [RING_BYTES]\n", stderr);
    return 2;
  }
  const auto ring = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  return perfwatch::probe(*tier, argv[2], static_cast<std::size_t>(ring));
}
