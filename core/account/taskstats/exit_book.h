// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

#include "core/account/taskstats/process_tree.h"
#include "core/account/taskstats/records.h"
#include "core/model/exits.h"

namespace perfwatch {

// A process that ended: the record of its last thread and the sum over all of its threads.
struct EndedProcess {
  ThreadRecord last;
  // Counters, the run time with what is not recorded of all threads but the last one; comm,
  // exit_code and forked are those of the first thread.
  ThreadRecord sum;
  bool has_first = false;
};

// Puts the records of threads together to processes. Pure: the caller has the clock.
//
// The kernel sends the record of a thread first and its exit event shortly after, on another
// socket. The last thread's record is held until its event comes, so that a process ends after its
// fork and its execs, which are on that socket too.
class ExitBook {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit ExitBook(std::uint64_t tick_nanoseconds) : tick_nanoseconds_(tick_nanoseconds) {}

  void take(const ExitRecord& record, Time now);
  // The process whose last thread that was; nullopt for one of several, and for an unknown one.
  [[nodiscard]] std::optional<EndedProcess> end(std::int32_t tid);
  // One whose record came before `limit`: its event is lost.
  [[nodiscard]] std::optional<EndedProcess> end_older(Time limit);
  // Some threads of it ended already, or all, and the last one's event is still to come. A search
  // through all that are held.
  [[nodiscard]] bool knows(std::int32_t pid) const;
  // Forgets the ended threads of processes that are no more, if that was before `limit`.
  void forget(Time limit, const std::function<bool(std::int32_t pid)>& exists);
  [[nodiscard]] std::size_t held() const { return held_.size() + orphans_.size(); }

 private:
  struct Threads {
    ThreadRecord sum;
    bool has_first = false;
    Time last;
  };
  struct Held {
    EndedProcess process;
    Time since;
    std::uint64_t number = 0;
  };
  struct Place {
    std::int32_t tid = 0;
    std::uint64_t number = 0;  // of the record that stood there; another: it went since
  };

  std::uint64_t tick_nanoseconds_;
  std::uint64_t taken_ = 0;
  std::unordered_map<std::int32_t, Threads> threads_;
  // Few as long as no event is lost, many thousands after that: found by thread, aged by order.
  std::unordered_map<std::int32_t, Held> held_;
  std::deque<Place> order_;
  std::deque<EndedProcess> orphans_;  // their tid was given to another one, before any event
};

struct ExitTerms {
  std::uint64_t tick_nanoseconds = 4'000'000;  // of the scheduler, 1/HZ
  bool io_counted = true;                      // the kernel counts read and written bytes at all
};

// `event`: its exit event; null when that is lost or not to be had.
[[nodiscard]] ProcessExit make_exit(const EndedProcess& ended, const TreeProcess& process,
                                    const ProcEvent* event, const ExitTerms& terms);

}  // namespace perfwatch
