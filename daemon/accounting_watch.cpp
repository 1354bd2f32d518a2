// SPDX-License-Identifier: Apache-2.0
#include "daemon/accounting_watch.h"

#include <fmt/format.h>

namespace perfwatch {
namespace {

std::uint64_t total(const std::vector<EventsLost>& lost) {
  std::uint64_t sum = 0;
  for (const auto& part : lost) {
    if (part.costs_exactness()) sum += part.count;
  }
  return sum;
}

// "12 exit events (ring_full), 1 exec events (malformed)"
std::string in_words(const std::vector<EventsLost>& lost) {
  std::string out;
  for (const auto& part : lost) {
    if (part.count == 0 || !part.costs_exactness()) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {} events ({})", part.count, part.source, part.reason);
  }
  return out;
}

}  // namespace

std::vector<AccountingWatch::Remark> AccountingWatch::see(const Accounting& accounting, Time now) {
  std::vector<Remark> out;
  see_tier(accounting, out);
  see_losses(accounting, now, out);
  return out;
}

void AccountingWatch::see_tier(const Accounting& accounting, std::vector<Remark>& out) {
  const bool first = !tier_;
  if (!first && *tier_ == accounting.tier) return;
  const std::string detail =
      fmt::format("tier {}. {}", to_string(accounting.tier), accounting.note);
  if (!first) {
    const bool worse = accounting.tier < *tier_;
    out.push_back({worse,
                   worse ? "processes are accounted less exactly from now on"
                         : "processes are accounted more exactly from now on",
                   detail});
  } else if (wanted_ && accounting.tier < *wanted_) {
    out.push_back(
        {true, "processes are accounted less exactly than accounting.tier asks for", detail});
  } else if (!wanted_ && accounting.tier != AccountingTier::ebpf) {
    out.push_back({false, "processes are accounted less exactly than they could be", detail});
  }
  tier_ = accounting.tier;
  for (const auto& feature : accounting.features) {
    if (feature.note.empty()) continue;
    out.push_back({false, "a part of the accounting is less than its tier promises",
                   fmt::format("{}: {}", feature.name, feature.note)});
  }
}

void AccountingWatch::see_losses(const Accounting& accounting, Time now, std::vector<Remark>& out) {
  const std::uint64_t lost = total(accounting.lost);
  if (lost > lost_) {
    if (!losing_) {
      out.push_back({true, "events of processes got lost, their costs are incomplete",
                     in_words(accounting.lost) + " since the start"});
    }
    losing_ = true;
    lost_at_ = now;
  } else if (losing_ && now - lost_at_ >= kCalm) {
    losing_ = false;
    out.push_back({false, "no events of processes got lost for a minute",
                   in_words(accounting.lost) + " since the start"});
  }
  lost_ = lost;
}

}  // namespace perfwatch
