// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/host_load.h"

#include <algorithm>
#include <utility>

#include "core/analyse/series_match.h"

namespace perfwatch {
namespace {

const Block* block_of(const Frame& frame, std::string_view collector) {
  for (const auto& block : frame.blocks) {
    if (block->collector == collector && block->samples.schema) return block.get();
  }
  return nullptr;
}

constexpr std::string_view kCpuSeconds = "perfwatch_cpu_seconds_total";
constexpr std::string_view kStallSeconds = "perfwatch_pressure_stall_seconds_total";

}  // namespace

HostLoadReader::HostLoadReader()
    : cpu_({"cpu", kCpuSeconds}),
      idle_({"cpu", kCpuSeconds, "mode", "idle"}),
      waiting_({"cpu", kCpuSeconds, "mode", "iowait"}),
      memory_total_({"memory", "perfwatch_memory_total_bytes"}),
      memory_available_({"memory", "perfwatch_memory_available_bytes"}),
      cpu_stall_({"pressure", kStallSeconds, "resource", "cpu"}),
      memory_stall_({"pressure", kStallSeconds, "resource", "memory"}),
      io_stall_({"pressure", kStallSeconds, "resource", "io"}),
      disk_read_({"disk", "perfwatch_disk_read_bytes_total"}),
      disk_written_({"disk", "perfwatch_disk_written_bytes_total"}),
      received_({"network", "perfwatch_network_receive_bytes_total"}),
      transmitted_({"network", "perfwatch_network_transmit_bytes_total"}) {}

bool HostLoadReader::Total::take(const Frame& frame) {
  const Block* block = block_of(frame, selection_.collector);
  if (block == nullptr || (schema_ && block->taken.monotonic <= taken_)) return false;
  const bool same = schema_ == block->samples.schema;
  if (!same) find(block->samples.schema);
  const double before = std::exchange(value_, sum(block->samples.values));
  seconds_ = Seconds(block->taken.monotonic - taken_).count();
  taken_ = block->taken.monotonic;
  increase_ = same && value_ >= before ? value_ - before : kAbsent;
  return true;
}

void HostLoadReader::Total::find(const std::shared_ptr<const Schema>& schema) {
  schema_ = schema;
  positions_.clear();
  for (std::size_t i = 0; i < schema->series.size(); ++i) {
    const Series& series = schema->series[i];
    if (!watchable(series) || series.metric->name != selection_.metric) continue;
    if (!selection_.label.empty() && label_value(series, selection_.label) != selection_.value)
      continue;
    // Of a stall there are two kinds, and "full" is a part of "some".
    if (label_value(series, "kind") == "full") continue;
    positions_.push_back(static_cast<std::uint32_t>(i));
  }
}

double HostLoadReader::Total::sum(const std::vector<double>& values) const {
  double sum = kAbsent;
  for (const auto position : positions_) {
    if (position >= values.size() || is_absent(values[position])) continue;
    sum = is_absent(sum) ? values[position] : sum + values[position];
  }
  return sum;
}

double HostLoadReader::rate(Total& total, const Frame& frame) {
  return total.take(frame) ? total.per_second() : kAbsent;
}

double HostLoadReader::busy_ratio(const Frame& frame) {
  const bool fresh = cpu_.take(frame);
  static_cast<void>(idle_.take(frame));
  static_cast<void>(waiting_.take(frame));
  if (!fresh || !(cpu_.increase() > 0)) return kAbsent;
  const double idle = is_absent(idle_.increase()) ? 0 : idle_.increase();
  const double waiting = is_absent(waiting_.increase()) ? 0 : waiting_.increase();
  return std::clamp(1 - (idle + waiting) / cpu_.increase(), 0.0, 1.0);
}

double HostLoadReader::memory_used_ratio(const Frame& frame) {
  const bool fresh = memory_total_.take(frame);
  static_cast<void>(memory_available_.take(frame));
  if (!fresh || !(memory_total_.value() > 0)) return kAbsent;
  return 1 - memory_available_.value() / memory_total_.value();
}

HostLoad HostLoadReader::read(const Frame& frame) {
  HostLoad load;
  load.at = frame.at.monotonic;
  load.busy_ratio = busy_ratio(frame);
  load.memory_used_ratio = memory_used_ratio(frame);
  load.cpu_stall = rate(cpu_stall_, frame);
  load.memory_stall = rate(memory_stall_, frame);
  load.io_stall = rate(io_stall_, frame);
  load.disk_bytes_per_second = rate(disk_read_, frame) + rate(disk_written_, frame);
  load.network_bytes_per_second = rate(received_, frame) + rate(transmitted_, frame);
  return load;
}

}  // namespace perfwatch
