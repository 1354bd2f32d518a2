// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/account/ebpf/ebpf_reader.h"

namespace perfwatch::test {

// Keeps all events.
class Recorder : public ProcessEvents {
 public:
  void program_changed(const ProcessRecord& process, const Program& before) override {
    execs.emplace_back(process, before);
  }
  void job_seen(const ProcessRecord& process) override { jobs.push_back(process); }
  void ended(const ProcessExit& exit) override { exits.push_back(exit); }
  void ended_unseen(const ExitSummary& summary) override { summaries.push_back(summary); }
  void killed_for_memory(const OomMark& mark) override { marks.push_back(mark); }

  [[nodiscard]] std::vector<ProcessExit> exits_of(std::int32_t pid) const {
    std::vector<ProcessExit> found;
    for (const auto& exit : exits) {
      if (exit.last.key.pid == pid) found.push_back(exit);
    }
    return found;
  }
  [[nodiscard]] std::vector<std::pair<ProcessRecord, Program>> execs_of(std::int32_t pid) const {
    std::vector<std::pair<ProcessRecord, Program>> found;
    for (const auto& exec : execs) {
      if (exec.first.key.pid == pid) found.push_back(exec);
    }
    return found;
  }

  std::vector<std::pair<ProcessRecord, Program>> execs;
  std::vector<ProcessRecord> jobs;
  std::vector<ProcessExit> exits;
  std::vector<ExitSummary> summaries;
  std::vector<OomMark> marks;
};

// The tier at work in the kernel of this host. Skipped where it cannot be had.
class LiveTier : public testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const AccountingSettings& settings) {
    reader.reset();
    auto made = make_ebpf_reader(settings);
    if (!made && (::geteuid() != 0 || made.error().kind == ErrorKind::unsupported)) {
      GTEST_SKIP() << "no ebpf tier here: " << made.error().text;
    }
    ASSERT_TRUE(made) << made.error().text;
    reader = std::move(*made);
    sweep();
  }

  void sweep() {
    const auto swept = reader->sweep(records);
    ASSERT_TRUE(swept) << swept.error().text;
    EXPECT_EQ(swept->malformed, 0U) << swept->text;
  }
  [[nodiscard]] const ProcessRecord* find(std::int32_t pid) const {
    const auto found = std::find_if(records.begin(), records.end(),
                                    [&](const auto& record) { return record.key.pid == pid; });
    return found != records.end() ? &*found : nullptr;
  }
  void drain() {
    const auto drained = reader->drain(events);
    ASSERT_TRUE(drained) << drained.error().text;
  }
  // Drains until it is so; a freed task is told after an RCU grace period.
  [[nodiscard]] bool eventually(const std::function<bool()>& so) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (Clock::now() < deadline) {
      drain();
      if (so()) return true;
      (void)::poll(nullptr, 0, 10);
    }
    return false;
  }
  // The only exit of `pid`; fails when there is none, and when there is another a while later.
  [[nodiscard]] ProcessExit exit_of(std::int32_t pid) {
    EXPECT_TRUE(eventually([&] { return !events.exits_of(pid).empty(); })) << "no exit of " << pid;
    const auto exits = events.exits_of(pid);
    EXPECT_EQ(exits.size(), 1U);
    return exits.empty() ? ProcessExit{} : exits.front();
  }
  [[nodiscard]] std::uint64_t lost(std::string_view source, std::string_view reason) const {
    Accounting accounting;
    reader->describe(accounting);
    std::uint64_t sum = 0;
    for (const auto& loss : accounting.lost) {
      if (loss.source == source && loss.reason == reason) sum += loss.count;
    }
    return sum;
  }

  std::unique_ptr<ProcessReader> reader;
  std::vector<ProcessRecord> records;
  Recorder events;
};

// A child that runs `body`, and then ends with what that returned.
inline pid_t spawn(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  return pid;
}

inline double cpu_seconds(const ProcessRecord& record) {
  return record.user_seconds + record.system_seconds;
}

inline double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

inline void burn(std::chrono::microseconds how_long) {
  const auto end = std::chrono::steady_clock::now() + how_long;
  while (std::chrono::steady_clock::now() < end) continue;
}

// A pipe whose reading end is let through by closing the other.
class Gate {
 public:
  Gate() {
    if (::pipe(ends_) != 0) ADD_FAILURE() << "no pipe";
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    open();
    ::close(ends_[0]);
  }
  void open() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  // In the child.
  void wait() {
    open();
    char byte = 0;
    while (::read(ends_[0], &byte, 1) > 0) continue;
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace perfwatch::test
