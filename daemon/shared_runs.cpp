// SPDX-License-Identifier: Apache-2.0
#include "daemon/shared_runs.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "core/base/ulid.h"
#include "core/model/run_limits.h"

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kEnd = "perfwatch_run_last_end_timestamp_seconds";
constexpr double kClocksDiffer = 3600;  // seconds
constexpr milliseconds kShortest{100};
constexpr milliseconds kLongest = std::chrono::days(3650);
constexpr std::int64_t kMostSteps = 200'000;

// What is known of one moment of the series of one host.
struct Moment {
  double end = kUnknown;
  RunFigures figures;
};
using Moments = std::map<double, Moment>;            // by the server's time
using HostMoments = std::map<std::string, Moments>;  // by the labels that hosts differ in

std::string promql_duration(milliseconds duration) {
  const bool whole = duration % std::chrono::seconds(1) == milliseconds(0);
  return whole ? std::to_string(duration.count() / 1000) + "s"
               : std::to_string(duration.count()) + "ms";
}

// All labels but those that the series of one host differ in; nothing in a label is a 0.
std::string host_of(const ServerSeries& series) {
  std::string text;
  for (const auto& [name, value] : series.labels) {
    if (name == "__name__" || name == "kind") continue;
    text.append(name).append(1, '\0').append(value).append(1, '\0');
  }
  return text;
}

std::optional<RunMetric> metric_of(const ServerSeries& series) {
  const std::string_view name = series.label("__name__");
  if (name == "perfwatch_run_last_cpu_seconds") return RunMetric::cpu_seconds;
  if (name == "perfwatch_run_last_duration_seconds") return RunMetric::wall_seconds;
  if (name != "perfwatch_run_last_memory_peak_bytes") return std::nullopt;
  const std::string_view kind = series.label("kind");
  if (kind == "largest_process") return RunMetric::largest_process_bytes;
  if (kind == "anonymous") return RunMetric::concurrent_anonymous_bytes;
  if (kind == "cgroup") return RunMetric::cgroup_peak_bytes;
  return std::nullopt;
}

void add_figure(RunFigures& figures, RunMetric metric, double value) {
  if (std::isfinite(value) && value >= 0) figures[metric] = value;
}

bool has_any(const RunFigures& figures) {
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    if (figures.has(static_cast<RunMetric>(i))) return true;
  }
  return false;
}

double seconds_of(system_clock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

// A time that is not after `now`, and one that a clock can say.
bool has_been(double seconds, system_clock::time_point now) {
  return seconds > 0 && seconds <= seconds_of(now) + kClocksDiffer;
}

// The same for the same time and text.
std::string id_of(double began, std::string_view text) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<std::uint8_t, kUlidRandomBytes> bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  const milliseconds since(std::llround(std::max(began, 0.0) * 1000));
  return make_ulid(system_clock::time_point(since), bytes);
}

std::string bytes_of(double value) {
  const auto bytes = std::bit_cast<std::array<char, sizeof value>>(value);
  return {bytes.data(), bytes.size()};
}

BaselineRun run_of(const Moment& moment) {
  const double wall = moment.figures[RunMetric::wall_seconds];
  const double cpu = moment.figures[RunMetric::cpu_seconds];
  const double began = std::isnan(wall) ? moment.end : moment.end - wall;
  return {id_of(began, bytes_of(moment.end) + bytes_of(wall) + bytes_of(cpu)), moment.figures};
}

using RunsById = std::map<std::string, BaselineRun>;

std::vector<BaselineRun> newest(RunsById runs) {
  while (runs.size() > kBaselineRuns) runs.erase(runs.begin());
  std::vector<BaselineRun> list;
  list.reserve(runs.size());
  for (auto& [id, run] : runs) list.push_back(std::move(run));
  return list;
}

void add_changes(const std::string& host, const Moments& moments, system_clock::time_point now,
                 RunsById& runs) {
  RunFigures last;
  for (const auto& [seconds, moment] : moments) {
    bool changed = false;
    for (std::size_t i = 0; i < kRunMetrics; ++i) {
      const auto metric = static_cast<RunMetric>(i);
      if (!moment.figures.has(metric)) continue;
      changed = changed || (last.has(metric) && last[metric] != moment.figures[metric]);
      last[metric] = moment.figures[metric];
    }
    if (!changed || !has_been(seconds, now)) continue;
    const std::string id = id_of(seconds, host);
    runs[id] = {id, moment.figures};
  }
}

}  // namespace

