// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace perfwatch {

// Events of one socket that did not come.
struct SocketLoss {
  std::uint64_t overrun = 0;    // the buffer was full
  std::uint64_t malformed = 0;  // came, but were not understood
};

// Counts what the proc connector lost, by its numbers: each CPU counts its events.
class SequenceGaps {
 public:
  static constexpr std::uint32_t kMostCpus = 8192;

  // How many events of this CPU are missing before this one.
  [[nodiscard]] std::uint64_t missing(std::uint32_t cpu, std::uint32_t sequence);

 private:
  std::vector<std::optional<std::uint32_t>> next_;
};

}  // namespace perfwatch
