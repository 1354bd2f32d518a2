// SPDX-License-Identifier: Apache-2.0
#include "core/base/user_rate.h"

#include <algorithm>
#include <ratio>

namespace perfwatch {

void UserRate::refill(Account& account, Clock::time_point now) const {
  const std::chrono::duration<double, std::ratio<3600>> hours = now - account.at;
  account.left = std::min(per_hour_, account.left + hours.count() * per_hour_);
  account.at = now;
}

bool UserRate::take(std::uint32_t uid, Clock::time_point now) {
  auto found = accounts_.find(uid);
  if (found == accounts_.end()) {
    if (accounts_.size() >= kUsers) {
      for (auto& [user, account] : accounts_) refill(account, now);
      std::erase_if(accounts_, [&](const auto& one) { return one.second.left >= per_hour_; });
    }
    if (accounts_.size() >= kUsers) return false;
    found = accounts_.emplace(uid, Account{per_hour_, now}).first;
  }
  refill(found->second, now);
  if (found->second.left < 1) return false;
  found->second.left -= 1;
  return true;
}

}  // namespace perfwatch
