// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/account/process_events.h"
#include "core/account/process_reader.h"
#include "core/account/run_commands.h"
#include "core/account/run_tree.h"
#include "core/account/run_usage.h"
#include "core/base/result.h"

namespace perfwatch {

// The processes of a run as the events of a tier tell of them.
class RunEvents : private ProcessEvents {
 public:
  // How often the reader sweeps, to know who lives and to forget who does not.
  static constexpr std::chrono::seconds kSweepInterval{2};

  explicit RunEvents(std::unique_ptr<ProcessReader> reader);

  // `root`, a child of `self`, does nothing yet.
  [[nodiscard]] Result<void> begin(std::int32_t self, std::int32_t root,
                                   std::chrono::steady_clock::time_point now);
  [[nodiscard]] int descriptor() const { return reader_->event_descriptor(); }
  void drain();
  // Replaces `out` by the processes of the run that called exec(2) since the last call; false when
  // some are missing: there were too many, or the tier does not tell of them at once.
  [[nodiscard]] bool take_begun(std::vector<ProcessKey>& out);
  // Sweeps when it is time to.
  void keep_up(std::chrono::steady_clock::time_point now);
  // Sweeps for the last time: what lives is counted with what it has used so far.
  void finish();

  [[nodiscard]] bool root_ended() const { return root_ended_; }
  // Of the ended; after finish() of all.
  [[nodiscard]] const RunUsage& usage() const { return usage_; }
  [[nodiscard]] std::uint64_t processes() const { return processes_; }
  [[nodiscard]] double largest_bytes() const { return static_cast<double>(largest_bytes_); }
  [[nodiscard]] const RunCommands& commands() const { return commands_; }
  [[nodiscard]] AccountingTier tier() const { return tier_; }
  // Exits of this host that were told without their last moments, the teardown of their memory, as
  // the kernel did not say when they were over.
  [[nodiscard]] std::uint64_t late() const { return count_late() - late_before_; }
  // Why something may be missing; empty when nothing is.
  [[nodiscard]] std::string losses() const;

 private:
  struct Waiting {
    ProcessExit exit;
    std::uint32_t sweep = 0;  // when it came
  };
  static constexpr std::size_t kMostWaiting = 16384;
  static constexpr std::size_t kMostBegun = 256;

  void program_changed(const ProcessRecord& process, const Program& before) override;
  void ended(const ProcessExit& exit) override;
  void ended_unseen(const ExitSummary& summary) override;
  void killed_for_memory(const OomMark& /*mark*/) override {}

  [[nodiscard]] Result<void> sweep();
  // Those whose parent has become known meanwhile.
  void settle_waiting();
  void count(const ProcessRecord& process, std::uint64_t peak_bytes);
  [[nodiscard]] std::uint64_t lost() const;
  [[nodiscard]] std::uint64_t count_late() const;

  std::unique_ptr<ProcessReader> reader_;
  AccountingTier tier_;
  RunTree tree_{0, 0};
  std::int32_t root_ = 0;
  bool root_ended_ = false;
  std::uint64_t lost_before_ = 0;
  std::uint64_t late_before_ = 0;
  std::string broken_;
  std::uint32_t sweeps_ = 0;
  std::uint64_t dropped_ = 0;  // exits of which it never became known whose they were
  std::chrono::steady_clock::time_point next_sweep_;
  std::vector<ProcessRecord> records_;
  std::vector<Waiting> waiting_;
  std::vector<ProcessKey> begun_;
  bool begun_is_full_ = false;
  RunUsage usage_;
  std::uint64_t processes_ = 0;
  std::uint64_t largest_bytes_ = 0;
  RunCommands commands_;
};

}  // namespace perfwatch
