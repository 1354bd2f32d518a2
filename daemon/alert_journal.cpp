// SPDX-License-Identifier: Apache-2.0
#include "daemon/alert_journal.h"

#include <utility>

#include "daemon/log.h"

namespace perfwatch {

AlertJournal::AlertJournal(Workers& workers, const Storage& storage, const AlertBook& book,
                           const Senders& senders)
    : book_(book), senders_(senders), writer_(workers, storage, "alerts") {}

Result<KeptAlerts> AlertJournal::load() {
  Database* const database = writer_.database();
  if (database == nullptr) return KeptAlerts();
  auto kept = read_alerts(*database);
  if (!kept) return tl::unexpected(within(database->path(), std::move(kept.error())));
  return kept;
}

void AlertJournal::take(Instant now) {
  begun_ = true;
  writer_.watch_deadline(now.monotonic);
  again_ = !writer_.ready(now.monotonic);
  if (again_) return;
  auto batch = changes(now, false);
  if (batch.empty()) return;
  const auto kept = std::make_shared<const AlertChanges>(std::move(batch));
  writer_.write([kept](Database& database) { return write_alerts(database, *kept); },
                [this](bool good) { written(good); }, now.monotonic);
}

void AlertJournal::written(bool good) {
  if (!good) return stored_.forget();
  if (again_) take(Instant::now());
}

void AlertJournal::finish(Instant now, std::chrono::milliseconds patience) {
  // Before the first frame the queues are empty still: that must not be kept.
  if (!begun_ || writer_.database() == nullptr) return;
  const auto until = JournalWriter::Clock::now() + patience;
  bool good = writer_.await_turn(until);
  if (good) {
    const auto last = std::make_shared<const AlertChanges>(changes(now, true));
    good = last->empty() ||
           writer_.write_by([last](Database& database) { return write_alerts(database, *last); },
                            until);
  }
  if (!good) log_warning("the last changes of alerts were not written");
}

AlertChanges AlertJournal::changes(Instant now, bool exactly) {
  stored_.begin(now, exactly);
  book_.each(now, [this](const AlertBook::View& alert) { stored_.see(alert); });
  for (const auto& sender : senders_) {
    stored_.begin_target(to_string(sender->kind()), sender->target().name);
    sender->each([this](const Alert& alert, bool taken) { stored_.see(alert, taken); });
  }
  return stored_.end();
}

}  // namespace perfwatch
