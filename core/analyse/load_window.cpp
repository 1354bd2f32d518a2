// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/load_window.h"

#include <algorithm>
#include <string_view>

#include "core/analyse/series_match.h"

namespace perfwatch {

using namespace load_series;

namespace {

// A slot is closed when it is that long, so that twelve and more make up the window.
constexpr double kSlotSeconds = 5;

// The subject of that name, or a new one while there is room.
template <class Subjects>
typename Subjects::mapped_type* admit(Subjects& subjects, std::string_view name,
                                      std::size_t limit) {
  auto found = subjects.find(name);
  if (found == subjects.end()) {
    if (subjects.size() >= limit) {
      std::erase_if(subjects, [](const auto& entry) { return !entry.second.present; });
    }
    if (subjects.size() >= limit) return nullptr;
    found = subjects.try_emplace(std::string(name)).first;
  }
  found->second.present = true;
  return &found->second;
}

// Those that are in no schema any more: for a while, as a collector that hangs may come back.
template <class Subjects>
void forget(Subjects& subjects) {
  std::erase_if(subjects, [](const auto& entry) {
    return !entry.second.present &&
           std::all_of(entry.second.of.begin(), entry.second.of.end(), [](const auto& mean) {
             return !mean.over(SlidingMean::kSlots).has_value();
           });
  });
}

std::optional<double> sum_of(std::optional<double> a, std::optional<double> b) {
  if (!a && !b) return std::nullopt;
  return a.value_or(0) + b.value_or(0);
}

std::optional<double> as_ratio(std::optional<double> value) {
  if (!value) return std::nullopt;
  return std::clamp(*value, 0.0, 1.0);
}

std::optional<double> ratio_of(std::optional<double> part, std::optional<double> whole) {
  if (!part || !whole || !(*whole > 0)) return std::nullopt;
  return std::clamp(*part / *whole, 0.0, 1.0);
}

}  // namespace

bool LoadWindow::matched(const Frame& frame) const {
  return std::equal(
      frame.blocks.begin(), frame.blocks.end(), schemas_.begin(), schemas_.end(),
      [](const auto& block, const auto& schema) { return block->samples.schema == schema; });
}

SlidingMean* LoadWindow::mean_of(const Series& series) {
  if (const auto value = host_value_of(series)) return &host_[*value];
  if (const auto value = disk_value_of(series)) {
    auto* disk = admit(disks_, label_value(series, "device"), kMaxDisks);
    return disk == nullptr ? nullptr : &disk->of[*value];
  }
  if (const auto value = group_value_of(series)) {
    auto* group = admit(groups_, label_value(series, "group"), kMaxGroups);
    return group == nullptr ? nullptr : &group->of[*value];
  }
  return nullptr;
}

void LoadWindow::match(const Frame& frame) {
  schemas_.clear();
  readings_.clear();
  forget(disks_);
  forget(groups_);
  for (auto& [name, disk] : disks_) disk.present = false;
  for (auto& [name, group] : groups_) group.present = false;
  for (std::size_t block = 0; block < frame.blocks.size(); ++block) {
    schemas_.push_back(frame.blocks[block]->samples.schema);
    if (!schemas_.back()) continue;
    const auto& all = schemas_.back()->series;
    for (std::size_t position = 0; position < all.size(); ++position) {
      if (!watchable(all[position])) continue;
      SlidingMean* mean = mean_of(all[position]);
      if (mean == nullptr) continue;
      readings_.push_back(
          {block, position, mean, all[position].metric->type == MetricType::counter});
    }
  }
}

void LoadWindow::next_slot() {
  newest_ = (newest_ + 1) % slots_.size();
  slots_[newest_] = {};
  for (auto& mean : host_) mean.next_slot();
  for (auto& [name, disk] : disks_) {
    for (auto& mean : disk.of) mean.next_slot();
  }
  for (auto& [name, group] : groups_) {
    for (auto& mean : group.of) mean.next_slot();
  }
}

void LoadWindow::count_sample(SlidingMean::Time taken) {
  if (last_sample_ && taken <= *last_sample_) return;
  if (slots_[newest_].seconds >= kSlotSeconds) next_slot();
  if (last_sample_) {
    slots_[newest_].seconds += std::chrono::duration<double>(taken - *last_sample_).count();
  }
  ++slots_[newest_].samples;
  last_sample_ = taken;
}

// The first block that is watched beats the time: the others may come in frames of their own.
void LoadWindow::take(const Frame& frame) {
  if (!matched(frame)) match(frame);
  if (readings_.empty()) return;
  count_sample(frame.blocks[readings_.front().block]->taken.monotonic);
  for (const Reading& reading : readings_) {
    const Block& block = *frame.blocks[reading.block];
    if (reading.position >= block.samples.values.size()) continue;
    const double value = block.samples.values[reading.position];
    if (reading.counter) {
      reading.mean->add_counter(block.taken.monotonic, value);
    } else {
      reading.mean->add_gauge(block.taken.monotonic, value);
    }
  }
}

std::size_t LoadWindow::covered(Slot& sum) const {
  std::size_t slots = 0;
  while (slots < slots_.size()) {
    const Slot& slot = slots_[(newest_ + slots_.size() - slots) % slots_.size()];
    if (slots > 0 && sum.seconds + slot.seconds > kLongestSeconds) break;
    sum.seconds += slot.seconds;
    sum.samples += slot.samples;
    ++slots;
    if (sum.seconds >= kSeconds && sum.samples >= Bottlenecks::kSamplesWanted) break;
  }
  return slots;
}

void LoadWindow::describe_cpu(std::size_t slots, Load& load) const {
  double total = 0;
  for (std::size_t mode = kUser; mode <= kIowait; ++mode) {
    total += host_[mode].over(slots).value_or(0);
  }
  const auto idle = host_[kIdle].over(slots);
  if (idle && total > 0) {
    load.cpu_iowait = ratio_of(host_[kIowait].over(slots), total);
    load.cpu_steal = ratio_of(host_[kSteal].over(slots), total);
    load.cpu_busy = as_ratio(1 - *idle / total - load.cpu_iowait.value_or(0));
  }
  load.cores = host_[kCores].over(slots);
  load.running = host_[kRunning].over(slots);
  load.blocked = host_[kBlocked].over(slots);
}

void LoadWindow::describe_disks(std::size_t slots, Load& load) const {
  for (const auto& [name, disk] : disks_) {
    const auto busy = as_ratio(disk.of[kBusy].over(slots));
    if (!disk.present || !busy) continue;
    if (load.busiest_disk && *busy <= load.busiest_disk->busy) continue;
    load.busiest_disk = {name, *busy,
                         sum_of(disk.of[kDiskRead].over(slots), disk.of[kDiskWritten].over(slots))};
  }
}

void LoadWindow::describe_groups(std::size_t slots, Load& load) const {
  load.groups.reserve(groups_.size());
  for (const auto& [name, group] : groups_) {
    if (!group.present) continue;
    const auto mean = [&, &of = group.of](GroupValue value) { return of[value].over(slots); };
    load.groups.push_back({name, sum_of(mean(kGroupUser), mean(kGroupSystem)),
                           mean(kGroupProcesses), mean(kGroupRunning), mean(kGroupBlocked),
                           mean(kGroupResident), mean(kGroupLimit), mean(kGroupDescriptors),
                           sum_of(mean(kGroupRead), mean(kGroupWritten))});
  }
}

Load LoadWindow::load() const {
  Load load;
  Slot sum;
  const std::size_t slots = covered(sum);
  load.samples = sum.samples;
  load.seconds = sum.seconds;
  describe_cpu(slots, load);
  const auto host = [&](HostValue value) { return host_[value].over(slots); };
  load.cpu_some = as_ratio(host(kCpuSome));
  load.memory_some = as_ratio(host(kMemorySome));
  load.memory_full = as_ratio(host(kMemoryFull));
  load.io_some = as_ratio(host(kIoSome));
  load.io_full = as_ratio(host(kIoFull));
  load.memory_available = ratio_of(host(kMemoryAvailable), host(kMemoryTotal));
  const auto swap_free = ratio_of(host(kSwapFree), host(kSwapTotal));
  if (swap_free) load.swap_used = 1 - *swap_free;
  load.swap_read = host(kSwapRead);
  load.swap_written = host(kSwapWritten);
  load.major_faults = host(kMajorFaults);
  describe_disks(slots, load);
  describe_groups(slots, load);
  return load;
}

}  // namespace perfwatch
