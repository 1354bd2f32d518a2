// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/file_reader.h"
#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/model/metric.h"
#include "core/model/samples.h"

namespace perfwatch {

// Ticks of the line "cpu" of /proc/stat that somebody on this host had: user, nice, system, irq and
// softirq. Not idle and iowait, which are nobody's; not steal, which other machines had; not guest
// and guest_nice, which user and nice include. Malformed without these columns.
[[nodiscard]] Result<std::uint64_t> parse_busy_ticks(std::string_view text);

// Holds what the groups spent against what the host spent, both since the first round.
//
// What agrees, and how well: with tick accounting (most kernels of distributions) the host's side
// is an estimate: each tick is charged whole to what runs when it comes. Tasks that sleep before
// each tick are not in it, so that the difference may go below 0; over a minute of mixed work the
// two are within a few per cent. The groups' side is as exact as its tier.
//
// Interrupts: without CONFIG_IRQ_TIME_ACCOUNTING the time of an interrupt is in the runtime of the
// task that it interrupted; then only interrupts of an idle core are nobody's, and the two sides
// can meet. With it, interrupts are in no task's runtime: irq and softirq (perfwatch_cpu_seconds_
// total) stay unattributed, rightly so. The kernel does not tell which of the two it does.
//
// Steal: where the hypervisor reports it, it is in neither side; where it does not, in both.
class Reconciliation {
 public:
  // Of the ratio. Long enough for the error of ticks to vanish, short enough to show a loss.
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr double kEnoughHostSeconds = 1;

  Reconciliation(const Roots& roots, double ticks_per_second);

  // One round, right after the ledger's update. `spent_seconds`: user and system time that it added
  // to all groups in this round, of the ended too. The first round makes the baseline: what it
  // spent does not count. When /proc/stat cannot be read the host's side is absent until it can;
  // nothing of either side is lost.
  void update(Instant now, double spent_seconds);

  [[nodiscard]] static MetricList metrics();
  void write(SampleWriter& out) const;

  struct State {
    double host_seconds = kAbsent;
    double attributed_seconds = 0;
    double unattributed_seconds = kAbsent;
    double ratio = kAbsent;  // attributed over host within kWindow
  };
  [[nodiscard]] const State& state() const { return state_; }

 private:
  struct Mark {
    std::chrono::steady_clock::time_point at;
    double host_seconds = 0;
    double attributed_seconds = 0;
  };
  [[nodiscard]] Result<std::uint64_t> read_busy_ticks();
  void add_host_ticks(std::uint64_t ticks);
  void slide(std::chrono::steady_clock::time_point now);

  RepeatedFile file_;
  double ticks_per_second_;
  State state_;
  std::optional<Error> error_;
  bool begun_ = false;
  std::optional<std::uint64_t> last_ticks_;
  double host_seconds_ = 0;
  double before_host_ = 0;  // attributed before /proc/stat could first be read
  std::deque<Mark> marks_;  // at most one a second; the oldest is the start of the window
};

}  // namespace perfwatch
