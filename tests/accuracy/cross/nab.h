// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace perfwatch {

// The Numenta Anomaly Benchmark v1.1 (Lavin and Ahmad 2015), for searches that score a file some
// thousand times; score_nab.py, which comes with the data, has the rules.
struct NabFile {
  static constexpr int kOutside = -1;
  struct Window {
    std::size_t first;  // rows, both inclusive
    std::size_t last;
  };

  std::string category;
  std::vector<double> seconds;
  std::vector<double> values;
  std::vector<Window> windows;  // in order
  std::size_t probation = 0;    // rows that are not scored
  std::vector<int> window_of;   // of each row
  std::vector<double> worth;    // of an alert in each row
};

[[nodiscard]] std::vector<NabFile> load_nab(const std::string& folder);
// With a share of the rows gone at random; the edges of windows stay.
[[nodiscard]] NabFile without_rows(const NabFile& file, double share, unsigned seed);

struct NabSum {
  int windows = 0;
  int hit = 0;
  int false_rows = 0;
  double gain = 0;  // of windows that were hit
  double cost = 0;  // of false rows, before their weight; not positive

  NabSum& operator+=(const NabSum& other);
  // 0 for no alerts, 100 for a perfect detector. Weights of false rows: 0.11 standard, 0.22 where
  // few false positives are rewarded.
  [[nodiscard]] double score(double false_weight) const;
};
inline constexpr double kStandard = 0.11;
inline constexpr double kLowFalse = 0.22;

// `alerts`: rows, ascending.
[[nodiscard]] NabSum score_alerts(const NabFile& file, std::span<const std::size_t> alerts);

}  // namespace perfwatch
