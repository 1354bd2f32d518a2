// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/account/cgroup_files.h"
#include "core/account/cgroup_tree.h"
#include "core/account/process_files.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/roots.h"
#include "core/model/metric.h"
#include "core/model/samples.h"

namespace perfwatch {

// Holds the ledger against the kernel's own sums: the CPU time of each cgroup at most 2 levels
// below the root, as the kernel counted it and as the groups' processes spent it, both since the
// cgroup was first seen here. One on the first level includes those below it.
//
// The two agree to the last microsecond where the tier is exact, but for what runs at the moment of
// reading, and for cgroups on the second level that came and went between two rounds: whose they
// were nobody can tell any more, the kernel has them in their parent. Where v1's cpuacct is in use
// its root ("/") is there too: all tasks of the host, exactly, with no ticks.
//
// At most `limit` cgroups have series: the first level before the second, then those that spent
// most; who has its place keeps it. A removed cgroup ends its series, its last reading stands until
// then. One that comes back under its name in the same round goes on counting, later starts at 0.
//
// While nobody of a known cgroup spends anything (a tier without them) nothing is read and nothing
// published; when that lasts for kPatience, all series end. A round costs 0.5 us for each cgroup
// with series, whose files stay open, and CgroupTree's; the first reading of one 20 us.
class CgroupCpu {
 public:
  static constexpr std::size_t kMostCgroups = 100;
  static constexpr std::chrono::minutes kPatience{1};

  explicit CgroupCpu(Roots roots, std::size_t limit = kMostCgroups);
  ~CgroupCpu();

  // What one or more processes spent in the round that update() ends; `cgroup` is
  // ProcessRecord::cgroup, 0 when unknown.
  void spend(std::uint64_t cgroup, double cpu_seconds);
  // Right after the ledger's update and all spend() of it. What was spent in the first round of a
  // cgroup does not count, as its reading is the baseline.
  void update(Instant now);

  [[nodiscard]] static MetricList metrics();
  // perfwatch_series_limited_total{kind="cgroup"}: right after write_group_series().
  void write_limited(SampleWriter& out) const;
  void write(SampleWriter& out) const;

  // Why there are no cgroups to compare with; empty when there are, or before the first update().
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Shown;
  struct Known {
    Shown* shown = nullptr;
    double busy_seconds = 0;  // for the choice of whom to show
    bool turned_away = false;
    bool refused = false;  // cannot be shown, ever
  };
  struct Totals {
    double kernel = 0;
    double attributed = 0;
  };

  [[nodiscard]] bool find_hierarchy(Instant now);
  void stop();
  void read_usage();
  [[nodiscard]] std::uint64_t parent_of(std::uint64_t id) const;
  void attribute();
  void drop(std::uint64_t id);
  void admit();
  [[nodiscard]] std::vector<std::uint64_t> candidates() const;
  void estimate(std::vector<std::uint64_t>& ids);
  // unread: never to be shown; failed: not now, and none after it in this round.
  [[nodiscard]] Reading show(std::uint64_t id, std::string_view path);
  void show_whole();

  Roots roots_;
  std::size_t limit_;
  std::optional<CpuHierarchy> hierarchy_;
  std::chrono::steady_clock::time_point searched_{};
  std::string problem_;
  std::optional<CgroupTree> tree_;
  std::vector<std::unique_ptr<Shown>> shown_;  // in order of appearance
  std::unique_ptr<Shown> whole_;               // v1's root
  std::unordered_map<std::uint64_t, Known> known_;
  std::unordered_map<std::string, Totals> ended_;  // in this round, by label
  // Those that went in this round and in the one before, with their parents: their last processes'
  // events may come after them.
  std::unordered_map<std::uint64_t, std::uint64_t> gone_;
  std::unordered_map<std::uint64_t, std::uint64_t> gone_before_;
  std::unordered_map<std::uint64_t, double> spent_;
  double spent_by_all_ = 0;
  bool cgroups_known_ = false;                          // in this round
  std::chrono::steady_clock::time_point last_known_{};  // the last round with cgroups
  bool waiting_ = false;                                // somebody has no place, and might get one
  bool estimated_ = false;
  std::uint64_t limited_ = 0;
  std::vector<Error> errors_;  // of this round
};

}  // namespace perfwatch
