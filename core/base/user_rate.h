// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace perfwatch {

// So many things an hour for each user, and as many at once after an hour of nothing.
class UserRate {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kUsers = 1000;  // are known; when more come, nobody new is let in

  explicit UserRate(double per_hour) : per_hour_(per_hour) {}
  [[nodiscard]] bool take(std::uint32_t uid, Clock::time_point now);

 private:
  struct Account {
    double left = 0;
    Clock::time_point at;
  };
  void refill(Account& account, Clock::time_point now) const;

  double per_hour_;
  std::map<std::uint32_t, Account> accounts_;
};

}  // namespace perfwatch
