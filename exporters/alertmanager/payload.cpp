// SPDX-License-Identifier: Apache-2.0
#include "exporters/alertmanager/payload.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using Time = std::chrono::system_clock::time_point;

// Bytes that are not UTF-8 become U+FFFD; one bad name must not stop the rest.
std::string dump(const json& body) {
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

json object(const Labels& labels) {
  json out = json::object();
  for (const auto& [name, value] : labels) out[name] = value;
  return out;
}

Time starts_at(const Alert& alert) { return alert.fired_at.value_or(alert.active_since); }

// Alertmanager refuses an end before the start, which a wall clock that went back would give.
Time ends_at(const Alert& alert, Time now, std::chrono::nanoseconds firing_for) {
  const Time start = starts_at(alert);
  if (alert.state == AlertState::resolved) return std::max(alert.resolved_at.value_or(now), start);
  return std::max(now, start) +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(firing_for);
}

std::string hex16(std::uint64_t value) {
  std::string out(16, '0');
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, value >>= 4U) {
    *digit = "0123456789abcdef"[value & 0xFU];
  }
  return out;
}

// What all alerts agree on.
json common(std::span<const Alert> alerts, Labels Alert::*pairs) {
  json out = json::object();
  if (alerts.empty()) return out;
  for (const auto& pair : alerts.front().*pairs) {
    const bool everywhere = std::all_of(alerts.begin(), alerts.end(), [&](const Alert& alert) {
      return std::find((alert.*pairs).begin(), (alert.*pairs).end(), pair) != (alert.*pairs).end();
    });
    if (everywhere) out[pair.first] = pair.second;
  }
  return out;
}

json webhook_alert(const Alert& alert, std::string_view external_url) {
  const bool resolved = alert.state == AlertState::resolved;
  return {{"status", resolved ? "resolved" : "firing"},
          {"labels", object(alert.labels)},
          {"annotations", object(alert.annotations)},
          {"startsAt", rfc3339_millis(starts_at(alert))},
          {"endsAt", resolved ? rfc3339_millis(ends_at(alert, starts_at(alert), {}))
                              : std::string("0001-01-01T00:00:00Z")},
          {"generatorURL", external_url},
          {"fingerprint", hex16(alert.fingerprint)}};
}

}  // namespace

std::string alertmanager_body(std::span<const Alert> alerts, std::string_view generator_url,
                              std::chrono::system_clock::time_point now,
                              std::chrono::nanoseconds firing_for) {
  json body = json::array();
  for (const auto& alert : alerts) {
    if (alert.state == AlertState::pending) continue;
    json item{{"labels", object(alert.labels)},
              {"annotations", object(alert.annotations)},
              {"startsAt", rfc3339_millis(starts_at(alert))},
              {"endsAt", rfc3339_millis(ends_at(alert, now, firing_for))}};
    if (!generator_url.empty()) item["generatorURL"] = generator_url;  // "" is no URI: refused
    body.push_back(std::move(item));
  }
  return dump(body);
}

std::string webhook_body(std::span<const Alert> alerts, std::string_view receiver,
                         std::string_view external_url) {
  json items = json::array();
  bool firing = false;
  for (const auto& alert : alerts) {
    if (alert.state == AlertState::pending) continue;
    firing = firing || alert.state == AlertState::firing;
    items.push_back(webhook_alert(alert, external_url));
  }
  const std::string name = alerts.empty() ? std::string() : alerts.front().rule;
  return dump({{"version", "4"},
               {"groupKey", "{}:{alertname=\"" + name + "\"}"},
               {"truncatedAlerts", 0},
               {"status", firing ? "firing" : "resolved"},
               {"receiver", receiver},
               {"groupLabels", {{"alertname", name}}},
               {"commonLabels", common(alerts, &Alert::labels)},
               {"commonAnnotations", common(alerts, &Alert::annotations)},
               {"externalURL", external_url},
               {"alerts", std::move(items)}});
}

}  // namespace perfwatch
