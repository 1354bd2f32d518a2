// SPDX-License-Identifier: Apache-2.0
#include "daemon/stored_alerts.h"

#include <algorithm>

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;

bool moved(nanoseconds now, nanoseconds before) {
  const auto step = std::max<nanoseconds>(StoredAlerts::kClockStep, before / 20);
  return now - before >= step || before - now >= step;
}

bool same(const AlertClocks& a, const AlertClocks& b) {
  return a.raised_for == b.raised_for && a.cleared_for == b.cleared_for &&
         a.no_data_for == b.no_data_for && a.broken == b.broken;
}

}  // namespace

void StoredAlerts::begin(Instant now, bool exactly) {
  now_ = now;
  exactly_ = exactly;
  ++round_;
  changes_ = {};
}

// The clock of `for` is of no use once it fires, nor is any of a resolved alert.
bool StoredAlerts::differs(const Known& known, const AlertBook::View& alert) const {
  if (known.state != alert.alert.state) return true;
  if (known.state == AlertState::resolved) return false;
  const AlertClocks& clocks = alert.clocks;
  if (exactly_) return known.value != alert.alert.value || !same(known.clocks, clocks);
  const auto since = now_.monotonic - known.at;
  const bool for_moved =
      known.state == AlertState::pending &&
      (known.clocks.broken != clocks.broken || moved(clocks.raised_for, known.clocks.raised_for));
  if (since >= kClockStep && (for_moved || moved(clocks.cleared_for, known.clocks.cleared_for))) {
    return true;
  }
  return since >= kValueInterval &&
         (known.value != alert.alert.value || known.clocks.no_data_for != clocks.no_data_for);
}

void StoredAlerts::see(const AlertBook::View& alert) {
  const auto [at, fresh] = alerts_.try_emplace(alert.id);
  Known& known = at->second;
  known.round = round_;
  if (!fresh && !differs(known, alert)) return;
  known.state = alert.alert.state;
  known.value = alert.alert.value;
  known.clocks = alert.clocks;
  known.at = now_.monotonic;
  changes_.alerts.push_back(
      {alert.id, alert.alert, alert.metric, alert.subject, alert.clocks, now_.wall});
}

void StoredAlerts::begin_target(std::string_view kind, std::string_view name) {
  target_ = deliveries_.try_emplace(Target(kind, name)).first;
}

void StoredAlerts::see(const Alert& alert, bool taken) {
  const auto [at, fresh] = target_->second.try_emplace(alert.fingerprint);
  KnownDelivery& known = at->second;
  known.round = round_;
  const bool same =
      known.state == alert.state && known.fired_at == alert.fired_at && known.taken == taken;
  if (!fresh && same) return;
  known.state = alert.state;
  known.fired_at = alert.fired_at;
  known.taken = taken;
  changes_.deliveries.push_back({target_->first.first, target_->first.second, alert, taken});
}

void StoredAlerts::collect_gone() {
  std::erase_if(alerts_, [&](const auto& item) {
    if (item.second.round == round_) return false;
    changes_.gone.push_back(item.first);
    return true;
  });
  for (auto& [target, of_target] : deliveries_) {
    std::erase_if(of_target, [&, &name = target](const auto& item) {
      if (item.second.round == round_) return false;
      changes_.gone_deliveries.push_back({name.first, name.second, item.first});
      return true;
    });
  }
  std::erase_if(deliveries_, [](const auto& item) { return item.second.empty(); });
}

AlertChanges StoredAlerts::end() {
  collect_gone();
  changes_.everything = std::exchange(nothing_known_, false);
  return std::exchange(changes_, {});
}

void StoredAlerts::forget() {
  alerts_.clear();
  deliveries_.clear();
  nothing_known_ = true;
}

}  // namespace perfwatch
