// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "core/model/finding.h"

namespace perfwatch {

// Body of POST /api/v2/alerts (Alertmanager's openapi.yaml, postableAlerts): firing and resolved
// alerts. A firing alert gets endsAt = now + `firing_for`, so that it ends by itself when we fall
// silent.
[[nodiscard]] std::string alertmanager_body(std::span<const Alert> alerts,
                                            std::string_view generator_url,
                                            std::chrono::system_clock::time_point now,
                                            std::chrono::nanoseconds firing_for);

// Body of a webhook in Alertmanager's format, version "4" (webhook_config in its documentation),
// one group per rule: all `alerts` must have the same rule.
[[nodiscard]] std::string webhook_body(std::span<const Alert> alerts, std::string_view receiver,
                                       std::string_view external_url);

}  // namespace perfwatch
