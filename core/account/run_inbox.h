// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace perfwatch {

// A run that somebody says has begun: `perfwatch run begin`.
struct RunOrder {
  std::string id;
  std::string component;
  std::string operation;
  std::vector<std::pair<std::string, std::string>> labels;
  std::int32_t root = 0;  // pid of its root process
  bool cold = false;
};

// And that it is over.
struct RunEndOrder {
  std::string id;
  int exit_code = 0;
};

// Hands what was asked for from the HTTP interface to who measures runs, on another thread; neither
// waits for the other.
class RunInbox {
 public:
  static constexpr std::size_t kLimit = 64;

  RunInbox() = default;
  RunInbox(const RunInbox&) = delete;
  RunInbox& operator=(const RunInbox&) = delete;

  // False: kLimit are pending already.
  [[nodiscard]] bool begin(RunOrder order) { return put(begun_, std::move(order)); }
  [[nodiscard]] bool end(RunEndOrder order) { return put(ended_, std::move(order)); }

  struct Orders {
    std::vector<RunOrder> begun;
    std::vector<RunEndOrder> ended;
  };
  // All that came since the last take().
  [[nodiscard]] Orders take() {
    const std::lock_guard lock(mutex_);
    return {std::exchange(begun_, {}), std::exchange(ended_, {})};
  }

 private:
  template <class Order>
  bool put(std::vector<Order>& list, Order order) {
    const std::lock_guard lock(mutex_);
    if (begun_.size() + ended_.size() >= kLimit) return false;
    list.push_back(std::move(order));
    return true;
  }

  std::mutex mutex_;
  std::vector<RunOrder> begun_;
  std::vector<RunEndOrder> ended_;
};

}  // namespace perfwatch
