// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/base/unique_fd.h"
#include "daemon/cli/client.h"
#include "daemon/cli/top_model.h"

namespace perfwatch {

// As many processes of a group as the daemon gives at once, heaviest CPU first.
inline constexpr std::size_t kMostProcesses = 1000;
// GET this for the processes of `group`, at most `limit` of them.
[[nodiscard]] std::string processes_target(const std::string& group,
                                           std::size_t limit = kMostProcesses);

// One round of asking: the status, and the groups or the processes of `group`. What fails is in
// TopData::error.
[[nodiscard]] TopData ask_top(Client& client, const std::string& group);

// Asks again and again in a thread of its own, so that keys work while the daemon is slow or gone.
class TopFeed {
 public:
  TopFeed(Address address, std::chrono::milliseconds interval, std::string group);
  ~TopFeed();  // at once, whatever the daemon does
  TopFeed(const TopFeed&) = delete;
  TopFeed& operator=(const TopFeed&) = delete;

  // Readable when take() has something new.
  [[nodiscard]] int descriptor() const { return ready_.get(); }
  [[nodiscard]] std::optional<TopData> take();
  // Asks about another group (now), or rests.
  void want(const std::string& group, bool paused);

 private:
  void loop();

  Client client_;
  std::chrono::milliseconds interval_;
  UniqueFd ready_;  // eventfd
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string group_;  // these four under the mutex
  bool paused_ = false;
  bool asked_ = false;  // the loop should not wait for the interval
  bool stopping_ = false;
  std::optional<TopData> latest_;
  std::thread thread_;
};

}  // namespace perfwatch
