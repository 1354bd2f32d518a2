// SPDX-License-Identifier: Apache-2.0
#include "daemon/oom_journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/analyse/wording.h"
#include "core/store/oom_kills.h"
#include "daemon/log.h"

namespace perfwatch {
namespace {

bool holds(const std::vector<OomKill>& kills, const OomKill& kill) {
  return std::any_of(kills.begin(), kills.end(),
                     [&](const OomKill& other) { return same_kill(kill, other); });
}

void log_kill(const OomKill& kill) {
  log_warning("the kernel killed a process because memory ran out",
              {{"pid", std::to_string(kill.pid)},
               {"comm", kill.comm},
               {"group", kill.group},
               {"scope", std::string(to_string(kill.scope))},
               {"limit_cgroup", kill.limit_cgroup},
               {"cgroup", kill.victim_cgroup},
               {"resident", short_bytes(static_cast<double>(kill.resident_bytes()))}});
}

}  // namespace

OomJournal::OomJournal(Workers& workers, const Storage& storage)
    : writer_(workers, storage, "kills for lack of memory"),
      history_(std::make_shared<OomHistory>(OomHistory{{}, writer_.trouble()})) {}

Result<void> OomJournal::load() {
  Database* const database = writer_.database();
  if (database == nullptr) return {};
  auto kills = last_oom_kills(*database, kShown);
  if (!kills) return tl::unexpected(within(database->path(), std::move(kills.error())));
  history_ = std::make_shared<OomHistory>(OomHistory{std::move(*kills), {}});
  return {};
}

void OomJournal::take(Frame& frame) {
  const auto found = frame.processes ? frame.processes->new_oom_kills : nullptr;
  if (found && found != seen_) {
    const auto before = std::exchange(seen_, found);
    for (const OomKill& kill : *found) {
      if (!before || !holds(*before, kill)) add(kill);
    }
  }
  writer_.watch_deadline(frame.at.monotonic);
  tell_trouble();
  frame.oom = history_;
  write(frame.at.monotonic);
}

// What the database has knows more: its group was found when the process still lived.
void OomJournal::add(const OomKill& kill) {
  if (holds(history_->kills, kill)) return;
  if (!kill.before_start) log_kill(kill);
  auto fresh = std::make_shared<OomHistory>(*history_);
  const auto at = std::upper_bound(fresh->kills.begin(), fresh->kills.end(), kill,
                                   [](const OomKill& a, const OomKill& b) { return a.at >= b.at; });
  fresh->kills.insert(at, kill);
  if (fresh->kills.size() > kShown) fresh->kills.pop_back();
  history_ = std::move(fresh);
  if (writer_.database() != nullptr) queue(kill);
}

void OomJournal::queue(OomKill kill) {
  pending_.push_back(std::move(kill));
  drop_oldest();
}

// Those that came since are younger.
void OomJournal::put_back(std::vector<OomKill> batch) {
  std::move(pending_.begin(), pending_.end(), std::back_inserter(batch));
  pending_ = std::move(batch);
  drop_oldest();
}

void OomJournal::drop_oldest() {
  if (pending_.size() <= kPendingLimit) return;
  const auto dropped = static_cast<std::ptrdiff_t>(pending_.size() - kPendingLimit);
  pending_.erase(pending_.begin(), pending_.begin() + dropped);
  log_error("kills for lack of memory were not written, too many wait",
            {{"dropped", std::to_string(dropped)}});
}

void OomJournal::write(Clock::time_point now) {
  if (pending_.empty() || !writer_.ready(now)) return;
  const auto batch = std::make_shared<std::vector<OomKill>>(std::exchange(pending_, {}));
  writer_.write([batch](Database& database) { return insert_oom_kills(database, *batch); },
                [this, batch](bool written) {
                  if (!written) put_back(std::move(*batch));
                },
                now);
}

void OomJournal::tell_trouble() {
  if (writer_.trouble() == history_->not_durable) return;
  auto fresh = std::make_shared<OomHistory>(*history_);
  fresh->not_durable = writer_.trouble();
  history_ = std::move(fresh);
}

}  // namespace perfwatch
