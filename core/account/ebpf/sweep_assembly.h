// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/account/ebpf/decode.h"
#include "core/model/process.h"

namespace perfwatch {

// Makes processes of the task iterator's records, which come in the order of task ids, in pieces of
// any length.
//
// A thread's counters are added to its leader's, which hold those of the dead threads. A thread
// that dies while the iterator is under way is in the sums of its leader or comes as itself, or
// neither, but never both: a thread that came before its leader (ids wrap around) counts only if no
// thread of that process died in between. So a sum may fall short for a moment: the ledger
// lets no counter go back.
class SweepAssembly {
 public:
  explicit SweepAssembly(std::uint64_t page_bytes) : page_bytes_(page_bytes) {}

  // Starts anew, into `out`, which must stay.
  void begin(std::vector<ProcessRecord>& out);
  // The next bytes.
  void add(Bytes bytes);
  // Completes the records.
  void finish();

  // Records that were none; after the first one that has no size, nothing is read any more.
  [[nodiscard]] std::uint32_t malformed() const { return malformed_; }
  // Processes with more descriptors than the iterator counts.
  [[nodiscard]] const std::vector<std::size_t>& uncounted() const { return uncounted_; }

 private:
  // Of a process with more threads than its first.
  struct Sum {
    std::size_t place = 0;
    WireUsage usage;
    std::uint32_t deaths = 0;
    bool has_io = false;
  };

  void add_whole(Bytes record);
  void give_up();
  void add_process(const WireProcess& process);
  void add_thread(const WireThread& thread);
  void add_to(std::size_t place, const WireThread& thread);
  void add_stand_in(const WireStandIn& stand_in);
  // The place of a process among the records; their size when it is not there.
  [[nodiscard]] Sum* sum_of(std::size_t place);
  [[nodiscard]] std::size_t place_of(std::int32_t pid) const;

  std::uint64_t page_bytes_;
  std::vector<ProcessRecord>* out_ = nullptr;
  std::vector<Sum> sums_;               // by place
  std::vector<std::byte> rest_;         // the beginning of a record
  std::vector<WireThread> early_;       // came before their leader
  std::vector<WireStandIn> early_ins_;  // the same
  std::vector<std::size_t> uncounted_;
  std::uint32_t malformed_ = 0;
  bool broken_ = false;
};

}  // namespace perfwatch
