// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/analyse/history.h"
#include "core/analyse/rule_set.h"
#include "core/base/clock.h"
#include "core/model/finding.h"
#include "core/model/samples.h"

namespace perfwatch {

// One watched series of a rule that looks at more than the value of now. It keeps streaming state
// of fixed size, or points in the history.
class Judge : public Explanation {
 public:
  // What stands beside the series, kAbsent where the rule names no such metric or it has no value.
  struct Beside {
    double footprint = kAbsent;  // how large the subject is in all
    double room = kAbsent;       // how much it may still grow
  };

  // The value for the levels after this point, kAbsent while there is none. A round that was seen
  // before (same or older `taken`) adds nothing and gives the same again. A value that is absent or
  // not finite is a hole, and judged as absent.
  double see(Instant taken, double value, const Beside& beside);

  // The last of these.
  [[nodiscard]] double judged() const { return judged_; }
  // The slowest leak that would be seen by now, per second; kAbsent for other kinds.
  [[nodiscard]] virtual double least_visible() const { return kAbsent; }
  // When it last saw a round.
  [[nodiscard]] std::chrono::steady_clock::time_point last_taken() const { return last_taken_; }

 protected:
  [[nodiscard]] virtual double judge(Instant taken, double value, const Beside& beside) = 0;

 private:
  std::chrono::steady_clock::time_point last_taken_{};
  double judged_ = kAbsent;
};

// For a rule that is not of the kind threshold. `history` outlives the judge, which keeps its
// points there under `key`.
[[nodiscard]] std::unique_ptr<Judge> make_judge(const Rule& rule, History& history,
                                                std::string key);

// Whether a judge that was made for one rule does for the other, too.
[[nodiscard]] bool judges_alike(const Rule& one, const Rule& other);

}  // namespace perfwatch
