// SPDX-License-Identifier: Apache-2.0
// Adaptive intervals on traces of load, against a sample each second: samples taken, the delay of
// threshold alerts, and how much of the peaks is missed. Aim: a fifth of the samples, no alert
// later than 1 s, peaks within 5 %.
//
//   adaptive_bench [FOLDER OF RECORDINGS, tests/fixtures/load by default]
//
// What counts as the truth is the mean of the last second, ten times a second. An alert is due when
// it passes the bound and stays there for two seconds; its delay ends with the first sample beyond
// the bound. A sample is the mean since the one before, as the daemon's are. Peaks: the highest
// truth of each minute against the highest sample of it, where the truth is above 0.2 (memory:
// 0.02).
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/load_replay.h"
#include "tests/bench/load_trace.h"

namespace perfwatch::bench {
namespace {

constexpr std::size_t kMinute = 60 * kSecond;
constexpr std::size_t kStays = 2 * kSecond;
constexpr std::size_t kLate = 16 * kSecond;  // after the end of what it tells, an alert is missed
constexpr std::array<double, kSignals> kLeastPeaks = {0.2, 0.02, 0.2, 0.2};

// Memory has no bound that fits every host: 60 % of the way from the least to the most in use, if
// that is half a gibibyte at least.
AllBounds bounds_of(const Sums& sums) {
  double least = 1;
  double most = 0;
  for (std::size_t i = kSecond; i <= sums.size(); ++i) {
    least = std::min(least, sums.used(i));
    most = std::max(most, sums.used(i));
  }
  const double span = most - least;
  const bool grows = span * sums.trace().total_bytes >= 0.5 * (1 << 30);
  const Bounds memory = grows ? Bounds{least + 0.6 * span, least + 0.5 * span} : Bounds{2, 2};
  return {Bounds{0.9, 0.8}, memory, Bounds{0.5, 0.3}, Bounds{0.2, 0.1}};
}

struct Event {
  std::size_t begin = 0;  // steps
  std::size_t end = 0;
};

std::vector<Event> events_of(const Sums& sums, Signal signal, const Bounds& bounds) {
  std::vector<Event> events;
  std::size_t above = 0;
  bool raised = false;
  for (std::size_t i = kSecond; i <= sums.size(); ++i) {
    const double value = sums.last_second(i)[signal];
    above = value >= bounds.raise ? above + 1 : 0;
    if (!raised && above > kStays) events.push_back({i - kStays, i});
    raised |= above > kStays;
    if (raised && value < bounds.clear) raised = false;
    if (raised) events.back().end = i;
  }
  return events;
}

// Seconds from the truth to the first sample that says so, 0 where an earlier one did and none has
// cleared it; nullopt where none does.
std::optional<double> delay_of(const Event& event, Signal signal, const Bounds& bounds,
                               const std::vector<Sample>& samples) {
  bool raised = false;
  for (const Sample& sample : samples) {
    if (sample.step > event.end + kLate) break;
    const bool due = sample.step >= event.begin;
    if (due && raised) return 0;
    if (sample.values[signal] < bounds.clear) raised = false;
    if (sample.values[signal] >= bounds.raise) raised = true;
    if (due && raised) return static_cast<double>(sample.step - event.begin) * LoadTrace::kStep;
  }
  return std::nullopt;
}

struct Delays {
  std::size_t events = 0;
  std::size_t missed = 0;
  std::size_t late = 0;  // by more than a second; without the missed
  double worst = 0;
};

Delays delays_of(const Sums& sums, const AllBounds& bounds, const std::vector<Sample>& samples) {
  Delays delays;
  for (std::size_t i = 0; i < kSignals; ++i) {
    const auto signal = static_cast<Signal>(i);
    for (const Event& event : events_of(sums, signal, bounds[i])) {
      ++delays.events;
      const auto delay = delay_of(event, signal, bounds[i], samples);
      if (!delay) ++delays.missed;
      if (!delay) continue;
      if (*delay > 1 + 1e-9) ++delays.late;
      delays.worst = std::max(delays.worst, *delay);
    }
  }
  return delays;
}

struct Peaks {
  std::size_t peaks = 0;
  std::size_t within = 0;  // 5 %
  double median = 0;       // what is missed of a peak
  double worst = 0;
};

// The samples of the second of the peak, or of its minute: at a plateau any of them is the peak.
double seen_of(const std::vector<Sample>& samples, Signal signal, std::size_t minute,
               std::size_t peak) {
  double seen = 0;
  for (const Sample& sample : samples) {
    const bool of_minute = sample.step > minute && sample.step <= minute + kMinute;
    const bool of_peak = sample.since < peak && sample.step > peak - kSecond;
    if (of_minute || of_peak) seen = std::max(seen, sample.values[signal]);
  }
  return seen;
}

Peaks peaks_of(const Sums& sums, Signal signal, const std::vector<Sample>& samples) {
  std::vector<double> missed;
  for (std::size_t minute = 0; minute + kMinute <= sums.size(); minute += kMinute) {
    std::size_t peak = minute + kSecond;  // whose second is of the minute
    for (std::size_t i = peak; i <= minute + kMinute; ++i) {
      if (sums.last_second(i)[signal] > sums.last_second(peak)[signal]) peak = i;
    }
    const double truth = sums.last_second(peak)[signal];
    if (truth <= kLeastPeaks[signal]) continue;
    missed.push_back(std::max(0.0, 1 - seen_of(samples, signal, minute, peak) / truth));
  }
  std::sort(missed.begin(), missed.end());
  if (missed.empty()) return {};
  const auto within = std::upper_bound(missed.begin(), missed.end(), 0.05) - missed.begin();
  return {missed.size(), static_cast<std::size_t>(within), missed[missed.size() / 2],
          missed.back()};
}

void print_row(const Sums& sums, const AllBounds& bounds, const char* policy,
               const std::vector<Sample>& samples) {
  const Delays delays = delays_of(sums, bounds, samples);
  std::printf("%-16s %-22s %6zu %5.1f %%  %3zu %4zu %6zu %6.1f s", sums.trace().name.c_str(),
              policy, samples.size(), 100 * static_cast<double>(samples.size()) / sums.seconds(),
              delays.events, delays.late, delays.missed, delays.worst);
  for (const Signal signal : {kCpu, kMemory, kCpuStall}) {
    const Peaks peaks = peaks_of(sums, signal, samples);
    if (peaks.peaks == 0) std::printf("  |       -             ");
    if (peaks.peaks > 0)
      std::printf("  | %2zu/%2zu %5.1f %5.1f %%", peaks.within, peaks.peaks, 100 * peaks.median,
                  100 * peaks.worst);
  }
  std::printf("\n");
}

// Of all traces together.
struct Total {
  std::size_t samples = 0;
  double seconds = 0;
  std::size_t alerts = 0;
  std::size_t late = 0;  // or missed
};

void report(const LoadTrace& trace, Total& total) {
  const Sums sums(trace);
  const AllBounds bounds = bounds_of(sums);
  const auto row = [&](const char* policy, const std::vector<Sample>& samples) {
    print_row(sums, bounds, policy, samples);
  };
  const Wakes all{.pressure = true, .execs = true, .look = true};
  const auto adaptive = sample_adaptively(sums, bounds, all);
  row("each second", sample_fixed(sums, 1));
  row("adaptive", adaptive);
  const Delays delays = delays_of(sums, bounds, adaptive);
  total.samples += adaptive.size();
  total.seconds += sums.seconds();
  total.alerts += delays.events;
  total.late += delays.late + delays.missed;
  row("  without a look", sample_adaptively(sums, bounds, {.pressure = true, .execs = true}));
  row("  without wake-ups", sample_adaptively(sums, bounds, {}));
  row("fixed, as many", sample_fixed(sums, sums.seconds() / static_cast<double>(adaptive.size())));
  std::printf("\n");
}

int run(const std::string& folder) {
  std::printf("%-16s %-22s %14s  %s  | %-19s  | %-19s  | %-19s\n", "trace", "policy", "samples",
              "due late missed    worst", "cpu peaks in 5 %", "memory", "cpu pressure");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  Total total;
  for (const auto& file : files)
    report(read_load_trace(file, std::filesystem::path(file).stem().string()), total);
  for (const auto& trace : made_up_load_traces()) report(trace, total);
  std::printf("All, adaptive: %.1f %% of a sample each second; %zu of %zu alerts late or missed\n",
              100 * static_cast<double>(total.samples) / total.seconds, total.late, total.alerts);
  return 0;
}

}  // namespace
}  // namespace perfwatch::bench

int main(int argc, char** argv) {
  return perfwatch::bench::run(argc > 1 ? argv[1] : PERFWATCH_SOURCE_DIR "/tests/fixtures/load");
}
