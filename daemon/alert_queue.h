// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/model/finding.h"

namespace perfwatch {

// What one target still has to hear. Pure: time is given. An alert is in the queue once, in its
// latest state: while a target is down its alerts do not pile up, and when it comes back it hears
// how things are.
class AlertQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Settings {
    // A firing alert is said again this often, and a resolved one for kRepeatResolved; zero: each
    // change is said once.
    std::chrono::nanoseconds repeat = std::chrono::minutes(1);
    std::size_t limit = 1000;  // changes that the target has not taken
  };
  // Alertmanager may have missed the first "resolved" (a restart, a lost cluster message).
  static constexpr std::chrono::minutes kRepeatResolved{5};

  static constexpr std::chrono::minutes kRefusedPause{5};

  explicit AlertQueue(Settings settings) : settings_(settings) {}
  void set(Settings settings) { settings_ = settings; }

  // An alert fired or resolved: it is due at once. What resolves before the target was to hear that
  // it fired is no news.
  void change(const Alert& alert, Time now);
  // The alert as it is now: what is said next has today's value. One that fires and found no room
  // before is taken up when there is some.
  void refresh(const Alert& alert, Time now);
  // What the queue of an earlier daemon held: an alert in a state that the target took, or did not.
  // Said again at once, or, where each change is said once, only if it was not taken.
  void restore(const Alert& alert, bool taken, Time now);
  // take(alert, taken) for each that is in the queue.
  template <class Take>
  void each(Take take) const {
    for (const auto& [fingerprint, entry] : entries_) take(entry.alert, !entry.news);
  }
  // Those that are due, oldest first, at most `most`.
  [[nodiscard]] std::vector<Alert> due(Time now, std::size_t most) const;
  // The target took exactly this state of these alerts.
  void delivered(const std::vector<Alert>& alerts, Time now);
  // The target says that these are malformed. They wait, so that they do not hold up the rest, but
  // are not lost: it may have been the target's fault.
  void refuse(const std::vector<Alert>& alerts, Time now);

  [[nodiscard]] std::optional<Time> next_due() const;
  [[nodiscard]] std::size_t undelivered() const;  // changes that were not taken yet
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }  // turned away by the limit

 private:
  struct Entry {
    Alert alert;
    Time due;
    bool news = true;  // this state was never taken
    std::optional<Time> resolved_since;
  };
  Settings settings_;
  std::map<std::uint64_t, Entry> entries_;  // by fingerprint
  std::uint64_t dropped_ = 0;
};

// Seconds to wait after the n-th failure in a row (n from 1): 1 s doubled up to 30 s, times 0.8
// to 1.2 by `random` in [0, 1), so that a fleet does not come back as one.
[[nodiscard]] std::chrono::nanoseconds retry_delay(unsigned failures, double random);

}  // namespace perfwatch
