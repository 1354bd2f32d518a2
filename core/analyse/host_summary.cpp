// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/host_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>

#include "core/analyse/evidence.h"
#include "core/analyse/series_match.h"
#include "core/model/bottleneck.h"

namespace perfwatch {
namespace {

using Wanted = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Calls visit(series, value) for each present value of a metric.
template <class Visit>
void for_each(const Frame& frame, std::string_view metric, Visit visit) {
  for (const auto& block : frame.blocks) {
    if (!block->samples.schema) continue;
    const auto& all = block->samples.schema->series;
    for (std::size_t i = 0; i < std::min(all.size(), block->samples.values.size()); ++i) {
      if (!watchable(all[i]) || all[i].metric->name != metric) continue;
      if (!is_absent(block->samples.values[i])) visit(all[i], block->samples.values[i]);
    }
  }
}

std::optional<double> value_of(const Frame& frame, std::string_view metric, Wanted labels = {}) {
  std::optional<double> found;
  for_each(frame, metric, [&](const Series& series, double value) {
    const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto& wanted) {
      return label_value(series, wanted.first) == wanted.second;
    });
    if (fits && !found) found = value;
  });
  return found;
}

const Block* block_of(const Frame& frame, std::string_view metric) {
  for (const auto& block : frame.blocks) {
    if (!block->samples.schema) continue;
    const auto& all = block->samples.schema->series;
    const auto has = [&](const Series& series) {
      return series.metric != nullptr && series.metric->name == metric;
    };
    if (std::any_of(all.begin(), all.end(), has)) return block.get();
  }
  return nullptr;
}

// From the round that gave `metric` in `before` to the one in `frame`; nullopt when it is the same.
std::optional<Seconds> between_rounds(const Frame& frame, const Frame& before,
                                      std::string_view metric) {
  const Block* now = block_of(frame, metric);
  const Block* then = block_of(before, metric);
  if (now == nullptr || then == nullptr || now->taken.monotonic <= then->taken.monotonic) {
    return std::nullopt;
  }
  return now->taken.monotonic - then->taken.monotonic;
}

std::optional<double> own_cpu_cores(const Frame& frame, const Frame& before) {
  constexpr std::string_view kOwnCpu = "process_cpu_seconds_total";
  const auto seconds = between_rounds(frame, before, kOwnCpu);
  const auto now = value_of(frame, kOwnCpu);
  const auto then = value_of(before, kOwnCpu);
  if (!seconds || !now || !then || *now < *then) return std::nullopt;
  return (*now - *then) / seconds->count();
}

std::optional<double> pressure(const Frame& frame, std::string_view resource,
                               std::string_view kind) {
  return value_of(frame, "perfwatch_pressure_stall_ratio",
                  {{"resource", resource}, {"kind", kind}, {"window", "10s"}});
}

constexpr std::string_view kCpuSeconds = "perfwatch_cpu_seconds_total";

std::map<std::string_view, double> cpu_seconds(const Frame& frame) {
  std::map<std::string_view, double> modes;
  for_each(frame, kCpuSeconds, [&](const Series& series, double value) {
    modes.emplace(label_value(series, "mode"), value);
  });
  return modes;
}

// The kernel documents that iowait may go back (Documentation/filesystems/proc.rst), idle is
// corrected with it; any other mode that goes back was reset and gives nothing.
std::optional<double> cpu_busy_ratio(const Frame& frame, const Frame& before) {
  if (!between_rounds(frame, before, kCpuSeconds)) return std::nullopt;
  const auto older = cpu_seconds(before);
  double busy = 0;
  double total = 0;
  for (const auto& [mode, seconds] : cpu_seconds(frame)) {
    const auto old = older.find(mode);
    if (old == older.end()) return std::nullopt;
    const double passed = seconds - old->second;
    const bool waiting = mode == "idle" || mode == "iowait";
    if (!waiting && passed < 0) return std::nullopt;
    total += std::max(passed, 0.0);
    if (!waiting) busy += passed;
  }
  if (!(total > 0)) return std::nullopt;
  return busy / total;
}

