// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest_settings.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

using Unit = DetectorSetting::Unit;

constexpr double kMostRows = 1e9;
constexpr double kMostSeconds = 1e9;
constexpr double kHuge = 1e300;

// A field of one of the three parts, as a number.
template <auto part, auto field>
void assign(DetectorSettings& settings, double number) {
  auto& value = settings.*part.*field;
  value = static_cast<std::decay_t<decltype(value)>>(number);
}
template <auto part, auto field>
double read(const DetectorSettings& settings) {
  return static_cast<double>(settings.*part.*field);
}

template <auto field>
DetectorSetting anomaly(std::string_view name, std::string_view help, Unit unit, double least,
                        double most) {
  constexpr auto part = &DetectorSettings::anomaly;
  return {"anomaly", name, help, unit, least, most, assign<part, field>, read<part, field>};
}

template <auto field>
DetectorSetting leak(std::string_view name, std::string_view help, Unit unit, double least,
                     double most) {
  constexpr auto part = &DetectorSettings::leak;
  return {"leak", name, help, unit, least, most, assign<part, field>, read<part, field>};
}

template <auto field>
DetectorSetting change(std::string_view name, std::string_view help, Unit unit, double least,
                       double most) {
  constexpr auto part = &DetectorSettings::change_points;
  return {"changepoint", name, help, unit, least, most, assign<part, field>, read<part, field>};
}

const std::vector<DetectorSetting>& table() {
  using Anomaly = AnomalyDetector::Settings;
  using Leak = LeakSettings;
  using Change = ChangePointSettings;
  static const std::vector<DetectorSetting> settings = {
      anomaly<&Anomaly::threshold>("threshold", "The score that alerts", Unit::number, 0.01, 1),
      anomaly<&Anomaly::warm_up_rows>("warm-up", "No alert before", Unit::rows, 0, kMostRows),
      anomaly<&Anomaly::rest_rows>("rest", "No alert for so long after one", Unit::rows, 0,
                                   kMostRows),
      leak<&Leak::smallest_growth>("smallest-growth", "Less is none; in the unit of the column",
                                   Unit::number, 0, kHuge),
      leak<&Leak::patience>("patience",
                            "How long growth has to last for each multiple of the footprint",
                            Unit::seconds, 1, kMostSeconds),
      leak<&Leak::longest_patience>("longest-patience", "But at most so long", Unit::seconds, 1,
                                    kMostSeconds),
      leak<&Leak::fluctuation_ratio>("fluctuation-ratio",
                                     "Growth over what rose before and was given back",
                                     Unit::number, 0, kHuge),
      leak<&Leak::slow_down>("slow-down", "Least second half of the growth over the first",
                             Unit::number, 0, 1),
      leak<&Leak::step_share>("step-share",
                              "Most of the growth that an eighth of the time may hold",
                              Unit::number, 0, 1),
      leak<&Leak::creep_share>("creep-share", "Growth by less of the footprint is creep",
                               Unit::number, 0, kHuge),
      change<&Change::evidence>("evidence", "What a change must explain, in -2 ln(likelihood)",
                                Unit::number, 0, kHuge),
      change<&Change::most>("most", "Changes to find", Unit::rows, 0, 100),
      change<&Change::resolution>("resolution", "Rows to look at; of more, means of neighbours",
                                  Unit::rows, 20, 5000),
  };
  return settings;
}

// "90s", or a bare number of seconds.
std::optional<double> seconds_of(const std::string& text) {
  if (const auto number = to_number<double>(text)) return number;
  const auto duration = parse_duration(text);
  if (!duration) return std::nullopt;
  return std::chrono::duration<double>(*duration).count();
}

// As short as it can be, but 1000000 and not 1e+06.
std::string shown(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15) {
    return std::to_string(static_cast<long long>(number));
  }
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

std::string range_of(const DetectorSetting& setting) {
  std::string text = " from " + shown(setting.least);
  if (setting.most < kHuge) text += " to " + shown(setting.most);
  return text;
}

tl::unexpected<Error> refuse(const DetectorWish::Given& given) {
  const DetectorSetting& setting = *given.setting;
  const char* const kind = setting.unit == Unit::seconds ? "duration (examples: 90, 90s, 5m)"
                           : setting.unit == Unit::rows  ? "whole number"
                                                         : "number";
  return fail(ErrorKind::unsupported, "--" + std::string(setting.name) + ": \"" +
                                          safe_text(given.text.substr(0, 60)) + "\" is no " + kind +
                                          range_of(setting));
}

}  // namespace

std::span<const DetectorSetting> detector_settings() { return table(); }

std::string default_text(const DetectorSetting& setting) {
  return shown(setting.get({})) + (setting.unit == Unit::seconds ? "s" : "");
}

Result<DetectorSettings> choose_settings(const DetectorWish& wish) {
  DetectorSettings settings;
  if (wish.rule != nullptr) {
    settings.leak = wish.rule->leak;
    settings.least_leak_rate = wish.rule->raise.value;
    settings.leak_hold_seconds = std::chrono::duration<double>(wish.rule->hold).count();
    settings.anomaly = wish.rule->anomaly;
    if (wish.rule->kind == RuleKind::anomaly) settings.anomaly.threshold = wish.rule->raise.value;
  }
  for (const auto& given : wish.given) {
    const DetectorSetting& setting = *given.setting;
    const auto number =
        setting.unit == Unit::seconds ? seconds_of(given.text) : to_number<double>(given.text);
    const bool whole = number && (setting.unit != Unit::rows || *number == std::floor(*number));
    if (!whole || !(*number >= setting.least && *number <= setting.most)) return refuse(given);
    setting.set(settings, *number);
  }
  return settings;
}

}  // namespace perfwatch
