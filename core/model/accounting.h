// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace perfwatch {

// How processes are accounted, from what always works to what is exact.
//   poll       sweeps of /proc: what lives between two sweeps is not seen
//   taskstats  exit records and fork/exec events by netlink, and the sweep of /proc
//   ebpf       tracepoints and a task iterator in the kernel
enum class AccountingTier : std::uint8_t { poll, taskstats, ebpf };

[[nodiscard]] constexpr std::string_view to_string(AccountingTier tier) {
  switch (tier) {
    case AccountingTier::poll:
      return "poll";
    case AccountingTier::taskstats:
      return "taskstats";
    case AccountingTier::ebpf:
      return "ebpf";
  }
  return "poll";
}

// One thing that the accounting does, and by what: {"sweep", "task iterator"}, {"exits",
// "tracepoints"}, {"names", "exec event"}, {"oom", "tracepoint and kmsg"}. A feature that is worse
// than its tier promises has a note that says why and what would mend it.
struct AccountingFeature {
  std::string_view name;    // static storage: sweep, exits, names, cgroups, oom
  std::string_view source;  // static storage; "none" when missing
  std::string note;         // empty when as good as the tier promises
};

// Events that were not delivered, since start.
struct EventsLost {
  std::string_view source;  // static storage: exec, exit, oom
  std::string_view
      reason;  // static storage: ring_full, table_full, enobufs, malformed,
               // unseen (its hook did not run), undelivered (the ledger waited in vain)
  std::uint64_t count = 0;

  // Makes the accounting inexact. Not so news of OOM kills, and not what came late: an exit that is
  // told without its last moments (the teardown of its memory), as the kernel did not say when it
  // was over.
  [[nodiscard]] bool costs_exactness() const { return source != "oom" && reason != "late"; }
};

struct Run;

// How the processes of one frame were accounted.
struct Accounting {
  AccountingTier tier = AccountingTier::poll;
  std::string note;  // what this tier cannot see and why no better one runs, in a sentence or two
  std::vector<AccountingFeature> features;
  std::vector<EventsLost> lost;  // every source and reason of the tier, those with 0 too
  // Every process since the start (or since the last loss was reconciled) is in the groups' totals.
  // Never in the poll tier.
  bool exact = false;
  // Runs that ended lately, oldest first; null: none. Each is told by some rounds in a row, as the
  // answer of one that comes too late is not looked at: whoever counts them goes by their ids. The
  // same object until that changes.
  std::shared_ptr<const std::vector<Run>> ended_runs = nullptr;
  // Those that go on, with their figures so far, without timeline and commands; null: none.
  std::shared_ptr<const std::vector<Run>> open_runs = nullptr;
  // Runs that were not measured, as too many go on, and orders whose process is not there.
  std::uint64_t runs_refused = 0;
};

}  // namespace perfwatch