Result<void> check_window(const SharedWindow& window) {
  const auto possible = [](milliseconds time) { return time >= kShortest && time <= kLongest; };
  if (!possible(window.range) || !possible(window.step)) {
    return fail(ErrorKind::malformed, "range and step: from 100ms to 3650d");
  }
  if (window.step > window.range || window.range / window.step > kMostSteps) {
    return fail(ErrorKind::malformed, "range and step: a range has from 1 to 200000 steps");
  }
  return {};
}

std::string promql_text(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    if (letter == '\n') {
      out += "\\n";
    } else {
      out += letter;
    }
  }
  return out + "\"";
}

std::string shared_runs_query(const BaselineKey& key, const SharedWindow& window) {
  const std::string labels = "component=" + promql_text(key.component) +
                             ",operation=" + promql_text(key.operation) +
                             ",host_class=" + promql_text(key.host_class) + "}";
  const std::string step = promql_duration(window.step);
  // Over the step, not at its end: a host that lives shorter than a step is seen, too.
  const std::string all =
      "last_over_time({__name__=~\"perfwatch_run_last_(end_timestamp_seconds|cpu_seconds|"
      "duration_seconds|memory_peak_bytes)\"," +
      labels + "[" + step + "])";
  const std::string end = "last_over_time(" + std::string(kEnd) + "{" + labels + "[" + step + "]";
  return "(" + all + " and ignoring(kind) (" + end + ") unless " + end + ") == " + end +
         " offset " + step + ")))[" + promql_duration(window.range) + ":" + step + "]";
}

std::vector<BaselineRun> shared_runs(std::span<const ServerSeries> series, const BaselineKey& key,
                                     system_clock::time_point now) {
  HostMoments hosts;
  for (const ServerSeries& one : series) {
    const bool ours = one.label("component") == key.component &&
                      one.label("operation") == key.operation &&
                      one.label("host_class") == key.host_class;
    const auto metric = metric_of(one);
    if (!ours || (!metric && one.label("__name__") != kEnd)) continue;
    Moments& moments = hosts[host_of(one)];
    for (const ServerPoint& point : one.points) {
      Moment& moment = moments[point.seconds];
      if (metric) add_figure(moment.figures, *metric, point.value);
      if (!metric) moment.end = point.value;
    }
  }
  RunsById runs;
  for (const auto& [host, moments] : hosts) {
    for (const auto& [seconds, moment] : moments) {
      if (!has_been(moment.end, now) || !has_any(moment.figures)) continue;
      BaselineRun run = run_of(moment);
      runs.insert_or_assign(run.id, run);
    }
  }
  return newest(std::move(runs));
}

std::vector<BaselineRun> changed_runs(std::span<const MetricHistory> histories,
                                      system_clock::time_point now) {
  HostMoments hosts;
  for (const MetricHistory& history : histories) {
    for (const ServerSeries& series : history.series) {
      Moments& moments = hosts[host_of(series)];
      for (const ServerPoint& point : series.points) {
        add_figure(moments[point.seconds].figures, history.metric, point.value);
      }
    }
  }
  RunsById runs;
  for (const auto& [host, moments] : hosts) add_changes(host, moments, now, runs);
  return newest(std::move(runs));
}

std::vector<BaselineRun> without_known(std::vector<BaselineRun> shared,
                                       std::span<const BaselineRun> known) {
  const auto is_known = [&](const BaselineRun& run) {
    return std::any_of(known.begin(), known.end(), [&](const BaselineRun& one) {
      return one.id != run.id && run.figures.has(RunMetric::cpu_seconds) &&
             run.figures.has(RunMetric::wall_seconds) &&
             one.figures[RunMetric::cpu_seconds] == run.figures[RunMetric::cpu_seconds] &&
             one.figures[RunMetric::wall_seconds] == run.figures[RunMetric::wall_seconds];
    });
  };
  std::erase_if(shared, is_known);
  return shared;
}

}  // namespace perfwatch
