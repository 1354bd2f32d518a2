// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_inbox.h"

#include <algorithm>
#include <memory>

namespace perfwatch {

bool RunInbox::push(Order order) {
  if (pending_.fetch_add(1, std::memory_order_relaxed) >= kMostPending) {
    pending_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  auto node = std::make_unique<Node>(Node{std::move(order), last_.load(std::memory_order_relaxed)});
  while (!last_.compare_exchange_weak(node->next, node.get(), std::memory_order_release,
                                      std::memory_order_relaxed)) {
  }
  (void)node.release();  // take() owns it
  return true;
}

std::vector<RunInbox::Order> RunInbox::take() {
  std::vector<Order> orders;
  std::unique_ptr<Node> node(last_.exchange(nullptr, std::memory_order_acquire));
  while (node) {
    orders.push_back(std::move(node->order));
    node.reset(std::exchange(node->next, nullptr));
  }
  pending_.fetch_sub(orders.size(), std::memory_order_relaxed);
  std::reverse(orders.begin(), orders.end());
  return orders;
}

}  // namespace perfwatch