// A filesystem that cannot be written cannot fill up.
std::optional<HostSummary::Filesystem> fullest_filesystem(const Frame& frame) {
  std::map<std::pair<std::string_view, std::string_view>, double> sizes;  // mount point, device
  const auto key = [](const Series& series) {
    return std::pair(label_value(series, "mountpoint"), label_value(series, "device"));
  };
  for_each(frame, "perfwatch_filesystem_size_bytes",
           [&](const Series& series, double value) { sizes.emplace(key(series), value); });
  for_each(frame, "perfwatch_filesystem_read_only", [&](const Series& series, double value) {
    if (value > 0) sizes.erase(key(series));
  });
  std::optional<HostSummary::Filesystem> fullest;
  for_each(frame, "perfwatch_filesystem_available_bytes", [&](const Series& series, double value) {
    const auto size = sizes.find(key(series));
    if (size == sizes.end() || !(size->second > 0)) return;
    const double ratio = std::clamp(value / size->second, 0.0, 1.0);
    if (!fullest || ratio < fullest->available_ratio) {
      fullest = {std::string(label_value(series, "mountpoint")), ratio};
    }
  });
  return fullest;
}

// A source that this host does not have is no failure; everything else is.
bool fails(const CollectorState& collector) {
  if (collector.stuck) return true;
  if (collector.success || collector.paused) return false;
  for (std::size_t kind = 0; kind < collector.errors.size(); ++kind) {
    if (kind != static_cast<std::size_t>(ErrorKind::unsupported) && collector.errors[kind] > 0) {
      return true;
    }
  }
  return false;
}

std::string failure(const CollectorState& collector) {
  if (collector.stuck) {
    return fmt::format("the {} collector hangs, its numbers are missing", collector.name);
  }
  return fmt::format("the {} collector fails: {}", collector.name, collector.last_error);
}

// Those that hurt: a busy host is bound by something, and well.
std::vector<const Bottleneck*> painful(const Frame& frame) {
  std::vector<const Bottleneck*> found;
  if (!frame.bottlenecks) return found;
  for (const auto& bottleneck : frame.bottlenecks->list) {
    if (bottleneck.severity != Severity::info) found.push_back(&bottleneck);
  }
  return found;
}

void judge(HostSummary& out, const Frame& frame, const std::vector<const Alert*>& alerts) {
  bool strained = false;
  bool suffering = false;
  for (const Alert* alert : alerts) {
    if (alert->state != AlertState::firing || alert->severity == Severity::info) continue;
    strained = true;
    suffering = suffering || alert->severity == Severity::critical;
    const std::string_view summary = find_label(alert->annotations, "summary");
    out.reasons.emplace_back(summary.empty() ? std::string_view(alert->rule) : summary);
  }
  for (const auto& collector : frame.collectors) {
    if (!fails(collector)) continue;
    strained = true;
    out.reasons.push_back(failure(collector));
  }
  for (const Bottleneck* bottleneck : painful(frame)) {
    strained = true;
    suffering = suffering || bottleneck->severity == Severity::critical;
    out.reasons.push_back(
        fmt::format("{}: {}", to_string(bottleneck->resource), bottleneck->evidence));
  }
  out.verdict = suffering ? "suffering" : strained ? "strained" : "well";
}

}  // namespace

HostSummary summarise(const Frame& frame, const Frame* before,
                      const std::vector<const Alert*>& alerts) {
  HostSummary out;
  out.cpu_cores = value_of(frame, "perfwatch_cpu_cores");
  if (before != nullptr) {
    out.cpu_busy_ratio = cpu_busy_ratio(frame, *before);
    out.own_cpu_cores = own_cpu_cores(frame, *before);
  }
  out.own_resident_bytes = value_of(frame, "process_resident_memory_bytes");
  out.load1 = value_of(frame, "perfwatch_load_average", {{"window", "1m"}});
  out.load5 = value_of(frame, "perfwatch_load_average", {{"window", "5m"}});
  out.load15 = value_of(frame, "perfwatch_load_average", {{"window", "15m"}});
  out.memory_total_bytes = value_of(frame, "perfwatch_memory_total_bytes");
  out.memory_available_bytes = value_of(frame, "perfwatch_memory_available_bytes");
  out.swap_total_bytes = value_of(frame, "perfwatch_swap_total_bytes");
  out.swap_free_bytes = value_of(frame, "perfwatch_swap_free_bytes");
  out.pressure_cpu_some = pressure(frame, "cpu", "some");
  out.pressure_memory_full = pressure(frame, "memory", "full");
  out.pressure_io_full = pressure(frame, "io", "full");
  out.oom_kills_total = value_of(frame, "perfwatch_oom_kills_total");
  out.fullest_filesystem = fullest_filesystem(frame);
  if (const auto boot = value_of(frame, "perfwatch_boot_time_seconds")) {
    out.uptime_seconds = std::max(0.0, unix_seconds(frame.at.wall) - *boot);
  }
  judge(out, frame, alerts);
  return out;
}

}  // namespace perfwatch
