// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "core/model/metric.h"
#include "core/model/oom.h"
#include "core/model/samples.h"

namespace perfwatch {

inline constexpr Metric kGroupOomKills{
    "perfwatch_group_oom_kills_total",
    MetricType::counter,
    "Members of the group that the kernel killed because memory ran out: the host's, or within the "
    "limit of a cgroup. \"unknown\" where nobody saw who it was or why.",
    {"group", "scope"},
    true};

// Counts kills by group and scope, since the daemon's start.
class OomCounter {
 public:
  // Series come with the first kill. Beyond this many groups a new one counts as "other".
  static constexpr std::size_t kGroupLimit = 100;

  void count(const OomKill& kill);
  // A series that is new is 0 in its first round, so that rules see the first kill as a rise.
  void write(SampleWriter& out);

 private:
  struct Series {
    std::uint64_t kills = 0;
    bool shown = false;
  };
  std::map<std::string, std::array<Series, kOomScopes>, std::less<>> groups_;
};

}  // namespace perfwatch
