// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/account/run_watch.h"
#include "core/base/ulid.h"
#include "tests/core/account/ledger_fixture.h"

// A host for the tests of RunWatch; 100 ticks a second.
namespace perfwatch::test {

struct FakeOrigins : ProcessOrigin {
  struct Texts {
    std::string environment;  // lines
    std::string cgroup, folder;
    std::vector<std::string> command;
    std::uint32_t user = 0;
  };
  std::map<std::int32_t, Texts> all;
  std::size_t reads = 0;
  std::set<std::int32_t> blocked;
  std::set<std::int32_t> locked;  // whose memory was read: that takes a lock of it
  std::string buffer;

  std::optional<std::string_view> environment(const ProcessKey& process) override {
    ++reads;
    locked.insert(process.pid);
    const auto found = all.find(process.pid);
    if (found == all.end()) return std::nullopt;
    buffer = found->second.environment;
    for (char& c : buffer) c = c == '\n' ? '\0' : c;
    return buffer;
  }
  std::vector<std::string> command(const ProcessKey& process) override {
    locked.insert(process.pid);
    return all[process.pid].command;
  }
  std::optional<std::uint32_t> user(const ProcessKey& process) override {
    const auto found = all.find(process.pid);
    return found != all.end() ? std::optional(found->second.user) : std::nullopt;
  }
  bool is_blocked(const ProcessKey& process) override { return blocked.contains(process.pid); }
  std::string cgroup(const ProcessKey& process) override { return all[process.pid].cgroup; }
  std::string folder(const ProcessKey& process) override { return all[process.pid].folder; }
};

inline const std::string kGitLab =
    "GITLAB_CI=true\nCI_JOB_ID=77\nCI_PROJECT_PATH=acme/app\nCI_JOB_NAME=build\n"
    "CI_COMMIT_SHA=1a2b\n";
inline const std::string kOrderId = "01HZZZZZZZ0000000000000000";
inline const std::string kInnerId = "01HZZZZZZZ0000000000000001";

class WatchedHost : public testing::Test {
 protected:
  // A process that is there from now on. `image` 0: its parent's.
  ProcessRecord& start(std::int32_t pid, std::int32_t parent, std::string_view comm,
                       const std::string& environment = "", std::uint64_t image = 0) {
    auto made = record(pid, static_cast<std::uint64_t>(now_ * 100), comm);
    made.parent = parent;
    made.forked = image == 0;
    made.image = image != 0 ? image : (processes_.contains(parent) ? processes_[parent].image : 0);
    made.read_bytes = made.written_bytes = 0;
    made.anonymous_bytes = made.resident_bytes = 1000;
    origins_->all[pid].environment = environment;
    return processes_[pid] = made;
  }
  // It ends, and the kernel tells.
  void end(std::int32_t pid, int status = 0) {
    told_.push_back(exit_of(pid, status));
    processes_.erase(pid);
    origins_->all.erase(pid);
  }
  ProcessExit exit_of(std::int32_t pid, int status = 0) {
    ProcessExit exit;
    exit.last = processes_.at(pid);
    exit.peak_resident_bytes = exit.last.resident_bytes;
    exit.wait_status = status << 8;
    exit.lived_seconds = now_ - static_cast<double>(exit.last.key.start_ticks) / 100;
    return exit;
  }
  // A round at `seconds`; the runs that ended and that no round before told of.
  std::vector<perfwatch::Run> round(double seconds) {
    now_ = seconds;
    watch_->take_orders(at(now_));
    for (const auto& exit : std::exchange(told_, {})) watch_->ended(exit);
    std::vector<ProcessRecord> records;
    for (const auto& [pid, process] : processes_) records.push_back(process);
    accounting_ = {};
    accounting_.tier = tier_;
    accounting_.lost = {{"exit", "ring_full", lost_}};
    watch_->update(at(now_), records, {}, accounting_);
    std::vector<perfwatch::Run> fresh;
    if (!accounting_.ended_runs) return fresh;
    for (const auto& run : *accounting_.ended_runs) {
      if (told_ids_.insert(run.id).second) fresh.push_back(run);
    }
    return fresh;
  }
  // Rounds until nothing goes on any more.
  std::vector<perfwatch::Run> finish() {
    std::vector<perfwatch::Run> all;
    for (int i = 0; i < 20; ++i) {
      for (auto& run : round(now_ + 2)) all.push_back(std::move(run));
    }
    return all;
  }
  [[nodiscard]] std::size_t open() const {
    return accounting_.open_runs ? accounting_.open_runs->size() : 0;
  }
  void watch(RunWatchSettings settings) {
    auto origins = std::make_unique<FakeOrigins>();
    origins_ = origins.get();
    RunWatchHost host;
    host.origin = std::move(origins);
    host.boot_seconds = [this] { return now_; };
    host.stall = [this] { return StallTotals{now_ / 10, 0, std::nullopt}; };
    host.make_id = [this](auto started) {
      ++ids_;
      return make_ulid(started, {0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(ids_ / 256),
                                 static_cast<std::uint8_t>(ids_)});
    };
    host.name = "host";
    watch_.emplace(std::move(settings), std::move(host), inbox_, [](const ProcessRecord& process) {
      return std::string(view(process.comm)) + " arguments";
    });
  }
  void SetUp() override {
    watch({});
    start(1, 0, "init", "", 1);
    start(50, 1, "runner", "", 2);
    now_ = 10;
    (void)round(10);
  }

  double now_ = 0;
  AccountingTier tier_ = AccountingTier::ebpf;
  std::uint64_t lost_ = 0;
  unsigned ids_ = 0;
  std::set<std::string> told_ids_;
  FakeOrigins* origins_ = nullptr;
  std::map<std::int32_t, ProcessRecord> processes_;
  std::vector<ProcessExit> told_;
  Accounting accounting_;
  std::shared_ptr<RunInbox> inbox_ = std::make_shared<RunInbox>();
  std::optional<RunWatch> watch_;
};

}  // namespace perfwatch::test
