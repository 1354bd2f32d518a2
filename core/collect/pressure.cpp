// SPDX-License-Identifier: Apache-2.0
#include "core/collect/pressure.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kStallSeconds{
    "perfwatch_pressure_stall_seconds_total",
    MetricType::counter,
    "Time in which some or all runnable tasks waited for a resource instead of working.",
    {"resource", "kind"}};
constexpr Metric kStallRatio{
    "perfwatch_pressure_stall_ratio",
    MetricType::gauge,
    "Share of the window in which some or all runnable tasks waited for a resource, 0 to 1.",
    {"resource", "kind", "window"}};

constexpr const Metric* kMetrics[] = {&kStallSeconds, &kStallRatio};

constexpr std::array<std::string_view, 3> kWindowKeys = {"avg10", "avg60", "avg300"};
constexpr std::array<std::string_view, 3> kWindows = {"10s", "60s", "300s"};
constexpr double kMicrosecondsPerSecond = 1e6;

constexpr std::string_view kCure =
    "no pressure stall information on this host: it needs Linux 4.20 and, where the kernel has it "
    "switched off, psi=1 on the kernel command line";

// The words after "some" or "full".
std::optional<Stall> parse_stall(std::string_view line) {
  std::array<std::optional<double>, kWindowKeys.size()> percent;
  std::optional<std::uint64_t> total;
  for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (key == "total") total = to_number<std::uint64_t>(value);
    const auto* window = std::ranges::find(kWindowKeys, key);
    if (window != kWindowKeys.end()) {
      percent[static_cast<std::size_t>(window - kWindowKeys.begin())] = to_decimal(value);
    }
  }
  if (!total || !percent[0] || !percent[1] || !percent[2]) return std::nullopt;
  return Stall{{*percent[0], *percent[1], *percent[2]}, *total};
}

// Calls visit(resource, kind, stall) for each stall that is known.
template <class All, class Visit>
void for_each_stall(const All& resources, Visit visit) {
  for (std::size_t i = 0; i < resources.size(); ++i) {
    if (!resources[i]) continue;
    visit(kPressureResources[i], "some", resources[i]->some);
    if (resources[i]->full) visit(kPressureResources[i], "full", *resources[i]->full);
  }
}

Result<Pressure> read_pressure(RepeatedFile& file) {
  return file.read().and_then([&](std::string_view text) {
    return parse_pressure(text).map_error(
        [&](const Error& error) { return within("parsing " + file.path(), error); });
  });
}

RepeatedFile open_resource(const Roots& roots, std::size_t i) {
  return RepeatedFile(roots.procfs + "/pressure/" + std::string(kPressureResources[i]));
}

}  // namespace

Result<Pressure> parse_pressure(std::string_view text) {
  std::optional<Stall> some;
  std::optional<Stall> full;
  std::string_view line;
  while (next_line(text, line)) {
    const auto kind = next_word(line);
    if (kind == "some") some = parse_stall(line);
    if (kind == "full") {
      full = parse_stall(line);
      if (!full) return fail(ErrorKind::malformed, "the line \"full\" is not whole");
    }
  }
  if (!some) return fail(ErrorKind::malformed, "no whole line \"some\"");
  return Pressure{*some, full};
}

PressureCollector::PressureCollector(const Roots& roots)
    : files_{open_resource(roots, 0), open_resource(roots, 1), open_resource(roots, 2)} {}

MetricList PressureCollector::metrics() const { return kMetrics; }

Result<Samples> PressureCollector::collect(Instant) {
  const All resources = {read_pressure(files_[0]), read_pressure(files_[1]),
                         read_pressure(files_[2])};
  if (std::ranges::any_of(resources, [](const auto& one) { return one.has_value(); })) {
    return describe(resources);
  }
  const auto* worse = std::ranges::find_if(
      resources, [](const auto& one) { return one.error().kind != ErrorKind::unsupported; });
  if (worse != resources.end()) return tl::unexpected(worse->error());
  return fail(ErrorKind::unsupported, std::string(kCure) + " (" + resources[0].error().text + ")");
}

Samples PressureCollector::describe(const All& resources) {
  SampleWriter out(schema_);
  for (const auto& resource : resources) {
    if (!resource) out.item_error(resource.error());
  }
  for_each_stall(resources, [&](auto resource, auto kind, const Stall& stall) {
    const auto total = static_cast<double>(stall.total_microseconds);
    out.add(kStallSeconds, total / kMicrosecondsPerSecond, {resource, kind});
  });
  for_each_stall(resources, [&](auto resource, auto kind, const Stall& stall) {
    for (std::size_t i = 0; i < kWindows.size(); ++i) {
      out.add(kStallRatio, stall.percent[i] / 100, {resource, kind, kWindows[i]});
    }
  });
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
