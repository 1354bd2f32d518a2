// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/account/ebpf/decode.h"
#include "core/account/process_reader.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// The programs of process.bpf.c at work in the kernel, and the bytes that they give. They end with
// this object.
class EbpfPrograms {
 public:
  // A task that the kernel frees without its tracepoint leaves the state of its process behind. If
  // it was not the leader, nothing is lost: told after kPatience. Else it is told as it was when it
  // began to end, once it is kLeftoverAge old and kLeftoverSweeps have not met it.
  static constexpr std::chrono::seconds kPatience{2};
  static constexpr std::chrono::seconds kLeftoverAge{5};
  static constexpr std::uint32_t kLeftoverSweeps = 4;
  // After hurry(): the age, and one sweep.
  static constexpr std::chrono::milliseconds kHurriedAge{200};

  // The hooks, by which lost runs are counted.
  enum class Hook : std::uint8_t { exec, exit };

  // Takes the bytes of one event.
  class Sink {
   public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;
    virtual void take_event(Bytes event) = 0;
    virtual void take_summary(const WireSummaryKey& key, const WireSummary& sum) = 0;
  };

  // The error says what is missing and what would mend it.
  [[nodiscard]] static Result<std::unique_ptr<EbpfPrograms>> load(
      const AccountingSettings& settings);
  ~EbpfPrograms();
  EbpfPrograms(const EbpfPrograms&) = delete;
  EbpfPrograms& operator=(const EbpfPrograms&) = delete;

  // Why there is no task iterator, or no tracepoint for kills; empty when there is.
  [[nodiscard]] const std::string& no_sweep() const { return no_sweep_; }
  [[nodiscard]] const std::string& no_oom() const { return no_oom_; }
  // Why they were not relocated among the types that they name, which takes a quarter less time;
  // empty when they were.
  [[nodiscard]] const std::string& no_cut_types() const { return no_cut_types_; }

  // Readable when the ring is filled by more than a quarter or a job was seen, until drain().
  [[nodiscard]] int event_descriptor() const { return wake_.get(); }
  // Hands over all events. The sums of those that found no room come one call later: by then nobody
  // adds to them any more.
  [[nodiscard]] Result<void> drain(Sink& sink);

  // A descriptor to read one sweep from.
  [[nodiscard]] Result<UniqueFd> start_sweep();
  // The iterator was read to its end.
  void end_sweep();
  // Somebody else swept, as there is no iterator.
  void note_foreign_sweep();

  // Those left behind are told with less patience from now on, at the price that one that is freed
  // after all is told twice: for whoever listens no longer.
  void hurry();

  // The names that exec events take along from now on.
  void want(IdentityNeeds needs);
  // ProcessReader::expect_jobs(); of the first kWireSigns, their first kWireSignSize bytes.
  void want_jobs(std::span<const std::string> variables);

  [[nodiscard]] std::uint64_t lost(WireLoss where) const;
  // Runs of a hook that the kernel left out.
  [[nodiscard]] std::uint64_t missed(Hook hook) const;

 private:
  struct Impl;
  explicit EbpfPrograms(std::unique_ptr<Impl> impl);
  [[nodiscard]] Result<void> take_summaries(Sink& sink);
  void take_leftovers(Sink& sink);

  std::unique_ptr<Impl> impl_;
  UniqueFd wake_;
  std::string no_sweep_;
  std::string no_oom_;
  std::string no_cut_types_;
};

}  // namespace perfwatch
