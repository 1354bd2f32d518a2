// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_verdict_texts.h"

#include <fmt/format.h>

#include <cmath>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

const RunMetricInfo& info_of(const MetricVerdict& verdict) {
  return run_metrics().at(static_cast<std::size_t>(verdict.metric));
}

// Three digits.
std::string short_number(double value) {
  const double size = std::abs(value);
  return fmt::format("{:.{}f}", value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

std::string runs(std::size_t count) {
  return fmt::format("{} run{}", count, count == 1 ? "" : "s");
}

// The percentage is that of the two figures; where they do not count as they are it says so.
std::string change(const MetricVerdict& verdict) {
  const auto unit = info_of(verdict).unit;
  std::string text = fmt::format("{} -> {} (", run_value_text(unit, verdict.baseline),
                                 run_value_text(unit, verdict.judged));
  if (verdict.counted_from > 0)
    text +=
        fmt::format("less than {0} counted as {0}: ", run_value_text(unit, verdict.counted_from));
  return text + relative_text(verdict.effect);
}

std::string counts(const MetricVerdict& verdict) {
  return fmt::format("{} against {}", runs(verdict.judged_runs), verdict.baseline_runs);
}

std::string not_enough(const MetricVerdict& verdict, const VerdictSettings& settings) {
  if (verdict.judged_runs == 0) return "not known of the judged run";
  return fmt::format("{} in the baseline, {} are needed", runs(verdict.baseline_runs),
                     settings.fewest_baseline);
}

std::string changed(const MetricVerdict& verdict, const VerdictSettings& settings) {
  std::string text =
      fmt::format("{}, 99 % interval {} to {})", change(verdict), relative_text(verdict.effect_low),
                  relative_text(verdict.effect_high));
  if (verdict.waited) text += ": waited longer (a busy host?), did not work more";
  text += "; " + counts(verdict);
  if (!verdict.confirmed)
    text += fmt::format(", not confirmed: {} are needed", settings.fewest_to_confirm);
  return text;
}

std::string unchanged(const MetricVerdict& verdict) {
  const std::string so_far = change(verdict) + ")";
  const double growth =
      verdict.effect >= 0 ? verdict.effect : -verdict.effect / (1 + verdict.effect);
  if (!(growth >= verdict.threshold))
    return fmt::format("{}, under the threshold of {:.3g} %", so_far, 100 * verdict.threshold);
  if (verdict.moved_before > 0)
    return fmt::format("{}, but the baseline itself moved by {}", so_far,
                       relative_text(verdict.moved_before));
  if (growth < verdict.noise_floor)
    return fmt::format("{}, but with this noise and {} only {} would be sure", so_far,
                       counts(verdict), relative_text(verdict.noise_floor));
  return so_far + ", but single runs, or an amount that is as good as nothing, may explain it";
}

std::string body(const MetricVerdict& verdict, const VerdictSettings& settings) {
  switch (verdict.verdict) {
    case RunVerdict::not_enough_data:
      return not_enough(verdict, settings);
    case RunVerdict::unchanged:
      return unchanged(verdict);
    case RunVerdict::regressed:
    case RunVerdict::improved:
      break;
  }
  return changed(verdict, settings);
}

}  // namespace

std::string run_value_text(RunMetricInfo::Unit unit, double value) {
  if (!std::isfinite(value)) return "?";
  switch (unit) {
    case RunMetricInfo::Unit::seconds:
      return value != 0 && std::abs(value) < 0.9995 ? short_number(1000 * value) + " ms"
                                                    : short_number(value) + " s";
    case RunMetricInfo::Unit::bytes:
      return spaced_bytes(value);
    case RunMetricInfo::Unit::count:
      break;
  }
  return fmt::format("{:.0f}", value);
}

std::string relative_text(double change) {
  if (!std::isfinite(change)) return "?";
  const double percent = 100 * change;
  return fmt::format("{:+.{}f} %", percent, std::abs(percent) < 9.95 ? 1 : 0);
}

std::string verdict_text(const MetricVerdict& verdict, const VerdictSettings& settings) {
  return fmt::format("{}: {}.", info_of(verdict).label, body(verdict, settings));
}

std::string waiting_text(const MetricVerdict& stall) {
  const auto& info = info_of(stall);
  return fmt::format(" It was {}: {} -> {}.", info.label, run_value_text(info.unit, stall.baseline),
                     run_value_text(info.unit, stall.judged));
}

}  // namespace perfwatch
