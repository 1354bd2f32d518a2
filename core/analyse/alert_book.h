// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/rule_set.h"
#include "core/base/clock.h"
#include "core/model/finding.h"
#include "core/model/frame.h"
#include "core/model/saved_alert.h"

namespace perfwatch {

// The life of findings: pending -> firing -> resolved. A pure state machine: time comes from the
// frame. Durations are measured on the monotonic clock, so a jump of the wall clock fires and
// resolves nothing; only what is printed comes from the wall clock.
//
//   raised               starts or keeps `pending`; fires once raised for `for` without a break;
//                        a firing alert's value and texts follow the value
//   between              keeps the state, but `for` starts anew: the raise was broken
//   cleared              ends `pending` at once; resolves `firing` after `keep_firing_for`
//   absent               keeps the state and stops the clocks of `for` and `keep_firing_for`
//   absent for an hour   the subject is gone: ends `pending`, resolves `firing` and says so in the
//                        annotation resolved_because. No finding at all counts as absent.
//
// What a rule knows beside the value (since, expected, rate, ...) joins the annotations with each
// raised value.
//
// Labels and evidence of an alert stay as they were when it fired, whatever is reloaded: its
// identity at Alertmanager must not change before it has resolved.
//
// A restart is no break either. What is restored keeps its identity, its times and what had passed
// of `for` and keep_firing_for; while no daemon ran, no clock did. Then the frames decide:
//
//   raised, between, cleared   as ever; the first value goes on where the last one was
//   no such series any more    a minute after the start the subject is gone (its process group has
//                              ended, its mount is away, a divisor was taken out)
//   a series without a value   a rate or a history that begins anew: absent
//   no such rule any more      resolves with the first frame, as after a reload
//   no daemon for an hour      a pending alert begins anew; a firing one fires on
class AlertBook {
 public:
  struct Settings {
    // Put on every alert (host=..., and what the user configured); the rule's own win.
    Labels labels{};
    // Then a resolved alert is forgotten.
    std::chrono::nanoseconds keep_resolved = std::chrono::minutes(15);
    // Pending and firing alerts at once; over it new ones are turned away and counted. As many
    // resolved ones are remembered.
    std::size_t limit = 1000;
  };

  explicit AlertBook(Settings settings);
  AlertBook(AlertBook&&) noexcept;
  AlertBook& operator=(AlertBook&&) noexcept;
  ~AlertBook();

  // Takes one frame's findings. Returns the alerts that fired or resolved by it, valid until the
  // next call. The evidence (top five processes of the group or host, by memory, I/O or CPU as fits
  // the metric) is taken from the frame in which an alert fires.
  [[nodiscard]] const std::vector<const Alert*>& update(const RuleSet& rules,
                                                        const std::vector<Finding>& findings,
                                                        const Frame& frame);

  // Pending, firing and recently resolved alerts, firing first, then pending; within a state by
  // severity (worst first) and age (oldest first). An alert that is pending again after it resolved
  // is there twice until it fires. Valid until the next update().
  [[nodiscard]] std::vector<const Alert*> alerts() const;
  [[nodiscard]] std::size_t count(std::string_view rule, AlertState state) const;
  // Raised findings that were turned away, each counted once until it is raised no more.
  [[nodiscard]] std::uint64_t limited() const;

  // One alert of the book, for who keeps them. Valid until the next update().
  struct View {
    std::uint64_t id;  // of this life, from pending to resolved
    const Alert& alert;
    const std::string& metric;
    const Labels& subject;
    AlertClocks clocks;
  };
  // All of alerts(), in no order.
  void each(Instant now, const std::function<void(const View&)>& take) const;
  [[nodiscard]] std::vector<SavedAlert> snapshot(Instant now) const;
  // What an earlier book held, before the first update(). What is not sound and what is there twice
  // is left out; beyond the limit the rest is. Ids are given anew. Returns how many were left out.
  std::size_t restore(std::vector<SavedAlert> saved, Instant now);

  // After a reload: alerts whose rule is gone (or watches another metric) resolve with the next
  // update, the rest keep their state; those whose subject has no data any more (its group or limit
  // was taken out) resolve after a minute. New labels are for alerts that fire from now on.
  void reconfigure(Labels labels);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// FNV-1a 64 over the sorted labels with the separators that Prometheus and Alertmanager use, so
// that fingerprints can be compared with theirs.
[[nodiscard]] std::uint64_t fingerprint_of(const Labels& labels);

}  // namespace perfwatch
