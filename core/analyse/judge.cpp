// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/analyse/leak.h"
#include "core/analyse/trend.h"
#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

using std::chrono::milliseconds;

double monotonic_seconds(Instant at) { return Seconds(at.monotonic.time_since_epoch()).count(); }
milliseconds history_time(Instant at) {
  return std::chrono::duration_cast<milliseconds>(at.monotonic.time_since_epoch());
}

// As the wall clock has it, what was so many seconds before `at`.
std::string time_before(Instant at, double seconds) {
  const auto back = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      Seconds(std::clamp(seconds, 0.0, 1e9)));
  return rfc3339_millis(at.wall - back);
}

class LeakJudge : public Judge {
 public:
  explicit LeakJudge(const Rule& rule)
      : detector_(rule.leak), bytes_(rule.metric.find("bytes") != std::string::npos) {}

  [[nodiscard]] double least_visible() const override { return least_visible_; }

  void explain(Labels& out) const override {
    out.emplace_back("verdict", to_string(state_.verdict));
    if (state_.verdict != LeakVerdict::leak) return;
    out.emplace_back(kGrowsSince, time_before(at_, monotonic_seconds(at_) - state_.onset_seconds));
    out.emplace_back("rate", fmt::format("{}/s ({} to {})", amount(state_.bytes_per_second),
                                         amount(state_.low), amount(state_.high)));
    out.emplace_back("confidence", humanize_percentage(state_.confidence));
    if (const double left = room_ / state_.bytes_per_second; left >= 0 && left < 1e9) {
      out.emplace_back("time_left", humanize_duration(left));
    }
  }

 protected:
  [[nodiscard]] double judge(Instant taken, double value, const Beside& beside) override {
    at_ = taken;
    room_ = beside.room;
    const double now = monotonic_seconds(taken);
    state_ = detector_.add(now, value, beside.footprint);
    if (now - looked_ >= (is_absent(least_visible_) ? kLookFirst : kLookEvery)) {
      looked_ = now;
      least_visible_ = detector_.smallest_visible_rate();
    }
    if (state_.verdict == LeakVerdict::not_enough_data) return kAbsent;
    return state_.verdict == LeakVerdict::leak ? state_.bytes_per_second : 0;
  }

 private:
  static constexpr double kLookFirst = 10;  // s, until there is something to see
  static constexpr double kLookEvery = 60;  // s; a search through all that is kept

  [[nodiscard]] std::string amount(double value) const {
    return bytes_ ? humanize1024(value) + "B" : humanize(value);
  }

  LeakDetector detector_;
  LeakState state_;
  Instant at_;
  double room_ = kAbsent;
  double least_visible_ = kAbsent;
  double looked_ = -kLookEvery;
  bool bytes_;
};

// The detector takes means of whole minutes: its periods suit them, and the interval of the
// collector does not matter. A value counts for the time since the one before.
class AnomalyJudge : public Judge {
 public:
  explicit AnomalyJudge(const Rule& rule)
      : detector_(settings_of(rule)), warm_up_(rule.anomaly.warm_up_rows) {}

  void explain(Labels& out) const override {
    if (is_absent(mean_)) return;
    out.emplace_back("observed", plain_number(mean_));
    out.emplace_back("expected", plain_number(expected_));
  }

 protected:
  [[nodiscard]] double judge(Instant taken, double value, const Beside& /*beside*/) override {
    const double now = monotonic_seconds(taken);
    const auto minute = static_cast<std::int64_t>(now / kMinute);
    if (minute != minute_ && weight_ > 0) {
      mean_ = sum_ / weight_;
      expected_ = detector_.expected(unix_seconds(taken.wall));
      score_ = detector_.add(mean_, unix_seconds(taken.wall)).score;
      ++rows_;
      sum_ = weight_ = 0;
    }
    minute_ = minute;
    const double elapsed = std::clamp(now - last_, kLeastWeight, kMinute);
    last_ = now;
    if (std::isfinite(value)) {
      sum_ += value * elapsed;
      weight_ += elapsed;
    }
    // Until it has learnt, a score is a guess.
    return rows_ > warm_up_ ? score_ : kAbsent;
  }

 private:
  static constexpr double kMinute = 60;
  static constexpr double kLeastWeight = 1e-3;  // s

  static AnomalyDetector::Settings settings_of(const Rule& rule) {
    auto settings = rule.anomaly;
    settings.threshold = rule.raise.value;
    return settings;
  }

  AnomalyDetector detector_;
  std::uint32_t warm_up_;
  std::uint32_t rows_ = 0;  // minutes
  double sum_ = 0;
  double weight_ = 0;  // s
  double last_ = 0;
  std::int64_t minute_ = -1;
  double mean_ = kAbsent;
  double expected_ = kAbsent;
  double score_ = kAbsent;
};

