// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace perfwatch {

// Somebody's word that a run begins: `root`, a process that is there, and all that it starts from
// now on.
struct RunOrder {
  std::string id;  // a ULID that nobody else has
  std::string component;
  std::string operation;
  std::vector<std::pair<std::string, std::string>> labels;
  std::int32_t root = 0;  // pid
  bool cold = false;
  std::chrono::steady_clock::time_point at{};  // stamped by the inbox unless given
};

// And that it ends. A run whose root ends before has ended with it.
struct RunEndOrder {
  std::string id;
  int exit_code = 0;  // 0..255
  std::chrono::steady_clock::time_point at{};
};

// Hands orders from the daemon's loop to the processes collector, which runs on a worker. An order
// takes effect with the collector's next round or catch_up().
class RunInbox {
 public:
  static constexpr std::size_t kMostPending = 64;

  struct Orders {
    std::vector<RunOrder> begins;
    std::vector<RunEndOrder> ends;
  };

  // False when too many wait; nothing is taken then.
  [[nodiscard]] bool begin(RunOrder order) { return put(orders_.begins, std::move(order)); }
  [[nodiscard]] bool end(RunEndOrder order) { return put(orders_.ends, std::move(order)); }

  // All that came since the last call, in order.
  [[nodiscard]] Orders take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(orders_, {});
  }

 private:
  template <class Order>
  bool put(std::vector<Order>& list, Order order) {
    if (order.at == std::chrono::steady_clock::time_point{}) {
      order.at = std::chrono::steady_clock::now();
    }
    const std::lock_guard lock(mutex_);
    if (orders_.begins.size() + orders_.ends.size() >= kMostPending) return false;
    list.push_back(std::move(order));
    return true;
  }

  std::mutex mutex_;
  Orders orders_;
};

}  // namespace perfwatch
