// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "core/analyse/alert_book.h"
#include "core/base/result.h"
#include "core/store/alerts.h"
#include "daemon/alert_sender.h"
#include "daemon/journal_writer.h"
#include "daemon/storage.h"
#include "daemon/stored_alerts.h"
#include "daemon/workers.h"

namespace perfwatch {

// Keeps the alert book, and what each target has heard, in the database, so that neither a restart
// nor a kill -9 loses an alert. Lives on the loop.
class AlertJournal {
 public:
  using Senders = std::vector<std::unique_ptr<AlertSender>>;
  static constexpr std::chrono::seconds kLastPatience{1};

  // Both are looked at whenever something is taken, and outlive this object.
  AlertJournal(Workers& workers, const Storage& storage, const AlertBook& book,
               const Senders& senders);

  // What an earlier daemon left. Blocks: before the loop runs.
  [[nodiscard]] Result<KeptAlerts> load();
  // Has written what became different. While the database is in use, once it is free.
  void take(Instant now);
  // The last state, when the loop does not run any more. Waits for `patience` at most.
  void finish(Instant now, std::chrono::milliseconds patience = kLastPatience);

 private:
  [[nodiscard]] AlertChanges changes(Instant now, bool exactly);
  void written(bool good);

  const AlertBook& book_;
  const Senders& senders_;
  StoredAlerts stored_;
  bool begun_ = false;  // a frame has been taken
  bool again_ = false;  // something may have changed while our job was under way
  JournalWriter writer_;
};

}  // namespace perfwatch
