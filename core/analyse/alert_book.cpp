// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/alert_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/analyse/bottleneck.h"
#include "core/analyse/evidence.h"
#include "core/analyse/saved_alert_check.h"
#include "core/analyse/wording.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr std::chrono::nanoseconds kGoneAfter = std::chrono::hours(1);
// A subject that has no data since the configuration changed: its group or its limit was taken out.
constexpr std::chrono::nanoseconds kGoneAfterReload = std::chrono::minutes(1);
// A longer command cannot be cut without changing what it does, so it is left out. With the limits
// of RuleText, runbook_url and five lines of processes, all annotations stay under 4 KiB.
constexpr std::size_t kMaxCommandSize = 512;
constexpr std::size_t kMaxBottleneckSize = 400;
constexpr std::size_t kMaxOomSize = 700;

void annotate(Labels& annotations, std::string_view name, std::string value) {
  const auto at =
      std::lower_bound(annotations.begin(), annotations.end(), name,
                       [](const auto& pair, std::string_view n) { return pair.first < n; });
  if (at != annotations.end() && at->first == name) {
    at->second = std::move(value);
  } else if (!value.empty()) {
    annotations.emplace(at, name, std::move(value));
  }
}

std::string bound_text(const Bound& bound) {
  return fmt::format("{} {}", bound.side == Bound::Side::above ? "above" : "below",
                     plain_number(bound.value));
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

void write_key(const Labels& subject, std::string& key) {
  key.clear();
  for (const auto& [name, value] : subject) {
    key.append(name).append(1, '\0').append(value).append(1, '\0');
  }
}

}  // namespace

struct AlertBook::Impl {
  enum class Doubt : std::uint8_t { none, reloaded, restarted };
  struct Entry {  // pending or firing
    std::uint64_t id = 0;
    Alert alert;
    Labels subject;
    std::string metric;
    Level last = Level::raised;
    const Explanation* explanation = nullptr;  // of this round's finding
    Doubt doubt = Doubt::none;                 // whether its subject is still there: no data since
    std::optional<Time> missed_since;          // then: the first round without
    bool broken = true;                        // the next raise starts the clock of `for` anew
    std::chrono::nanoseconds raised_for{0};
    std::chrono::nanoseconds cleared_for{0};
    Time last_data{};
    std::uint64_t round = 0;
  };
  struct Past {  // resolved
    std::uint64_t id = 0;
    Alert alert;
    Labels subject;
    Time at{};
    std::uint64_t round = 0;
  };
  struct Round {
    const RuleSet& rules;
    const Frame& frame;
    std::chrono::nanoseconds step{0};  // since the frame before
  };
  using Entries = std::unordered_map<std::string, std::unique_ptr<Entry>>;  // by subject

  Settings settings;
  std::map<std::string, Entries, std::less<>> live;  // by rule; no empty ones between updates
  std::vector<std::unique_ptr<Past>> past;           // oldest first
  std::vector<const Alert*> changed;
  std::string key;  // scratch
  std::size_t live_count = 0;
  std::uint64_t next_id = 1;
  std::uint64_t rounds = 0;
  std::uint64_t limited = 0;
  std::unordered_set<std::string> refused;         // rule and subject, in this round
  std::unordered_set<std::string> refused_before;  // in the round before
  std::optional<Time> last_at;

  void take(const Finding& finding, const Round& round);
  void refuse(const Finding& finding);
  void start(const Finding& finding, const ThresholdRule& rule, const Round& round);
  // These return true when the entry is over: ended, or moved to the past.
  bool miss(Entry& entry, const ThresholdRule& rule, const Round& round);
  bool advance(Entry& entry, const ThresholdRule& rule, Level level, double value,
               const Round& round);
  bool end(Entry& entry, std::string_view because, const Round& round);
  void raise(Entry& entry, const ThresholdRule& rule, double value, Level before,
             const Round& round);
  void describe(Entry& entry, const ThresholdRule& rule, double value, const Round& round) const;
  void fire(Entry& entry, const ThresholdRule& rule, const Round& round);
  static void describe_bottlenecks(Alert& alert, const ThresholdRule& rule, const Frame& frame);
  void end_removed_rules(const Round& round);
  void miss_unseen(const Round& round);
  void forget_past(Time now);
  void trim_past();
  [[nodiscard]] bool restore_live(SavedAlert&& saved, Instant now);
  void restore_past(SavedAlert&& saved, Instant now);
  template <class Over>
  void erase_over(Over over);
  [[nodiscard]] bool begins_anew(const Entry& entry, const ThresholdRule& rule,
                                 const Frame& frame) const;
  [[nodiscard]] Labels labels_of(const ThresholdRule& rule, const Labels& subject) const;
};

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

