// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_counter.h"

#include <array>

namespace perfwatch {

void OomCounter::count(const OomKill& kill) {
  const bool room = groups_.size() < kGroupLimit || groups_.contains(kill.group);
  ++groups_[room ? kill.group : "other"][static_cast<std::size_t>(kill.scope)].kills;
}

void OomCounter::write(SampleWriter& out) {
  for (auto& [group, scopes] : groups_) {
    for (std::size_t i = 0; i < kOomScopes; ++i) {
      Series& series = scopes[i];
      if (series.kills == 0) continue;
      const double value = series.shown ? static_cast<double>(series.kills) : 0;
      series.shown = true;
      out.add(kGroupOomKills, value, {group, to_string(static_cast<OomScope>(i))});
    }
  }
}

}  // namespace perfwatch
