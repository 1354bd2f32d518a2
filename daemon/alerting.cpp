// SPDX-License-Identifier: Apache-2.0
#include "daemon/alerting.h"

#include <algorithm>
#include <utility>

namespace perfwatch {
namespace {

constexpr Metric kAlerts{
    "perfwatch_alerts", MetricType::gauge, "Alerts by rule and state.", {"rule", "state"}};
constexpr Metric kLimited{"perfwatch_alerts_limited_total", MetricType::counter,
                          "Alerts and watched series turned away because there were too many."};
constexpr const Metric* kMetrics[] = {&kAlerts, &kLimited};

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
      book_(book_settings(config.alerting, host_)) {
  make_senders(config);
}

MetricList Alerting::metrics() { return kMetrics; }

void Alerting::set_external_url(std::string url) {
  external_url_ = std::move(url);
  for (const auto& sender : senders_) sender->set_external_url(external_url_);
}

void Alerting::judge(const Frame& frame) {
  const auto& changed = book_.update(rules_, rules_.judge(frame), frame);
  const auto all = book_.alerts();
  for (const auto& sender : senders_) {
    for (const Alert* alert : changed) sender->change(*alert);
    for (const Alert* alert : all) sender->refresh(*alert);
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
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

void Alerting::reconfigure(RuleSet rules, const Config& config) {
  rules.adopt_history(std::move(rules_));
  rules_ = std::move(rules);
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
  // A target that is new hears of what fires already.
  for (const Alert* alert : book_.alerts()) {
    if (alert->state == AlertState::firing) fresh.back()->change(*alert);
  }
}

}  // namespace perfwatch
