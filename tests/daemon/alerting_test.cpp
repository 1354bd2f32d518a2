// SPDX-License-Identifier: Apache-2.0
#include "daemon/alerting.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "tests/core/analyse/frames.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

class AlertingRestart : public testing::Test {
 protected:
  AlertingRestart() {
    config.alerting.webhooks = {{"http://127.0.0.1:1/hook", "hook", 5s}};
    Rule rule;
    rule.name = "High";
    rule.metric = "test_memory_bytes";
    rule.raise = {Bound::Side::above, 0.9};
    rule.clear = {Bound::Side::below, 0.8};
    auto rules = RuleSet::make({rule});
    EXPECT_TRUE(rules);
    alerting = std::make_unique<Alerting>(loop, resolver, std::move(*rules), config, "ci1");
  }
  static SavedAlert saved(AlertState state) {
    SavedAlert out;
    out.alert.rule = "High";
    out.alert.state = state;
    out.alert.labels = {{"alertname", "High"}, {"group", "a"}};
    out.alert.fingerprint = fingerprint_of(out.alert.labels);
    out.alert.active_since = out.alert.fired_at.emplace(test::moment(0s).wall);
    if (state == AlertState::resolved) out.alert.resolved_at = test::moment(1s).wall;
    out.metric = "test_memory_bytes";
    out.subject = {{"group", "a"}};
    out.saved_at = test::moment(1s).wall;
    return out;
  }
  void restore(std::vector<SavedAlert> alerts, std::vector<SavedDelivery> deliveries) {
    alerting->restore({std::move(alerts), std::move(deliveries), 0}, test::moment(60s));
  }
  void frame() {
    Frame frame;
    frame.at = test::moment(62s);
    alerting->judge(frame);
  }
  // What the only sender has: "firing", "resolved taken".
  std::vector<std::string> heard() {
    std::vector<std::string> out;
    alerting->senders()[0]->each([&](const Alert& alert, bool taken) {
      out.push_back(std::string(to_string(alert.state)) + (taken ? " taken" : ""));
    });
    return out;
  }

  using Texts = std::vector<std::string>;
  boost::asio::io_context loop;
  Resolver resolver{loop};
  Config config;
  std::unique_ptr<Alerting> alerting;
};

TEST_F(AlertingRestart, TellsNobodyBeforeTheFirstFrame) {
  const auto firing = saved(AlertState::firing);
  restore({firing}, {{"webhook", "hook", firing.alert, true}});
  EXPECT_EQ(heard(), Texts{});
  frame();
  EXPECT_EQ(heard(), Texts{"firing taken"});
  EXPECT_EQ(alerting->senders()[0]->queue_length(), 0U);
}

TEST_F(AlertingRestart, TellsATargetThatNeverHeardOfWhatFires) {
  restore({saved(AlertState::firing)}, {});
  frame();
  EXPECT_EQ(heard(), Texts{"firing"});
}

TEST_F(AlertingRestart, TellsWhatResolvedThoughTheBookHasForgottenIt) {
  restore({}, {{"webhook", "hook", saved(AlertState::resolved).alert, false}});
  frame();
  EXPECT_EQ(heard(), Texts{"resolved"});
}

TEST_F(AlertingRestart, TakesBackWhatATargetBelievesAndNobodyKnowsAnyMore) {
  const auto firing = saved(AlertState::firing);
  restore({}, {{"webhook", "hook", firing.alert, true}});
  frame();
  EXPECT_EQ(heard(), Texts{"resolved"});
}

TEST_F(AlertingRestart, SaysNothingOfAnAlertThatNobodyKnowsAndNobodyHeardOf) {
  restore({}, {{"webhook", "hook", saved(AlertState::firing).alert, false}});
  frame();
  EXPECT_EQ(heard(), Texts{});
}

TEST_F(AlertingRestart, DropsWhatIsForNobodyAndWhatIsNoAlert) {
  auto broken = saved(AlertState::resolved).alert;
  broken.labels.clear();
  restore({}, {{"webhook", "elsewhere", saved(AlertState::resolved).alert, false},
               {"alertmanager", "hook", saved(AlertState::resolved).alert, false},
               {"webhook", "hook", broken, false}});
  frame();
  EXPECT_EQ(heard(), Texts{});
}

}  // namespace
}  // namespace perfwatch
