// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/analyse/judge.h"
#include "core/analyse/rule_set.h"
#include "core/analyse/series_match.h"
#include "core/model/frame.h"
#include "core/model/process.h"

namespace perfwatch {

// Judges the anonymous memory of single processes, each by its identity (pid and start), as no
// series could: there would be one for each compiler that ever ran.
//
// Watched is who holds kWorthWatching, until it holds less than half of that; at most kMost at
// once: where there is no room, the newcomer takes the place of the smallest that is half its size
// or less and has not leaked; else it is counted in limited(). Only those that leak, or did, become
// findings. Who ended, was renamed, moved to another group or is no longer meant by the rule is
// over under its old subject, and says so for kFarewell.
class ProcessLeaks {
 public:
  static constexpr std::uint64_t kWorthWatching = std::uint64_t{16} << 20U;
  static constexpr std::size_t kMost = 256;  // about 5 KiB each
  static constexpr std::chrono::minutes kFarewell{1};

  // One of a rule's kind leak that watches kProcessMemory.
  explicit ProcessLeaks(const Rule& rule) : rule_(rule) {}

  // Takes the sweep of the frame, each once, and appends what there is to say. `room` is what the
  // host has left, kAbsent where that is not known.
  void judge(const Frame& frame, const SeriesFilter& filter, double room,
             std::vector<Finding>& findings);

  // A series of that metric, without values of its labels.
  [[nodiscard]] static Series example();

  // Goes on with what another, for a rule that judges alike, has seen; its labels may differ.
  void adopt(ProcessLeaks&& before);

  [[nodiscard]] std::size_t watched() const { return watched_.size(); }
  [[nodiscard]] std::uint64_t limited() const { return limited_; }

 private:
  struct Watched {
    std::unique_ptr<Judge> judge;
    Comm comm{};        // that the subject was made of ...
    std::string group;  // ... and its group
    Labels subject;
    bool meant = false;  // by the rule
    std::uint64_t anonymous_bytes = 0;
    std::chrono::steady_clock::time_point seen{};
    bool leaked = false;
  };

  struct Farewell {
    Labels subject;
    std::chrono::steady_clock::time_point since;
  };

  void name(Watched& watched, const ProcessTable& table, const ProcessView& process,
            const SeriesFilter& filter);
  void part(const Watched& watched);
  [[nodiscard]] Watched* watch(const ProcessTable& table, const ProcessView& process,
                               const SeriesFilter& filter);
  [[nodiscard]] bool make_room(std::uint64_t newcomer_bytes);
  void take(const ProcessTable& table, Instant taken, const SeriesFilter& filter, double room);
  void report(std::chrono::steady_clock::time_point now, std::vector<Finding>& findings);

  const Rule& rule_;
  History no_history_;
  std::unordered_map<ProcessKey, Watched> watched_;
  std::vector<Farewell> farewells_;
  std::chrono::steady_clock::time_point last_taken_{};
  std::uint64_t limited_ = 0;
};

}  // namespace perfwatch
