// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
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
  // Of the process that was meant, in clock ticks since boot: its pid may be another's by the time
  // the order is taken. 0: whoever has the pid.
  std::uint64_t start_ticks = 0;
};

// And that it ends. A run whose root ends before has ended with it.
struct RunEndOrder {
  std::string id;
  int exit_code = 0;  // 0..255
  std::chrono::steady_clock::time_point at{};
};

// Hands orders from the daemon's loop to the processes collector, which runs on a worker; neither
// waits for the other. An order takes effect with the collector's next round or catch_up().
class RunInbox {
 public:
  static constexpr std::size_t kMostPending = 64;
  using Order = std::variant<RunOrder, RunEndOrder>;

  RunInbox() = default;
  RunInbox(const RunInbox&) = delete;
  RunInbox& operator=(const RunInbox&) = delete;
  ~RunInbox() { (void)take(); }

  // False when too many wait; nothing is taken then.
  [[nodiscard]] bool begin(RunOrder order) { return put(std::move(order)); }
  [[nodiscard]] bool end(RunEndOrder order) { return put(std::move(order)); }

  // All that came since the last call, in order.
  [[nodiscard]] std::vector<Order> take();

 private:
  struct Node {
    Order order;
    Node* next = nullptr;  // the one that came before
  };
  template <class Any>
  bool put(Any order) {
    if (order.at == std::chrono::steady_clock::time_point{}) {
      order.at = std::chrono::steady_clock::now();
    }
    return push(std::move(order));
  }
  [[nodiscard]] bool push(Order order);

  std::atomic<Node*> last_{nullptr};
  std::atomic<std::size_t> pending_{0};
};

}  // namespace perfwatch
