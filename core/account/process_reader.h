// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/group_rules.h"
#include "core/account/process_events.h"
#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/model/accounting.h"
#include "core/model/process.h"

namespace perfwatch {

// What could not be read of how many processes in one sweep, and why (the first text of each kind).
struct SweepErrors {
  std::uint32_t denied = 0;  // others' /proc/PID/io, fd: CAP_SYS_PTRACE is missing
  std::uint32_t malformed = 0;
  std::uint32_t io = 0;
  std::string text;
  // The processes that are there, but not among the records because of one of these errors.
  std::vector<std::int32_t> unread{};
};

// The seam between the accounting and the host, one implementation per tier: everything alive, in
// one sweep, and what happened between two sweeps. Called by one thread at a time.
class ProcessReader {
 public:
  ProcessReader() = default;
  ProcessReader(const ProcessReader&) = delete;
  ProcessReader& operator=(const ProcessReader&) = delete;
  virtual ~ProcessReader() = default;

  // Replaces `out` by all processes, in any order. A process that vanishes during the sweep is left
  // out. In a tier with events, zombies are there until they were waited for.
  [[nodiscard]] virtual Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) = 0;

  // The names of one process, asked once per program (and again after its comm changed); what is
  // not needed costs nothing and stays empty. Also for a process that has ended, as long as
  // its image is not forgotten. Valid until the next call.
  [[nodiscard]] virtual ProcessIdentity identify(const ProcessRecord& process,
                                                 IdentityNeeds needs) = 0;

  // What identify() will be asked for, so that it can be caught in time.
  virtual void expect(IdentityNeeds /*needs*/) {}

  // Environment variables that are signs of a CI job: whoever is the first of its line to have one
  // is told of at its exec(2), by ProcessEvents::job_seen(), and event_descriptor() is readable
  // then. The first few only; a tier without such events does nothing.
  virtual void expect_jobs(std::span<const std::string> /*variables*/) {}

  // Readable when drain() should be called before the next sweep, as room for events gets scarce
  // or a job began (expect_jobs()); -1 for a tier without events. Owned by the reader, the same for
  // its life.
  [[nodiscard]] virtual int event_descriptor() const { return -1; }
  // Hands over every event that has come so far. An error when the source is broken for good: the
  // tier then degrades, see describe().
  [[nodiscard]] virtual Result<void> drain(ProcessEvents& /*events*/) { return {}; }

  // Nothing that matters happens any more: the sweep and the drain that follow tell of every end
  // that can be known, also those that would be waited for, in case the kernel says more of them.
  virtual void hurry() {}

  // The tier, its features and its losses at this moment (`exact` is the caller's).
  virtual void describe(Accounting& out) const = 0;
};

struct AccountingSettings {
  // The best tier to try; nullopt: the best that works. A tier that cannot be had gives the next
  // one, and a note that says why.
  std::optional<AccountingTier> tier;
  std::size_t ring_bytes = std::size_t{256} << 10U;  // of the events' ring; a power of 2
  // For one build: the ebpf tier loads sooner, and each event takes a little longer.
  bool brief = false;
  // What the ebpf tier does not have to tell makes it quicker to load.
  bool kills = true;                                                  // for lack of memory
  bool jobs = true;                                                   // what expect_jobs() asks for
  IdentityNeeds names{.exe = true, .cmdline = true, .cgroup = true};  // what expect() may ask for
};

// ebpf, then taskstats, then poll. Only where procfs is /proc; for any other root (fixtures,
// /host/proc in a container) a reader of our own, as libproc2 cannot be pointed elsewhere.
[[nodiscard]] Result<std::unique_ptr<ProcessReader>> make_process_reader(
    const Roots& roots, const AccountingSettings& settings = {});

}  // namespace perfwatch
