// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/analyse/run_review.h"
#include "core/model/run.h"
#include "core/model/run_board.h"
#include "core/model/samples.h"
#include "daemon/shared_baseline.h"

namespace perfwatch {

// perfwatch_run_*: the runs that ended since the daemon's start, by component and operation, and
// how each metric stands. The first kPairs of these have series of their own, as they come.
// perfwatch_run_last_*: what the last one cost that may be in a baseline, for other hosts.
class RunSeries {
 public:
  static constexpr std::size_t kPairs = 100;

  // A run has ended.
  void count(const Run& run);
  // One of an earlier daemon: it makes the series of its kind appear, with its peaks of memory.
  void remember(const Run& run);
  // Takes the place of what an older run, or an earlier look at this one, said of its component and
  // operation with caches as warm. Does nothing where a newer run was judged, or the operation has
  // no series of its own.
  void judged(const Run& run, const RunJudgement& judgement,
              const std::vector<RunRegression>& regressions);
  // The run is gone: how its kind stands is not known any more.
  void forget(const std::string& run);
  void dropped(std::size_t runs) { dropped_ += runs; }
  void set_baselines(std::size_t count) { baselines_ = static_cast<double>(count); }

  // Of all that was judged, what is worse.
  [[nodiscard]] std::vector<RunWorse> worse() const;
  // The runs by whose judgement something is worse.
  [[nodiscard]] std::vector<std::string> runs_that_are_worse() const;

  // `open` runs are being measured, `refused` were not, since the start; nobody is asked what other
  // hosts have measured without `asked`.
  [[nodiscard]] Samples describe(std::size_t open, std::uint64_t refused = 0,
                                 const std::optional<SharedCounts>& asked = {});
  [[nodiscard]] static MetricList metrics();

 private:
  static constexpr std::size_t kBounds = 11;
  // The run that a bucket counted last.
  struct Behind {
    std::string run;  // empty: the bucket counted none
    double value = 0;
    double end = 0;  // seconds since 1970
  };
  struct Histogram {
    std::array<std::uint64_t, kBounds> buckets{};  // not cumulative; beyond the last only counted
    std::array<Behind, kBounds + 1> behind;
    std::uint64_t count = 0;
    double sum = 0;
    void add(double value, const Run& run);
  };
  struct Standing {
    std::string run;    // the one that was judged; empty: none was
    RunFigures ratios;  // not there: not judged
    std::vector<RunWorse> worse;
  };
  // The last run that succeeded with warm caches.
  struct Last {
    std::string run;  // empty: there was none
    std::string host_class;
    RunFigures figures;
    double end = kAbsent;  // seconds since 1970
  };
  struct Operation {
    std::array<std::uint64_t, 6> outcomes{};  // by RunOutcome
    Histogram wall;
    Histogram cpu;
    std::string last;  // the run that `peaks` are of
    RunFigures peaks;
    Last succeeded;
    std::array<Standing, 2> standings;  // warm, cold
  };
  using Name = std::pair<std::string, std::string>;  // component, operation

  // That of `other` where there is no room. Says whether there was.
  std::pair<Operation*, bool> operation_of(const Run& run);
  static void add_histogram(SampleWriter& out, const Metric& metric, const Histogram& histogram,
                            const Name& name);
  static void remember_success(const Run& run, Last& last);
  void describe_figures(SampleWriter& out) const;
  void describe_last(SampleWriter& out) const;
  void describe_standings(SampleWriter& out) const;

  std::map<Name, Operation> operations_;
  std::uint64_t dropped_ = 0;
  std::uint64_t limited_ = 0;
  double baselines_ = kAbsent;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
