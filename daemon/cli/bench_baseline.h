// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/run_verdict.h"
#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/model/bench.h"
#include "core/store/database.h"

namespace perfwatch {

// What --compare compares with.
struct BenchBaseline {
  struct Entry {
    std::string command;  // empty: of whatever is measured
    std::vector<RunFigures> runs;
  };
  std::string name;  // for people
  std::vector<Entry> entries;

  // Of that command. A baseline of one command and a bench of one are compared whatever they are
  // called: that is how two versions of a program are.
  [[nodiscard]] const Entry* find(const std::string& command, std::size_t commands) const;
};

inline constexpr std::size_t kBenchJsonBytes = std::size_t{64} << 20U;
inline constexpr std::size_t kBenchJsonValues = 5'000'000;
// What --export json wrote; of hyperfine's only the wall times. Runs that failed are left out.
// Malformed names the place, or says that it is of another class of host than `host_class`.
[[nodiscard]] Result<BenchBaseline> read_bench_json(std::string_view text,
                                                    const std::string& host_class);

// Of what `perfwatch baselines export` wrote, the one of this class of host and, where there are
// several, of this component and operation.
[[nodiscard]] Result<BenchBaseline> read_baselines_json(std::string_view text,
                                                        const BaselineKey& key);

// A file of either kind.
[[nodiscard]] Result<BenchBaseline> read_baseline_file(const std::string& path,
                                                       const BaselineKey& key);

// "COMPONENT/OPERATION" of the store, on the class of host of `key` and with warm caches.
[[nodiscard]] Result<BenchBaseline> find_stored_baseline(Database& database,
                                                         const std::string& name,
                                                         const BaselineKey& key);

struct BenchComparison {
  std::string command;
  std::optional<RunJudgement> judgement;  // nullopt: the baseline does not have it
};
[[nodiscard]] std::vector<BenchComparison> compare_bench(const BenchBaseline& baseline,
                                                         std::span<const BenchCommand> commands);
// Whether any of them has a confirmed regression.
[[nodiscard]] bool any_regressed(std::span<const BenchComparison> comparisons);
// "regressed", "not enough data".
[[nodiscard]] std::string words_of(RunVerdict verdict);

}  // namespace perfwatch
