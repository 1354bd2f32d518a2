// SPDX-License-Identifier: Apache-2.0
#include "daemon/alerting.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/analyse/saved_alert_check.h"
#include "core/base/text.h"
#include "daemon/log.h"

namespace perfwatch {
namespace {

constexpr Metric kAlerts{
    "perfwatch_alerts", MetricType::gauge, "Alerts by rule and state.", {"rule", "state"}};
constexpr Metric kLimited{"perfwatch_alerts_limited_total", MetricType::counter,
                          "Alerts and watched series turned away because there were too many."};
constexpr Metric kAnomaly{
    "perfwatch_anomaly_score",
    MetricType::gauge,
    "How unusual the mean of the last minute is for the series that the rule watches, 0 to 1.",
    {"rule", "subject"}};
constexpr Metric kLeak{"perfwatch_leak_rate",
                       MetricType::gauge,
                       "Growth per second of what the rule watches while it leaks, else 0.",
                       {"rule", "subject"}};
constexpr Metric kVisible{
    "perfwatch_leak_visible_rate",
    MetricType::gauge,
    "The slowest leak that would have been called by now, in growth per second.",
    {"rule", "subject"}};
constexpr Metric kTrend{
    "perfwatch_trend",
    MetricType::gauge,
    "What a trend rule judges: seconds until its limit is reached, else the slope per second.",
    {"rule", "subject"}};
constexpr Metric kHistorySeries{"perfwatch_history_series", MetricType::gauge,
                                "Series of which the last 1,000 points are kept: those that rules "
                                "watch."};
constexpr Metric kHistoryBytes{"perfwatch_history_bytes", MetricType::gauge,
                               "Memory of these points, and of those that rules keep besides."};
constexpr Metric kHistoryLimited{
    "perfwatch_history_limited_total", MetricType::counter,
    "Series whose points are not kept as there were too many; anew whenever one asks again."};
constexpr Metric kProcessesLimited{
    "perfwatch_leak_processes_limited_total", MetricType::counter,
    "Times that a process was not watched for leaks as there were too many."};
constexpr const Metric* kMetrics[] = {
    &kAlerts, &kLimited,       &kAnomaly,      &kLeak,           &kVisible,
    &kTrend,  &kHistorySeries, &kHistoryBytes, &kHistoryLimited, &kProcessesLimited};

// The series of one metric stand together.
void describe_judged(const RuleSet& rules, SampleWriter& out) {
  using Value = double (*)(const RuleSet::Judged&);
  const auto add = [&](const Metric& metric, RuleKind kind, Value value) {
    rules.each_judged([&](const RuleSet::Judged& judged) {
      if (judged.rule.kind != kind) return;
      out.add(metric, value(judged), {judged.rule.name, judged.subject});
    });
  };
  const Value itself = [](const RuleSet::Judged& judged) { return judged.value; };
  add(kAnomaly, RuleKind::anomaly, itself);
  add(kLeak, RuleKind::leak, itself);
  add(kVisible, RuleKind::leak, [](const RuleSet::Judged& j) { return j.least_visible; });
  add(kTrend, RuleKind::trend, itself);
  out.add(kProcessesLimited, static_cast<double>(rules.processes_limited()));
}

void log_dropped(const std::string& target, std::size_t waiting) {
  log_warning("a target of alerts is not configured any more, what it was to hear is dropped",
              {{"target", target}, {"not_delivered", std::to_string(waiting)}});
}

// Every alert says which host it is about.
Labels common_labels(const Config::Alerting& alerting, const std::string& host) {
  Labels labels = alerting.labels;
  const bool named = std::any_of(labels.begin(), labels.end(),
                                 [](const auto& label) { return label.first == "host"; });
  if (!named) labels.emplace_back("host", host);
  std::sort(labels.begin(), labels.end());
  return labels;
}

AlertBook::Settings book_settings(const Config::Alerting& alerting, const std::string& host) {
  AlertBook::Settings settings;
  settings.labels = common_labels(alerting, host);
  return settings;
}

}  // namespace

Alerting::Alerting(boost::asio::io_context& loop, Resolver& resolver, RuleSet rules,
                   const Config& config, std::string host)
    : loop_(loop),
      resolver_(resolver),
      host_(std::move(host)),
      rules_(std::move(rules)),
      book_(book_settings(config.alerting, host_)),
      history_({}, [this](const Series& series) { return rules_.watches(series); }) {
  make_senders(config);
}

MetricList Alerting::metrics() { return kMetrics; }

void Alerting::set_external_url(std::string url) {
  external_url_ = std::move(url);
  for (const auto& sender : senders_) sender->set_external_url(external_url_);
}

void Alerting::when_taken(std::function<void()> tell) {
  tell_taken_ = std::move(tell);
  for (const auto& sender : senders_) sender->when_taken(tell_taken_);
}

bool Alerting::fires(std::uint64_t fingerprint) const {
  bool found = false;
  book_.each({}, [&](const AlertBook::View& view) {
    found =
        found || (view.alert.state == AlertState::firing && view.alert.fingerprint == fingerprint);
  });
  return found;
}

AlertSender* Alerting::sender_of(const SavedDelivery& delivery) const {
  for (const auto& sender : senders_) {
    if (delivery.kind == to_string(sender->kind()) && delivery.target == sender->target().name) {
      return sender.get();
    }
  }
  return nullptr;
}

// What comes back for a target. The target must not believe for ever what nobody knows any more;
// what it never heard of and nobody knows is no news.
bool Alerting::revive(SavedDelivery& delivery, Instant now) const {
  Alert& alert = delivery.alert;
  if (alert.state != AlertState::firing || fires(alert.fingerprint)) return true;
  if (!std::exchange(delivery.taken, false)) return false;
  alert.state = AlertState::resolved;
  alert.resolved_at = std::max(now.wall, *alert.fired_at);
  return true;
}

void Alerting::restore(KeptAlerts kept, Instant now) {
  std::size_t left_out = kept.damaged + book_.restore(std::move(kept.alerts), now);
  std::map<std::string, std::size_t> nowhere;  // not taken, by target
  for (SavedDelivery& delivery : kept.deliveries) {
    if (!make_sound(delivery.alert, now)) {
      ++left_out;
    } else if (sender_of(delivery) == nullptr) {
      nowhere[printable_utf8(delivery.target)] += delivery.taken ? 0 : 1;
    } else if (revive(delivery, now)) {
      restored_.push_back(std::move(delivery));
    }
  }
  for (const auto& [target, count] : nowhere) log_dropped(target, count);
  if (left_out > 0) {
    log_warning("records of alerts make no sense and are left out",
                {{"records", std::to_string(left_out)}});
  }
  const auto alerts = book_.alerts().size();
  if (alerts > 0) log_info("alerts go on", {{"alerts", std::to_string(alerts)}});
}

// Not before the first frame: what has cleared meanwhile is not said to fire once more.
void Alerting::hand_out_restored() {
  for (const SavedDelivery& delivery : std::exchange(restored_, {})) {
    if (AlertSender* sender = sender_of(delivery)) sender->restore(delivery.alert, delivery.taken);
  }
}

// Who reads the journal while Alertmanager is down.
void Alerting::say(const Alert& alert) {
  const bool fires = alert.state == AlertState::firing;
  const auto log =
      fires && alert.notifies && alert.severity != Severity::info ? log_warning : log_info;
  log(fires ? "alert fires" : "alert resolved",
      {{"rule", alert.rule},
       {"severity", std::string(to_string(alert.severity))},
       {"summary", std::string(find_label(alert.annotations, "summary"))},
       {"because", std::string(find_label(alert.annotations, "resolved_because"))}});
}

// Once for each configuration: the counter goes on.
void Alerting::warn_of_limits() {
  if (said_limits_ || rules_.limited() == limited_before_) return;
  said_limits_ = true;
  log_warning("rules watch too many series, not all are judged",
              {{"most", "10000"}, {"cure", "narrower labels, or fewer rules"}});
}

void Alerting::judge(const Frame& frame) {
  history_.take(frame);
  const auto& changed = book_.update(rules_, rules_.judge(frame), frame);
  for (const Alert* alert : changed) say(*alert);
  warn_of_limits();
  hand_out_restored();
  const auto all = book_.alerts();
  for (const auto& sender : senders_) {
    for (const Alert* alert : changed) {
      if (alert->notifies) sender->change(*alert);
    }
    for (const Alert* alert : all) {
      if (alert->notifies) sender->refresh(*alert);
    }
  }
}

Samples Alerting::describe() {
  SampleWriter out(schema_);
  for (const auto& rule : rules_.rules()) {
    for (const AlertState state : {AlertState::pending, AlertState::firing}) {
      out.add(kAlerts, static_cast<double>(book_.count(rule.name, state)),
              {rule.name, to_string(state)});
    }
  }
  out.add(kLimited, static_cast<double>(book_.limited() + rules_.limited()));
  describe_judged(rules_, out);
  out.add(kHistorySeries, static_cast<double>(history_.series()));
  out.add(kHistoryBytes, static_cast<double>(history_.bytes() + rules_.history_bytes()));
  out.add(kHistoryLimited, static_cast<double>(history_.limited()));
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

void Alerting::reconfigure(RuleSet rules, const Config& config) {
  rules.adopt_history(std::move(rules_));
  rules_ = std::move(rules);
  history_.match_anew();
  said_limits_ = false;
  limited_before_ = rules_.limited();
  book_.reconfigure(common_labels(config.alerting, host_));
  make_senders(config);
}

void Alerting::make_senders(const Config& config) {
  AlertQueue::Settings settings;
  settings.limit = config.alerting.queue_limit;
  std::vector<std::unique_ptr<AlertSender>> fresh;
  settings.repeat = config.alerting.resend_interval;
  for (const auto& target : config.alerting.alertmanagers) {
    keep_or_make(AlertSender::Kind::alertmanager, target, settings, fresh);
  }
  settings.repeat = std::chrono::nanoseconds(0);
  for (const auto& target : config.alerting.webhooks) {
    keep_or_make(AlertSender::Kind::webhook, target, settings, fresh);
  }
  for (const auto& old : senders_) {
    if (old && old->queue_length() > 0) log_dropped(old->target().name, old->queue_length());
  }
  senders_ = std::move(fresh);
}

void Alerting::keep_or_make(AlertSender::Kind kind, const AlertTarget& target,
                            AlertQueue::Settings settings,
                            std::vector<std::unique_ptr<AlertSender>>& fresh) {
  const auto old = std::find_if(senders_.begin(), senders_.end(), [&](const auto& sender) {
    return sender && sender->kind() == kind && sender->target().name == target.name;
  });
  if (old != senders_.end()) {
    fresh.push_back(std::move(*old));
    fresh.back()->set(target, settings);
    return;
  }
  fresh.push_back(
      std::make_unique<AlertSender>(loop_, resolver_, kind, target, settings, external_url_));
  fresh.back()->when_taken(tell_taken_);
  // A target that is new hears of what fires already.
  for (const Alert* alert : book_.alerts()) {
    if (alert->state == AlertState::firing && alert->notifies) fresh.back()->change(*alert);
  }
}

}  // namespace perfwatch
