// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/account/process_events.h"
#include "core/account/taskstats/connection.h"
#include "core/account/taskstats/event_loss.h"
#include "core/account/taskstats/exit_book.h"
#include "core/account/taskstats/process_tree.h"

namespace perfwatch {

// Takes what both sockets have, brings it into one order and keeps the tree up to date.
//
// For each process that order is fork, exec, exit: the proc connector's. The records of exits have
// no time; each is sent before the exit event of its thread, so that the records there are after a
// batch of events was taken hold those of all its exits.
class EventPump {
 public:
  struct Settings {
    double ticks_per_second = 100;
    ExitTerms exits;
  };
  // A process runs another program, which has its number already.
  using Started = std::function<void(TreeProcess& process, ProcessEvents& out)>;
  // A process ended.
  using Ended = std::function<void(const TreeProcess& process)>;

  EventPump(ExitConnection exits, std::optional<ProcConnection> procs, Settings settings);
  void on_started(Started started) { started_ = std::move(started); }
  void on_ended(Ended ended) { ended_ = std::move(ended); }

  // Everything that has come so far, up to a limit that only a storm meets; the rest stays for the
  // next call. An error when a socket is broken.
  [[nodiscard]] Result<void> pump(ProcessEvents& out);

  [[nodiscard]] ProcessTree& tree() { return tree_; }
  [[nodiscard]] ExitBook& book() { return book_; }
  [[nodiscard]] const SocketLoss& proc_loss() const { return proc_loss_; }
  [[nodiscard]] const SocketLoss& exit_loss() const { return exit_loss_; }
  [[nodiscard]] bool has_procs() const { return procs_.has_value(); }

 private:
  static constexpr std::size_t kBatch = 256;
  static constexpr std::size_t kMostBatches = 1024;
  // An exit event that is later than this after its record is lost.
  static constexpr std::chrono::seconds kPatience{1};

  [[nodiscard]] Result<void> take_batch();
  void take_event(Bytes datagram);
  void count_gap(const ProcEvent& event);
  [[nodiscard]] Result<void> handle(std::size_t index, ProcessEvents& out);
  [[nodiscard]] Result<void> handle_exit(const ProcEvent& event, ProcessEvents& out);
  void handle_exec(std::size_t index, ProcessEvents& out);
  // The batch has a later exec or the end of the same process.
  [[nodiscard]] bool superseded(std::size_t index) const;

  // One batch of records; how many.
  [[nodiscard]] Result<std::size_t> take_records();
  void take_record(Bytes datagram);
  void end_process(const EndedProcess& ended, const ProcEvent* event, ProcessEvents& out);
  TreeProcess& process_of(const EndedProcess& ended, const ProcEvent* event);

  ExitConnection exits_;
  std::optional<ProcConnection> procs_;
  Settings settings_;
  ProcessTree tree_;
  ExitBook book_;
  Started started_;
  Ended ended_;
  SequenceGaps gaps_;
  SocketLoss proc_loss_;
  SocketLoss exit_loss_;
  std::uint64_t gap_credit_ = 0;  // an overrun that is counted as one event already
  std::uint64_t record_credit_ = 0;
  bool records_missing_ = false;  // an overrun, and the events of that time are still to come
  bool records_taken_ = false;    // all that there were after the batch
  ExitBook::Time now_{};
  std::uint64_t now_nanoseconds_ = 0;  // CLOCK_MONOTONIC
  std::vector<ProcEvent> batch_;
};

}  // namespace perfwatch
