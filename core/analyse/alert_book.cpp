// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/alert_book.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "core/analyse/alert_book_impl.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

// A subject that has no data since the configuration changed: its group or its limit was taken out.
constexpr std::chrono::nanoseconds kGoneAfterReload = std::chrono::minutes(1);

// A rule that judges another metric, or the same in another way, is another one.
std::string what_it_judges(const Rule& rule) {
  if (rule.kind == RuleKind::threshold) return rule.metric;
  return std::string(to_string(rule.kind)).append(1, ':').append(rule.metric);
}

// The process of a subject with the labels comm and pid. A search through all.
bool still_runs(const Frame& frame, const Labels& subject) {
  if (!frame.processes) return false;
  const auto pid = to_number<std::int32_t>(find_label(subject, "pid"));
  const auto& all = frame.processes->processes;
  return pid && std::any_of(all.begin(), all.end(), [&](const ProcessView& process) {
           return process.key.pid == *pid &&
                  printable_utf8(view(process.comm)) == find_label(subject, "comm");
         });
}

}  // namespace

// The wall clock may have gone back since it fired; an end before the start would be refused.
bool AlertBook::Impl::end(Entry& entry, std::string_view because, const Round& round) {
  --live_count;
  if (entry.alert.state == AlertState::pending) return true;
  auto done = std::make_unique<Past>();
  done->alert = std::move(entry.alert);
  done->alert.state = AlertState::resolved;
  done->alert.resolved_at = std::max(round.frame.at.wall, *done->alert.fired_at);
  if (!because.empty()) annotate(done->alert.annotations, "resolved_because", std::string(because));
  done->id = entry.id;
  done->subject = std::move(entry.subject);
  done->at = round.frame.at.monotonic;
  done->round = rounds;
  changed.push_back(&done->alert);
  past.push_back(std::move(done));
  return true;
}

void AlertBook::Impl::raise(Entry& entry, const Rule& rule, double value, Level before,
                            const Round& round) {
  entry.cleared_for = {};
  const bool pending = entry.alert.state == AlertState::pending;
  if (pending && entry.broken) {
    entry.broken = false;
    entry.raised_for = {};
    entry.alert.active_since = round.frame.at.wall;
  } else if (before == Level::raised) {
    entry.raised_for += round.step;
  }
  if (pending && entry.raised_for >= rule.hold) fire(entry, rule, round);
  describe(entry, rule, value, round);
}

// Its series is there, but rates and what a rule has learnt begin anew with a daemon, and some with
// a configuration. A ratio has its value at once, or has lost its divisor.
bool AlertBook::Impl::begins_anew(const Entry& entry, const Rule& rule, const Frame& frame) const {
  if (entry.doubt == Doubt::none) return false;
  if (rule.metric == kProcessMemory) return still_runs(frame, entry.subject);
  if (entry.round != rounds) return false;
  return rule.kind != RuleKind::threshold || (entry.doubt == Doubt::restarted && !rule.divided_by);
}

bool AlertBook::Impl::miss(Entry& entry, const Rule& rule, const Round& round) {
  const Time now = round.frame.at.monotonic;
  const bool starts = begins_anew(entry, rule, round.frame);
  if (starts) entry.missed_since.reset();
  if (entry.doubt != Doubt::none && !starts) {
    if (!entry.missed_since) entry.missed_since = now;
    if (now - *entry.missed_since >= kGoneAfterReload) {
      return end(entry,
                 entry.doubt == Doubt::reloaded ? "the new configuration gives it no data"
                                                : "it has no data since perfwatchd was restarted",
                 round);
    }
  }
  return now - entry.last_data >= kGoneAfter && end(entry, "no data for an hour", round);
}

bool AlertBook::Impl::advance(Entry& entry, const Rule& rule, Level level, double value,
                              const Round& round) {
  const Time now = round.frame.at.monotonic;
  const Level before = std::exchange(entry.last, level);
  entry.alert.notifies = rule.notifies;
  if (level != Level::absent) {
    entry.last_data = now;
    entry.doubt = Doubt::none;
    entry.missed_since.reset();
  }
  switch (level) {
    case Level::raised:
      raise(entry, rule, value, before, round);
      return false;
    case Level::between:
      entry.broken = true;
      return false;
    case Level::cleared:
      if (entry.alert.state == AlertState::pending) return end(entry, {}, round);
      if (before == Level::cleared) entry.cleared_for += round.step;
      return entry.cleared_for >= rule.keep_firing_for && end(entry, {}, round);
    case Level::absent:
      return miss(entry, rule, round);
  }
  return false;
}

void AlertBook::Impl::refuse(const Finding& finding) {
  write_key(finding.subject, key);
  std::string who = std::string(finding.rule).append(1, '\0').append(key);
  const bool known = refused_before.contains(who);
  if (refused.insert(std::move(who)).second && !known) ++limited;
}

void AlertBook::Impl::start(const Finding& finding, const Rule& rule, const Round& round) {
  if (live_count >= settings.limit) return refuse(finding);
  ++live_count;
  auto entry = std::make_unique<Entry>();
  entry->id = next_id++;
  entry->round = rounds;
  entry->subject = finding.subject;
  entry->metric = what_it_judges(rule);
  entry->alert.rule = rule.name;
  entry->alert.severity = rule.severity;
  entry->alert.notifies = rule.notifies;
  entry->explanation = finding.explanation;
  entry->alert.labels = labels_of(rule, finding.subject);
  entry->alert.fingerprint = fingerprint_of(entry->alert.labels);
  write_key(finding.subject, key);
  Entry& started = *(live[rule.name][key] = std::move(entry));
  advance(started, rule, Level::raised, finding.value, round);  // a raised entry is never over
}

