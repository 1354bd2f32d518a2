// SPDX-License-Identifier: Apache-2.0
#include "daemon/alert_queue.h"

#include <algorithm>
#include <cmath>

namespace perfwatch {

void AlertQueue::change(const Alert& alert, Time now) {
  const bool resolved = alert.state == AlertState::resolved;
  auto at = entries_.find(alert.fingerprint);
  if (at == entries_.end()) {
    if (resolved) return;
    if (undelivered() >= settings_.limit) {
      ++dropped_;
      return;
    }
    at = entries_.emplace(alert.fingerprint, Entry{}).first;
  }
  Entry& entry = at->second;
  entry = Entry{alert, now, true, std::nullopt};
  if (resolved) entry.resolved_since = now;
}

void AlertQueue::refresh(const Alert& alert, Time now) {
  const auto at = entries_.find(alert.fingerprint);
  if (at == entries_.end()) {
    const bool fires = alert.state == AlertState::firing;
    if (fires && undelivered() < settings_.limit) change(alert, now);
  } else if (at->second.alert.state == alert.state) {
    at->second.alert = alert;
  }
}

void AlertQueue::restore(const Alert& alert, bool taken, Time now) {
  const bool resolved = alert.state == AlertState::resolved;
  const bool once = settings_.repeat.count() == 0;
  if (alert.state == AlertState::pending || (resolved && taken && once)) return;
  if (!taken && undelivered() >= settings_.limit) {
    ++dropped_;
    return;
  }
  const Time due = taken && once ? Time::max() : now;
  const auto [at, fresh] =
      entries_.try_emplace(alert.fingerprint, Entry{alert, due, !taken, std::nullopt});
  if (fresh && resolved) at->second.resolved_since = now;
}

std::vector<Alert> AlertQueue::due(Time now, std::size_t most) const {
  std::vector<const Entry*> ready;
  for (const auto& [fingerprint, entry] : entries_) {
    if (entry.due <= now) ready.push_back(&entry);
  }
  std::stable_sort(ready.begin(), ready.end(),
                   [](const Entry* a, const Entry* b) { return a->due < b->due; });
  if (ready.size() > most) ready.resize(most);
  std::vector<Alert> alerts;
  alerts.reserve(ready.size());
  for (const Entry* entry : ready) alerts.push_back(entry->alert);
  return alerts;
}

void AlertQueue::delivered(const std::vector<Alert>& alerts, Time now) {
  for (const Alert& sent : alerts) {
    const auto at = entries_.find(sent.fingerprint);
    if (at == entries_.end()) continue;
    Entry& entry = at->second;
    // It changed while the request was under way: what was taken is old news.
    if (entry.alert.state != sent.state || entry.alert.fired_at != sent.fired_at) continue;
    entry.news = false;
    const bool done = settings_.repeat.count() == 0 ||
                      (entry.resolved_since && now - *entry.resolved_since >= kRepeatResolved);
    if (entry.resolved_since && done) {
      entries_.erase(at);
    } else {
      entry.due = settings_.repeat.count() == 0 ? Time::max() : now + settings_.repeat;
    }
  }
}

void AlertQueue::refuse(const std::vector<Alert>& alerts, Time now) {
  for (const Alert& alert : alerts) {
    const auto at = entries_.find(alert.fingerprint);
    if (at == entries_.end() || at->second.alert.state != alert.state) continue;
    Entry& entry = at->second;
    entry.due = now + kRefusedPause;
    // "Resolved" that the target does not take is not said for ever.
    if (entry.resolved_since && entry.due - *entry.resolved_since > 2 * kRefusedPause) {
      entries_.erase(at);
    }
  }
}

std::optional<AlertQueue::Time> AlertQueue::next_due() const {
  std::optional<Time> next;
  for (const auto& [fingerprint, entry] : entries_) {
    if (entry.due != Time::max() && (!next || entry.due < *next)) next = entry.due;
  }
  return next;
}

std::size_t AlertQueue::undelivered() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                [](const auto& item) { return item.second.news; }));
}

std::chrono::nanoseconds retry_delay(unsigned failures, double random) {
  const double seconds =
      std::min(30.0, std::ldexp(1.0, static_cast<int>(std::min(failures, 10U)) - 1));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds * (0.8 + 0.4 * random)));
}

}  // namespace perfwatch