// Keeps a point for each kPoints-th part of the time that it looks back, the mean of what came
// since the one before, and looks anew as often as kLooks.
class TrendJudge : public Judge {
 public:
  TrendJudge(const Rule& rule, History& history, std::string key)
      : history_(history), key_(std::move(key)), over_(Seconds(rule.over).count()) {
    settings_.limit = rule.limit;
    if (rule.raise.side == Bound::Side::below) settings_.worse = Worse::down;
    settings_.smallest_change = rule.smallest_change;
  }

  void explain(Labels& out) const override {
    if (!trend_) return;
    out.emplace_back("direction", to_string(trend_->direction));
    out.emplace_back("slope",
                     fmt::format("{}/s ({} to {})", humanize(trend_->slope_per_second),
                                 humanize(trend_->slope_low), humanize(trend_->slope_high)));
    out.emplace_back("volatility", humanize(trend_->volatility));
    out.emplace_back("expected",
                     fmt::format("{} in {}", humanize(ahead()), humanize_duration(over_)));
    out.emplace_back("observed_since", time_before(at_, seen_));
    if (trend_->seconds_to_limit) {
      out.emplace_back("time_left", humanize_duration(*trend_->seconds_to_limit));
    }
  }

 protected:
  [[nodiscard]] double judge(Instant taken, double value, const Beside& /*beside*/) override {
    const double now = monotonic_seconds(taken);
    if (std::isfinite(value)) {
      sum_ += value;
      ++values_;
    }
    if (values_ > 0 && now - kept_ >= over_ / kPoints) keep(taken, now);
    if (now - looked_ >= over_ / kLooks) look(taken, now);
    return answer();
  }

 private:
  static constexpr double kPoints = 500;
  static constexpr double kLooks = 60;
  static constexpr double kEnough = 0.5;  // of the time

  void keep(Instant taken, double now) {
    const HistoryPoint point{history_time(taken), sum_ / static_cast<double>(values_)};
    if (!id_ || !history_.append(*id_, point)) {
      id_ = history_.open(key_, point.at);
      if (id_) [[maybe_unused]]
        const bool kept = history_.append(*id_, point);
    }
    sum_ = 0;
    values_ = 0;
    kept_ = now;
  }

  void look(Instant taken, double now) {
    looked_ = now;
    at_ = taken;
    trend_.reset();
    const PackedPoints* points = id_ ? history_.points(*id_) : nullptr;
    if (points == nullptr) return;
    const auto from = history_time(taken) - milliseconds(static_cast<std::int64_t>(over_ * 1000));
    std::vector<TrendPoint> recent;
    for (const auto& point : points->between(from, milliseconds::max())) {
      recent.push_back({Seconds(point.at).count(), point.value});
    }
    seen_ = recent.empty() ? 0 : now - recent.front().seconds;
    if (seen_ < kEnough * over_) return;
    // What lies above a limit gets worse as it falls.
    const double last = recent.back().value;
    if (settings_.limit) settings_.worse = last > *settings_.limit ? Worse::down : Worse::up;
    trend_ = find_trend(recent, settings_);
  }

  [[nodiscard]] double answer() const {
    if (!trend_) return kAbsent;
    if (settings_.limit) {
      return trend_->seconds_to_limit.value_or(std::numeric_limits<double>::infinity());
    }
    return trend_->direction == Direction::stable ? 0 : trend_->slope_per_second;
  }
  [[nodiscard]] double ahead() const { return trend_->level + trend_->slope_per_second * over_; }

  History& history_;
  std::string key_;
  double over_;  // s
  TrendSettings settings_;
  std::optional<SeriesId> id_;
  std::optional<Trend> trend_;
  Instant at_;       // of the last look
  double seen_ = 0;  // s that it had to look at
  double sum_ = 0;
  std::size_t values_ = 0;
  double kept_ = -std::numeric_limits<double>::infinity();
  double looked_ = -std::numeric_limits<double>::infinity();
};

}  // namespace

double Judge::see(Instant taken, double value, const Beside& beside) {
  if (last_taken_ != std::chrono::steady_clock::time_point{} && taken.monotonic <= last_taken_) {
    return judged_;
  }
  last_taken_ = taken.monotonic;
  const double judged = judge(taken, value, beside);
  return judged_ = std::isfinite(value) ? judged : kAbsent;
}

std::unique_ptr<Judge> make_judge(const Rule& rule, History& history, std::string key) {
  switch (rule.kind) {
    case RuleKind::threshold:
      break;
    case RuleKind::trend:
      return std::make_unique<TrendJudge>(rule, history, std::move(key));
    case RuleKind::leak:
      return std::make_unique<LeakJudge>(rule);
    case RuleKind::anomaly:
      return std::make_unique<AnomalyJudge>(rule);
  }
  return nullptr;
}

bool judges_alike(const Rule& one, const Rule& other) {
  return one.kind == other.kind && one.metric == other.metric &&
         one.divided_by == other.divided_by && one.over == other.over && one.limit == other.limit &&
         one.smallest_change == other.smallest_change && one.leak == other.leak &&
         one.footprint == other.footprint && one.anomaly == other.anomaly &&
         (one.kind != RuleKind::anomaly || one.raise.value == other.raise.value);
}

}  // namespace perfwatch
