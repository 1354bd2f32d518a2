// SPDX-License-Identifier: Apache-2.0
#include "exporters/alertmanager/payload.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto kNoon = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 12h;

Alert firing(std::string group = "cc1plus") {
  Alert alert;
  alert.rule = "High";
  alert.labels = {{"alertname", "High"}, {"group", std::move(group)}, {"severity", "warning"}};
  alert.annotations = {{"summary", "too much"}, {"value", "0.95"}};
  alert.state = AlertState::firing;
  alert.active_since = kNoon - 1min;
  alert.fired_at = kNoon + 250ms;
  alert.fingerprint = 0x00ab;
  return alert;
}

Alert resolved(std::string group = "cc1plus") {
  Alert alert = firing(std::move(group));
  alert.state = AlertState::resolved;
  alert.resolved_at = kNoon + 5min;
  return alert;
}

Alert pending() {
  Alert alert = firing();
  alert.state = AlertState::pending;
  alert.fired_at.reset();
  return alert;
}

TEST(AlertmanagerBody, HasWhatPostableAlertsHave) {
  const std::vector<Alert> alerts = {firing(), resolved("ld")};
  const json body = json::parse(alertmanager_body(alerts, "http://ci1:10117/", kNoon + 1min, 3min));
  EXPECT_EQ(body, json::parse(R"([
    {"labels": {"alertname": "High", "group": "cc1plus", "severity": "warning"},
     "annotations": {"summary": "too much", "value": "0.95"},
     "startsAt": "2026-03-01T12:00:00.250Z", "endsAt": "2026-03-01T12:04:00.000Z",
     "generatorURL": "http://ci1:10117/"},
    {"labels": {"alertname": "High", "group": "ld", "severity": "warning"},
     "annotations": {"summary": "too much", "value": "0.95"},
     "startsAt": "2026-03-01T12:00:00.250Z", "endsAt": "2026-03-01T12:05:00.000Z",
     "generatorURL": "http://ci1:10117/"}])"));
}

TEST(AlertmanagerBody, LeavesOutWhatIsPendingAndAnEmptyUrl) {
  const std::vector<Alert> alerts = {pending(), firing()};
  const json body = json::parse(alertmanager_body(alerts, "", kNoon, 3min));
  ASSERT_EQ(body.size(), 1U);
  EXPECT_FALSE(body[0].contains("generatorURL"));
  EXPECT_EQ(alertmanager_body({}, "", kNoon, 3min), "[]");
}

TEST(AlertmanagerBody, NeverEndsBeforeItStarts) {
  std::vector<Alert> alerts = {firing(), resolved()};
  alerts[1].resolved_at = kNoon - 2h;  // the wall clock went back
  const json body = json::parse(alertmanager_body(alerts, "", kNoon - 1h, 3min));
  EXPECT_EQ(body[0]["endsAt"], "2026-03-01T12:03:00.250Z");
  EXPECT_EQ(body[1]["endsAt"], body[1]["startsAt"]);
}

TEST(WebhookBody, HasWhatVersionFourHas) {
  const std::vector<Alert> alerts = {firing(), resolved("ld")};
  EXPECT_EQ(json::parse(webhook_body(alerts, "ops", "http://ci1:10117")), json::parse(R"({
    "version": "4", "groupKey": "{}:{alertname=\"High\"}", "truncatedAlerts": 0,
    "status": "firing", "receiver": "ops", "groupLabels": {"alertname": "High"},
    "commonLabels": {"alertname": "High", "severity": "warning"},
    "commonAnnotations": {"summary": "too much", "value": "0.95"},
    "externalURL": "http://ci1:10117",
    "alerts": [
      {"status": "firing",
       "labels": {"alertname": "High", "group": "cc1plus", "severity": "warning"},
       "annotations": {"summary": "too much", "value": "0.95"},
       "startsAt": "2026-03-01T12:00:00.250Z", "endsAt": "0001-01-01T00:00:00Z",
       "generatorURL": "http://ci1:10117", "fingerprint": "00000000000000ab"},
      {"status": "resolved",
       "labels": {"alertname": "High", "group": "ld", "severity": "warning"},
       "annotations": {"summary": "too much", "value": "0.95"},
       "startsAt": "2026-03-01T12:00:00.250Z", "endsAt": "2026-03-01T12:05:00.000Z",
       "generatorURL": "http://ci1:10117", "fingerprint": "00000000000000ab"}]})"));
}

TEST(WebhookBody, IsResolvedOnlyWhenAllAre) {
  const std::vector<Alert> one = {resolved()};
  const std::vector<Alert> mixed = {resolved(), firing()};
  EXPECT_EQ(json::parse(webhook_body(one, "ops", ""))["status"], "resolved");
  EXPECT_EQ(json::parse(webhook_body(mixed, "ops", ""))["status"], "firing");
  EXPECT_EQ(json::parse(webhook_body({}, "ops", ""))["alerts"], json::array());
}

TEST(WebhookBody, WritesTheFingerprintWithSixteenDigits) {
  std::vector<Alert> alerts = {firing()};
  alerts[0].fingerprint = 0xfedcba9876543210ULL;
  EXPECT_EQ(json::parse(webhook_body(alerts, "", ""))["alerts"][0]["fingerprint"],
            "fedcba9876543210");
}

// Every byte, and every cut of a long sequence: the body stays JSON in UTF-8.
TEST(Bodies, StayValidWithBytesThatAreNotUtf8) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const std::string smile = "\xF0\x9F\x98\x80";
  for (const std::string& bad :
       {all, smile.substr(0, 1), smile.substr(0, 3), std::string("\xC0\x80"),
        std::string("\xED\xA0\x80"), std::string("a\0b", 3), std::string(100000, '\xFF')}) {
    Alert alert = firing(bad);
    alert.rule = bad;
    alert.labels.emplace_back(bad, bad);
    alert.annotations.emplace_back(bad, bad);
    const std::vector<Alert> alerts = {alert};
    EXPECT_TRUE(json::accept(alertmanager_body(alerts, bad, kNoon, 3min)));
    EXPECT_TRUE(json::accept(webhook_body(alerts, bad, bad)));
  }
}

}  // namespace
}  // namespace perfwatch
