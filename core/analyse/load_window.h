// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/analyse/load.h"
#include "core/analyse/load_series.h"
#include "core/analyse/sliding_mean.h"
#include "core/model/bottleneck.h"
#include "core/model/frame.h"

namespace perfwatch {

// Keeps of each frame what bottlenecks are judged by, over the last minute: as long as the kernel's
// middle window of pressure (avg60), twice what systemd-oomd waits by default. Where rounds are far
// apart it reaches back to the tenth, at most ten minutes. Bounded in time, disks and groups; a
// round allocates only when a schema is new. Not thread-safe.
class LoadWindow {
 public:
  static constexpr double kSeconds = 60;
  static constexpr double kLongestSeconds = 600;
  static constexpr std::size_t kMaxDisks = 256;
  static constexpr std::size_t kMaxGroups = 256;

  // Each round of each collector counts once, however often its block is published.
  void take(const Frame& frame);
  // The names in it are valid until the next take().
  [[nodiscard]] Load load() const;

 private:
  // Means of one subject: the host, a disk or a group.
  template <std::size_t size>
  struct Means {
    std::array<SlidingMean, size> of{};
    bool present = false;  // in the schemas that are matched
  };
  using Disks = std::map<std::string, Means<load_series::kDiskCount>, std::less<>>;
  using Groups = std::map<std::string, Means<load_series::kGroupCount>, std::less<>>;

  struct Reading {
    std::size_t block = 0;
    std::size_t position = 0;
    SlidingMean* mean = nullptr;
    bool counter = false;
  };
  struct Slot {
    double seconds = 0;
    std::size_t samples = 0;
  };

  [[nodiscard]] bool matched(const Frame& frame) const;
  void match(const Frame& frame);
  [[nodiscard]] SlidingMean* mean_of(const Series& series);
  void count_sample(SlidingMean::Time taken);
  void next_slot();
  // How many slots make up the window, and what they hold together.
  [[nodiscard]] std::size_t covered(Slot& sum) const;
  void describe_cpu(std::size_t slots, Load& load) const;
  void describe_disks(std::size_t slots, Load& load) const;
  void describe_groups(std::size_t slots, Load& load) const;

  std::array<SlidingMean, load_series::kHostCount> host_{};
  Disks disks_;
  Groups groups_;
  // What was matched, for exactly these schemas in this order.
  std::vector<std::shared_ptr<const Schema>> schemas_;
  std::vector<Reading> readings_;  // by block
  std::array<Slot, SlidingMean::kSlots> slots_{};
  std::size_t newest_ = 0;
  std::optional<SlidingMean::Time> last_sample_;
};

}  // namespace perfwatch
