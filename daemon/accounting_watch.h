// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/accounting.h"

namespace perfwatch {

// What the log has to hear about the accounting of processes: by what it works, once; that it got
// worse, each time; that events get lost, once until none was lost for a while. Pure.
class AccountingWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kCalm{1};

  // `wanted` is the tier that was asked for, nullopt for the best that works.
  explicit AccountingWatch(std::optional<AccountingTier> wanted) : wanted_(wanted) {}

  struct Remark {
    bool warning = false;
    std::string_view message;
    std::string detail;
  };
  [[nodiscard]] std::vector<Remark> see(const Accounting& accounting, Time now);

 private:
  void see_tier(const Accounting& accounting, std::vector<Remark>& out);
  void see_losses(const Accounting& accounting, Time now, std::vector<Remark>& out);

  std::optional<AccountingTier> wanted_;
  std::optional<AccountingTier> tier_;  // of the frame before
  std::uint64_t lost_ = 0;
  bool losing_ = false;
  Time lost_at_;
};

}  // namespace perfwatch
