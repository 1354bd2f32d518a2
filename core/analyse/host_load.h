// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/model/frame.h"

namespace perfwatch {

// What a host did between two rounds of the collectors that tell of it. Absent what is not known,
// or is no newer than the last time.
struct HostLoad {
  std::chrono::steady_clock::time_point at;
  double busy_ratio = kAbsent;         // of all cores, 0..1; waiting for a disk is idle
  double memory_used_ratio = kAbsent;  // 1 - available / total, at the end
  // Ratio of the time in which some task waited (docs.kernel.org/accounting/psi.html, "some").
  double cpu_stall = kAbsent;
  double memory_stall = kAbsent;
  double io_stall = kAbsent;
  double disk_bytes_per_second = kAbsent;     // read and written, all whole disks
  double network_bytes_per_second = kAbsent;  // both ways, all interfaces but lo
};

// Reads it from frames. Series are looked for when a schema is new, not in each frame.
class HostLoadReader {
 public:
  HostLoadReader();
  [[nodiscard]] HostLoad read(const Frame& frame);

 private:
  // All series of a metric, or those with one label value.
  struct Selection {
    std::string_view collector;
    std::string_view metric;
    std::string_view label{};
    std::string_view value{};
  };
  // Their sum, round by round.
  class Total {
   public:
    explicit Total(Selection selection) : selection_(selection) {}
    // False when the collector had no new round; then all stays as it is.
    bool take(const Frame& frame);
    [[nodiscard]] double value() const { return value_; }
    // Since the round before; absent where a series came or went, or the sum went back.
    [[nodiscard]] double increase() const { return increase_; }
    [[nodiscard]] double per_second() const { return increase_ / seconds_; }

   private:
    void find(const std::shared_ptr<const Schema>& schema);
    [[nodiscard]] double sum(const std::vector<double>& values) const;

    Selection selection_;
    std::shared_ptr<const Schema> schema_;
    std::vector<std::uint32_t> positions_;
    std::chrono::steady_clock::time_point taken_;
    double value_ = kAbsent;
    double increase_ = kAbsent;
    double seconds_ = 0;
  };
  static double rate(Total& total, const Frame& frame);
  double busy_ratio(const Frame& frame);
  double memory_used_ratio(const Frame& frame);

  Total cpu_, idle_, waiting_;
  Total memory_total_, memory_available_;
  Total cpu_stall_, memory_stall_, io_stall_;
  Total disk_read_, disk_written_;
  Total received_, transmitted_;
};

}  // namespace perfwatch
