// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/account/poll_note.h"
#include "core/account/process_files.h"
#include "core/account/process_names.h"
#include "core/account/process_reader.h"

namespace perfwatch {

// Reads the processes below any root: /proc, /host/proc in a container, a tree of fixtures.
class ProcfsReader : public ProcessReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ProcessReader>> make(const std::string& procfs,
                                                                   double ticks_per_second);

  [[nodiscard]] Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override;
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process,
                                         IdentityNeeds needs) override {
    return names_.identify(process, needs);
  }
  void describe(Accounting& out) const override { describe_poll(out); }

 private:
  ProcfsReader(const std::string& procfs, double ticks_per_second);
  [[nodiscard]] Reading read_process(std::int32_t pid, ProcessRecord& record, SweepErrors& errors);
  [[nodiscard]] Result<void> list_pids();

  std::string path_;
  double ticks_per_second_;
  ProcessFiles files_;
  ProcessNames names_;
  SmallFile stat_;
  std::vector<std::int32_t> pids_;
};

}  // namespace perfwatch