void AlertBook::Impl::describe(Entry& entry, const ThresholdRule& rule, double value,
                               const Round& round) const {
  Alert& alert = entry.alert;
  alert.value = value;
  RuleText text = round.rules.text(rule.name, value, alert.labels);
  if (text.summary.empty()) {
    text.summary =
        fmt::format("{} is {}, {}", rule.metric, plain_number(value), bound_text(rule.raise));
  }
  annotate(alert.annotations, "summary", std::move(text.summary));
  annotate(alert.annotations, "description", std::move(text.description));
  if (!text.recommendation.empty()) {
    annotate(alert.annotations, "recommendation", std::move(text.recommendation));
  }
  annotate(alert.annotations, "value", plain_number(value));
  // Any leak at all has no level to speak of.
  if (rule.kind != RuleKind::leak || rule.raise.value > kAnyLeak) {
    annotate(alert.annotations, "threshold", bound_text(rule.raise));
  }
  if (entry.explanation == nullptr) return;
  Labels known;
  entry.explanation->explain(known);
  for (auto& [name, text_of] : known) annotate(alert.annotations, name, std::move(text_of));
}

// What bounds the host as it fires. A rule that does not know what to do has it from there.
void AlertBook::Impl::describe_bottlenecks(Alert& alert, const ThresholdRule& rule,
                                           const Frame& frame) {
  if (!frame.bottlenecks || frame.bottlenecks->list.empty()) return;
  annotate(alert.annotations, "bottleneck",
           bottleneck_lines(*frame.bottlenecks, kMaxBottleneckSize));
  if (!rule.recommendation.empty()) return;
  const Bottleneck& worst = frame.bottlenecks->list.front();
  annotate(alert.annotations, "recommendation",
           shortened(fmt::format("{}: {}", to_string(worst.resource), worst.recommendation),
                     kRecommendationLimit));
}

void AlertBook::Impl::fire(Entry& entry, const ThresholdRule& rule, const Round& round) {
  Alert& alert = entry.alert;
  alert.state = AlertState::firing;
  alert.fired_at = round.frame.at.wall;
  alert.severity = rule.severity;
  alert.notifies = rule.notifies;
  alert.labels = labels_of(rule, entry.subject);
  alert.fingerprint = fingerprint_of(alert.labels);
  annotate(alert.annotations, "active_since", rfc3339_millis(alert.active_since));
  annotate(alert.annotations, "runbook_url", rule.runbook_url);
  if (round.frame.processes) {
    annotate(alert.annotations, "top_processes",
             heaviest_processes(*round.frame.processes, weight_of(rule.metric, entry.subject),
                                find_label(entry.subject, "group")));
  }
  if (round.frame.oom && rule.metric.find("oom") != std::string::npos) {
    annotate(
        alert.annotations, "oom_kills",
        shortened(oom_evidence(*round.frame.oom, entry.subject, round.frame.at.wall), kMaxOomSize));
  } else {
    describe_bottlenecks(alert, rule, round.frame);
  }
  std::string command = command_for(rule.metric, entry.subject);
  if (command.size() <= kMaxCommandSize) annotate(alert.annotations, "command", std::move(command));

  std::erase_if(past,
                [&](const auto& old) {  // one that resolved by this very frame is in `changed`
                  return old->alert.rule == alert.rule && old->subject == entry.subject &&
                         old->round != rounds;
                });
  changed.push_back(&alert);
}

void AlertBook::Impl::raise(Entry& entry, const ThresholdRule& rule, double value, Level before,
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
bool AlertBook::Impl::begins_anew(const Entry& entry, const ThresholdRule& rule,
                                  const Frame& frame) const {
  if (entry.doubt == Doubt::none) return false;
  if (rule.metric == kProcessMemory) return still_runs(frame, entry.subject);
  if (entry.round != rounds) return false;
  return rule.kind != RuleKind::threshold || (entry.doubt == Doubt::restarted && !rule.divided_by);
}

bool AlertBook::Impl::miss(Entry& entry, const ThresholdRule& rule, const Round& round) {
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

bool AlertBook::Impl::advance(Entry& entry, const ThresholdRule& rule, Level level, double value,
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

void AlertBook::Impl::start(const Finding& finding, const ThresholdRule& rule, const Round& round) {
  if (live_count >= settings.limit) return refuse(finding);
  ++live_count;
  auto entry = std::make_unique<Entry>();
  entry->id = next_id++;
  entry->round = rounds;
  entry->subject = finding.subject;
  entry->metric = rule.metric;
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
  const ThresholdRule* rule = round.rules.find(finding.rule);
  if (rule == nullptr) return;
  if (entries != live.end()) {
    write_key(finding.subject, key);
    const auto found = entries->second.find(key);
    if (found != entries->second.end()) {
      Entry& entry = *found->second;
      const bool seen = std::exchange(entry.round, rounds) == rounds;  // twice in one frame
      entry.explanation = finding.explanation;
      if (!seen && advance(entry, *rule, finding.level, finding.value, round)) {
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
    const ThresholdRule* rule = round.rules.find(name);
    if (rule != nullptr && rule->metric == entry.metric) return false;
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

// Labels without a value do not exist for Alertmanager.
Labels AlertBook::Impl::labels_of(const ThresholdRule& rule, const Labels& subject) const {
  std::map<std::string, std::string> labels(settings.labels.begin(), settings.labels.end());
  for (const auto& [name, value] : subject) labels[name] = value;
  labels["alertname"] = rule.name;
  labels["severity"] = to_string(rule.severity);
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return {labels.begin(), labels.end()};
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
  const Time now = frame.at.monotonic;
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
