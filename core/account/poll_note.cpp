// SPDX-License-Identifier: Apache-2.0
#include "core/account/poll_note.h"

namespace perfwatch {

void describe_poll(Accounting& out) {
  out.tier = AccountingTier::poll;
  out.note =
      "Processes are sampled: what a process uses between its last sample and its end is not "
      "seen, nor is a process that lives between two samples.";
  out.features = {{"sweep", "procfs", {}}, {"exits", "none", {}}, {"names", "procfs", {}}};
}

}  // namespace perfwatch
