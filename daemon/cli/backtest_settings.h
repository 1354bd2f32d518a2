// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/anomaly.h"
#include "core/analyse/change_points.h"
#include "core/analyse/leak_stretch.h"
#include "core/analyse/rule_set.h"
#include "core/base/result.h"

namespace perfwatch {

// What the detectors of a replay are told; the defaults are those of the daemon.
struct DetectorSettings {
  AnomalyDetector::Settings anomaly;
  LeakSettings leak;
  // Of the rule, if one was asked for: a slower leak is none, and it fires once it held so long.
  double least_leak_rate = 0;
  double leak_hold_seconds = 0;
  ChangePointSettings change_points;
};

// A number of DetectorSettings that a replay can try: `perfwatch backtest METHOD --NAME NUMBER`.
struct DetectorSetting {
  enum class Unit : std::uint8_t { number, rows, seconds };

  std::string_view method;
  std::string_view name;  // that of a rule's key, with dashes
  std::string_view help;
  Unit unit;
  double least;  // least <= number <= most
  double most;
  void (*set)(DetectorSettings& settings, double number);
  double (*get)(const DetectorSettings& settings);
};
[[nodiscard]] std::span<const DetectorSetting> detector_settings();
// The daemon's, as it would be given: "0.5", "135s".
[[nodiscard]] std::string default_text(const DetectorSetting& setting);

// What was asked for on the command line.
struct DetectorWish {
  struct Given {
    const DetectorSetting* setting;
    std::string text;  // a number; a duration ("90s") for seconds
  };
  std::vector<Given> given;
  const Rule* rule = nullptr;  // of the kind leak or anomaly: its settings, not the usual
};

// The daemon's settings, or those of the rule, and laid over them what was given.
[[nodiscard]] Result<DetectorSettings> choose_settings(const DetectorWish& wish);

}  // namespace perfwatch
