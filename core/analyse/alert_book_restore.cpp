// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "core/analyse/alert_book_impl.h"
#include "core/analyse/saved_alert_check.h"

namespace perfwatch {

void AlertBook::each(Instant now, const std::function<void(const View&)>& take) const {
  static const std::string kNoMetric;
  for (const auto& [rule, entries] : impl_->live) {
    for (const auto& [key, entry] : entries) {
      const AlertClocks clocks{entry->raised_for, entry->cleared_for,
                               now.monotonic - entry->last_data, entry->broken};
      take({entry->id, entry->alert, entry->metric, entry->subject, clocks});
    }
  }
  for (const auto& old : impl_->past) take({old->id, old->alert, kNoMetric, old->subject, {}});
}

std::vector<SavedAlert> AlertBook::snapshot(Instant now) const {
  std::vector<SavedAlert> saved;
  each(now, [&](const View& view) {
    saved.push_back({view.id, view.alert, view.metric, view.subject, view.clocks, now.wall});
  });
  return saved;
}

// The first frame adds nothing to any clock: it has no step, and the level before is not known.
bool AlertBook::Impl::restore_live(SavedAlert&& saved, Instant now) {
  const bool pending = saved.alert.state == AlertState::pending;
  if (pending && now.wall - saved.saved_at >= kGoneAfter) return true;  // it begins anew
  write_key(saved.subject, key);
  auto& place = live[saved.alert.rule][key];
  if (place) return false;
  place = std::make_unique<Entry>();
  place->id = next_id++;
  place->alert = std::move(saved.alert);
  place->subject = std::move(saved.subject);
  place->metric = std::move(saved.metric);
  place->last = Level::absent;
  place->doubt = Doubt::restarted;
  place->broken = saved.clocks.broken;
  place->raised_for = saved.clocks.raised_for;
  place->cleared_for = saved.clocks.cleared_for;
  place->last_data = now.monotonic - std::min(saved.clocks.no_data_for, kGoneAfter);
  ++live_count;
  return true;
}

void AlertBook::Impl::restore_past(SavedAlert&& saved, Instant now) {
  const auto age = std::max<std::chrono::nanoseconds>(now.wall - *saved.alert.resolved_at,
                                                      std::chrono::nanoseconds(0));
  if (age > settings.keep_resolved) return;
  auto done = std::make_unique<Past>();
  done->id = next_id++;
  done->alert = std::move(saved.alert);
  done->subject = std::move(saved.subject);
  done->at = now.monotonic - age;
  past.push_back(std::move(done));
}

std::size_t AlertBook::restore(std::vector<SavedAlert> saved, Instant now) {
  Impl& book = *impl_;
  std::size_t left_out = 0;
  for (auto& one : saved) {
    const bool sound = make_sound(one, now);
    if (sound && one.alert.state == AlertState::resolved) {
      book.restore_past(std::move(one), now);
    } else if (!sound || book.live_count >= book.settings.limit ||
               !book.restore_live(std::move(one), now)) {
      ++left_out;
    }
  }
  std::stable_sort(book.past.begin(), book.past.end(),
                   [](const auto& a, const auto& b) { return a->at < b->at; });
  book.trim_past();
  return left_out;
}

}  // namespace perfwatch
