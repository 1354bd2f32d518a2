// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/analyse/alert_book.h"
#include "core/analyse/history.h"
#include "core/analyse/rule_set.h"
#include "core/model/frame.h"
#include "core/store/alerts.h"
#include "daemon/alert_sender.h"
#include "daemon/config.h"
#include "daemon/resolver.h"

namespace perfwatch {

// Rules, the alert book and those who are told: frame in, alerts out. Lives on the loop.
class Alerting {
 public:
  // `rules` is made from `config.rules`. `host` becomes the label host of each alert, unless one is
  // configured.
  Alerting(boost::asio::io_context& loop, Resolver& resolver, RuleSet rules, const Config& config,
           std::string host);

  // Links in alerts lead there. Before the first frame.
  void set_external_url(std::string url);

  // What an earlier daemon left, before the first frame; with that the targets hear of it. Says in
  // the log what of it is of no use any more.
  void restore(KeptAlerts kept, Instant now);
  // Called whenever a target took something.
  void when_taken(std::function<void()> tell);

  // Judges the frame and tells the targets what changed.
  void judge(const Frame& frame);
  [[nodiscard]] const RuleSet& rules() const { return rules_; }
  // The recent past of the series that rules watch.
  [[nodiscard]] const History& history() const { return history_; }
  // perfwatch_alerts*, and what rules made of their series, as they are after it.
  [[nodiscard]] Samples describe();
  [[nodiscard]] static MetricList metrics();

  [[nodiscard]] std::vector<const Alert*> alerts() const { return book_.alerts(); }
  [[nodiscard]] const AlertBook& book() const { return book_; }
  [[nodiscard]] const std::vector<std::unique_ptr<AlertSender>>& senders() const {
    return senders_;
  }

  // Other rules and targets; alerts and queues of those that stay are kept.
  void reconfigure(RuleSet rules, const Config& config);

 private:
  [[nodiscard]] bool revive(SavedDelivery& delivery, Instant now) const;
  void hand_out_restored();
  [[nodiscard]] bool fires(std::uint64_t fingerprint) const;
  [[nodiscard]] AlertSender* sender_of(const SavedDelivery& delivery) const;
  static void say(const Alert& alert);
  void warn_of_limits();
  void make_senders(const Config& config);
  void keep_or_make(AlertSender::Kind kind, const AlertTarget& target,
                    AlertQueue::Settings settings,
                    std::vector<std::unique_ptr<AlertSender>>& fresh);

  boost::asio::io_context& loop_;
  Resolver& resolver_;
  std::string host_;
  std::string external_url_;
  RuleSet rules_;
  AlertBook book_;
  History history_;
  bool said_limits_ = false;
  std::uint64_t limited_before_ = 0;
  std::vector<std::unique_ptr<AlertSender>> senders_;
  std::function<void()> tell_taken_;
  std::vector<SavedDelivery> restored_;  // until the first frame
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
