// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/threshold.h"
#include "core/base/clock.h"
#include "core/model/finding.h"
#include "core/model/frame.h"

namespace perfwatch {

// The life of findings: pending -> firing -> resolved. A pure state machine: time comes from the
// frame.
//
//   raised               starts or keeps `pending`; fires once raised for `for` without a break
//   between, absent      keeps the state; `for` goes on counting only while raised
//   cleared              ends `pending` at once; resolves `firing` after `keep_firing_for`
//   absent for an hour   the subject is gone: ends `pending`, resolves `firing` and says so in its
//   annotations
class AlertBook {
 public:
  struct Settings {
    Labels
        labels;  // put on every alert (host=..., and what the user configured); the rule's own win
    std::chrono::nanoseconds keep_resolved =
        std::chrono::minutes(15);  // then a resolved alert is forgotten
    std::size_t limit = 1000;      // alerts at once, over it new ones are turned away and counted
  };

  explicit AlertBook(Settings settings);

  // Takes one frame's findings. Returns the alerts that fired or resolved by it, valid until the
  // next call. The evidence (top five processes of the group or host, by memory or CPU as fits the
  // metric) is taken from the frame in which an alert fires.
  [[nodiscard]] const std::vector<const Alert*>& update(const RuleSet& rules,
                                                        const std::vector<Finding>& findings,
                                                        const Frame& frame);

  // Pending, firing and recently resolved alerts, firing first, then by severity (worst first) and
  // age.
  [[nodiscard]] std::vector<const Alert*> alerts() const;
  [[nodiscard]] std::size_t count(std::string_view rule, AlertState state) const;
  [[nodiscard]] std::uint64_t limited() const { return limited_; }

  // After a reload: alerts whose rule is gone resolve with the next update, the rest keep their
  // state.
  void set_labels(Labels labels);

 private:
  struct Entry;
  Settings settings_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<const Alert*> changed_;
  std::uint64_t limited_ = 0;

 public:
  ~AlertBook();
};

}  // namespace perfwatch
