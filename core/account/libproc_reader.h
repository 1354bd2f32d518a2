// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/account/poll_note.h"
#include "core/account/process_files.h"
#include "core/account/process_names.h"
#include "core/account/process_reader.h"

struct pids_info;
struct pids_stack;

namespace perfwatch {

// Reads the processes of /proc by libproc2, which walks the directory and reads each stat.
//
// What libproc2 does not have (context switches, descriptors), blurs (control characters of the
// name become '.' and '?') or writes as 0 where it lacks the right (io) is read by ProcessFiles.
// status is therefore not asked of libproc2: it would be read twice.
class LibprocReader : public ProcessReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ProcessReader>> make(double ticks_per_second);

  [[nodiscard]] Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override;
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process,
                                         IdentityNeeds needs) override {
    return names_.identify(process, needs);
  }
  void describe(Accounting& out) const override { describe_poll(out); }

 private:
  struct Unref {
    void operator()(pids_info* info) const;
  };

  explicit LibprocReader(double ticks_per_second);
  [[nodiscard]] Reading read_process(const pids_stack* stack, ProcessRecord& record,
                                     SweepErrors& errors);

  double ticks_per_second_;
  ProcessFiles files_;
  ProcessNames names_;
  std::unique_ptr<pids_info, Unref> info_;
};

}  // namespace perfwatch