void AlertBook::Impl::take(const Finding& finding, const Round& round) {
  const auto entries = live.find(finding.rule);
  const bool raised = finding.level == Level::raised;
  if (!raised && entries == live.end()) return;  // nearly all findings of a host that is well
  const Rule* rule = round.rules.find(finding.rule);
  if (rule == nullptr) return;
  if (entries != live.end()) {
    write_key(finding.subject, key);
    const auto found = entries->second.find(key);
    if (found != entries->second.end()) {
      Entry& entry = *found->second;
      const bool seen = std::exchange(entry.round, rounds) == rounds;  // twice in one frame
      entry.explanation = finding.explanation;
      const bool ended =
          !seen && (finding.over ? end(entry, "its subject is gone", round)
                                 : advance(entry, *rule, finding.level, finding.value, round));
      if (ended) {
        entries->second.erase(found);
        if (entries->second.empty()) live.erase(entries);
      }
      return;
    }
  }
  if (raised) start(finding, *rule, round);
}

template <class Over>
void AlertBook::Impl::erase_over(Over over) {
  for (auto rule = live.begin(); rule != live.end();) {
    std::erase_if(rule->second, [&](auto& entry) { return over(rule->first, *entry.second); });
    rule = rule->second.empty() ? live.erase(rule) : std::next(rule);
  }
}

void AlertBook::Impl::end_removed_rules(const Round& round) {
  erase_over([&](const std::string& name, Entry& entry) {
    const Rule* rule = round.rules.find(name);
    if (rule != nullptr && what_it_judges(*rule) == entry.metric) return false;
    return end(entry, "its rule was removed from the configuration", round);
  });
}

void AlertBook::Impl::miss_unseen(const Round& round) {
  erase_over([&](const std::string& name, Entry& entry) {
    if (entry.round == rounds) return false;
    return advance(entry, *round.rules.find(name), Level::absent, 0, round);
  });
}

void AlertBook::Impl::forget_past(Time now) {
  std::erase_if(past, [&](const auto& old) { return now - old->at > settings.keep_resolved; });
  trim_past();
}

void AlertBook::Impl::trim_past() {
  if (past.size() > settings.limit) {
    past.erase(past.begin(), past.end() - static_cast<std::ptrdiff_t>(settings.limit));
  }
}

AlertBook::AlertBook(Settings settings) : impl_(std::make_unique<Impl>()) {
  impl_->settings = std::move(settings);
}
AlertBook::AlertBook(AlertBook&&) noexcept = default;
AlertBook& AlertBook::operator=(AlertBook&&) noexcept = default;
AlertBook::~AlertBook() = default;

const std::vector<const Alert*>& AlertBook::update(const RuleSet& rules,
                                                   const std::vector<Finding>& findings,
                                                   const Frame& frame) {
  Impl& book = *impl_;
  const Impl::Time now = frame.at.monotonic;
  Impl::Round round{rules, frame};
  if (book.last_at && now > *book.last_at) round.step = now - *book.last_at;
  book.last_at = now;
  ++book.rounds;
  book.changed.clear();
  book.refused_before = std::exchange(book.refused, {});
  book.forget_past(now);
  book.end_removed_rules(round);
  for (const auto& finding : findings) book.take(finding, round);
  book.miss_unseen(round);
  return book.changed;
}

std::vector<const Alert*> AlertBook::alerts() const {
  std::vector<const Alert*> all;
  for (const auto& [rule, entries] : impl_->live) {
    for (const auto& [key, entry] : entries) all.push_back(&entry->alert);
  }
  for (const auto& old : impl_->past) all.push_back(&old->alert);
  const auto order = [](const Alert& alert) {
    const int state = alert.state == AlertState::firing    ? 0
                      : alert.state == AlertState::pending ? 1
                                                           : 2;
    return std::tuple(state, -static_cast<int>(alert.severity), alert.active_since,
                      alert.fingerprint);
  };
  std::sort(all.begin(), all.end(),
            [&](const Alert* a, const Alert* b) { return order(*a) < order(*b); });
  return all;
}

std::size_t AlertBook::count(std::string_view rule, AlertState state) const {
  if (state == AlertState::resolved) {
    return static_cast<std::size_t>(
        std::count_if(impl_->past.begin(), impl_->past.end(),
                      [&](const auto& old) { return old->alert.rule == rule; }));
  }
  const auto entries = impl_->live.find(rule);
  if (entries == impl_->live.end()) return 0;
  return static_cast<std::size_t>(
      std::count_if(entries->second.begin(), entries->second.end(),
                    [&](const auto& entry) { return entry.second->alert.state == state; }));
}

std::uint64_t AlertBook::limited() const { return impl_->limited; }

void AlertBook::reconfigure(Labels labels) {
  impl_->settings.labels = std::move(labels);
  for (auto& [rule, entries] : impl_->live) {
    for (auto& [subject, entry] : entries) {
      entry->doubt = Impl::Doubt::reloaded;
      entry->missed_since.reset();
    }
  }
}

std::uint64_t fingerprint_of(const Labels& labels) {
  constexpr std::uint64_t kPrime = 1099511628211ULL;
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * kPrime; };
  for (const auto& [name, value] : labels) {
    for (const char c : name) mix(static_cast<unsigned char>(c));
    mix(0xFF);
    for (const char c : value) mix(static_cast<unsigned char>(c));
    mix(0xFF);
  }
  return hash;
}

}  // namespace perfwatch
