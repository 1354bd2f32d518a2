// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/analyse/alert_book.h"
#include "core/analyse/history.h"
#include "core/analyse/threshold.h"
#include "core/model/frame.h"
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

  // Judges the frame and tells the targets what changed.
  void judge(const Frame& frame);
  // The recent past of the series that rules watch.
  [[nodiscard]] const History& history() const { return history_; }
  // perfwatch_alerts*, and what rules made of their series, as they are after it.
  [[nodiscard]] Samples describe();
  [[nodiscard]] static MetricList metrics();

  [[nodiscard]] std::vector<const Alert*> alerts() const { return book_.alerts(); }
  [[nodiscard]] const std::vector<std::unique_ptr<AlertSender>>& senders() const {
    return senders_;
  }

  // Other rules and targets; alerts and queues of those that stay are kept.
  void reconfigure(RuleSet rules, const Config& config);

 private:
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
  std::vector<std::unique_ptr<AlertSender>> senders_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
