// SPDX-License-Identifier: Apache-2.0
#include "daemon/wake_sources.h"

#include <string>
#include <utility>

#include "core/collect/cpu.h"
#include "core/collect/memory.h"
#include "core/collect/pressure.h"
#include "daemon/log.h"

namespace perfwatch {
namespace {

constexpr Metric kWakeUps{"perfwatch_wake_ups_total",
                          MetricType::counter,
                          "Rounds that were brought forward, by what could not wait.",
                          {"source"}};
constexpr const Metric* kMetrics[] = {&kWakeUps};

static_assert(kStallResources == kPressureResources);

std::uint64_t or_zero(const std::optional<std::uint64_t>& value) { return value.value_or(0); }

std::array<RepeatedFile, kStallResources.size()> pressure_files(const std::string& folder) {
  return {RepeatedFile(folder + "/cpu"), RepeatedFile(folder + "/memory"),
          RepeatedFile(folder + "/io")};
}

}  // namespace

WakeSources::WakeSources(boost::asio::io_context& loop, Sampler& sampler, const Roots& roots)
    : sampler_(sampler),
      timer_(loop),
      triggers_(loop, roots.procfs + "/pressure", [this](WakeSource source) { wake(source); }),
      stat_(roots.procfs + "/stat"),
      meminfo_(roots.procfs + "/meminfo"),
      pressure_(pressure_files(roots.procfs + "/pressure")) {}

MetricList WakeSources::metrics() { return kMetrics; }

void WakeSources::start(const LoadBounds& bounds) {
  look_.set_bounds(bounds);
  const auto opened = triggers_.open(bounds);
  // Where there is no pressure information at all its collector says so.
  const bool refused = !opened && opened.error().kind != ErrorKind::gone &&
                       opened.error().kind != ErrorKind::unsupported;
  const bool said = std::exchange(reads_pressure_, refused);
  if (refused && !said) {
    log_info("no pressure triggers without CAP_SYS_RESOURCE, looking at pressure twice a second",
             {{"reason", opened.error().text}});
  }
  if (!std::exchange(running_, true)) look_later();
}

void WakeSources::stop() {
  running_ = false;
  timer_.cancel();
  triggers_.close();
}

void WakeSources::wake(WakeSource source) {
  if (running_ && sampler_.wake_up(source)) ++counts_[static_cast<std::size_t>(source)];
}

void WakeSources::see(const Frame& frame, const PendingAlerts& pending) {
  if (!running_) return;
  look_.learn(load_.read(frame));
  if (pending.fresh) wake(WakeSource::rule);
  if (pending.fires_in) sampler_.not_later_than(frame.at.monotonic + *pending.fires_in);
}

void WakeSources::look_later() {
  timer_.expires_after(kLookEvery * static_cast<int>(sampler_.pace().stretch));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !running_) return;
    look();
    look_later();
  });
}

void WakeSources::look() {
  const auto now = glance();
  if (!now) return;
  const auto verdict = look_.see(*now);
  for (std::size_t i = 0; i < verdict.pressure.size(); ++i) {
    if (verdict.pressure[i]) wake(kPressureSources[i]);
  }
  if (verdict.exec_burst) wake(WakeSource::execs);
  if (verdict.pressure_at_a_bound) wake(WakeSource::rule);
  if (verdict.at_a_bound) wake(WakeSource::look);
}

// What cannot be read the collectors report.
std::optional<Glance> WakeSources::glance() {
  constexpr std::size_t kIdle = 3;     // of kCpuModes
  constexpr std::size_t kWaiting = 4;  // for a disk
  static_assert(kCpuModes[kIdle] == "idle" && kCpuModes[kWaiting] == "iowait");
  Glance glance;
  glance.at = std::chrono::steady_clock::now();
  const auto stat = stat_.read().and_then(parse_cpu);
  if (!stat) return std::nullopt;
  std::uint64_t all = 0;
  for (const auto& ticks : stat->ticks) all += or_zero(ticks);
  glance.cpu_time = all;
  glance.idle_time = or_zero(stat->ticks[kIdle]) + or_zero(stat->ticks[kWaiting]);
  glance.forks = stat->forks;
  if (const auto memory = meminfo_.read().and_then(parse_meminfo); memory && memory->available) {
    const auto total = static_cast<double>(or_zero(memory->total));
    if (total > 0) {
      glance.memory_used_ratio = 1 - static_cast<double>(*memory->available) / total;
    }
  }
  for (std::size_t i = 0; i < pressure_.size() && reads_pressure_; ++i) {
    const auto pressure = pressure_[i].read().and_then(parse_pressure);
    if (pressure) glance.stall_microseconds[i] = pressure->some.total_microseconds;
  }
  return glance;
}

Samples WakeSources::describe() {
  SampleWriter out(schema_);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    out.add(kWakeUps, static_cast<double>(counts_[i]), {to_string(static_cast<WakeSource>(i))});
  }
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
