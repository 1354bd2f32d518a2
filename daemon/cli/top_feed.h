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
#include "daemon/cli/top_data.h"
#include "daemon/cli/top_rows.h"

namespace perfwatch {

// As many processes of a group, or kinds of exits, as the daemon gives at once, heaviest CPU first.
inline constexpr std::size_t kMostProcesses = 1000;
// GET this for the processes of `group`, at most `limit` of them.
[[nodiscard]] std::string processes_target(const std::string& group,
                                           std::size_t limit = kMostProcesses);

// GET this for what ended in the last `minutes`, at most `limit` kinds of it; those are the ones
// that are first by `sort`, as far as the daemon knows that order, else by CPU.
[[nodiscard]] std::string exits_target(unsigned minutes, SortBy sort,
                                       std::size_t limit = kMostProcesses);

// One round of asking: the status, and what `question` is about. What fails is in TopData::error.
[[nodiscard]] TopData ask_top(Client& client, const TopQuestion& question);

// Asks again and again in a thread of its own, so that keys work while the daemon is slow or gone.
class TopFeed {
 public:
  TopFeed(Address address, std::chrono::milliseconds interval, TopQuestion question);
  ~TopFeed();  // at once, whatever the daemon does
  TopFeed(const TopFeed&) = delete;
  TopFeed& operator=(const TopFeed&) = delete;

  // Readable when take() has something new.
  [[nodiscard]] int descriptor() const { return ready_.get(); }
  [[nodiscard]] std::optional<TopData> take();
  // Asks another question (now), or rests.
  void want(const TopQuestion& question, bool paused);

 private:
  void loop();

  Client client_;
  std::chrono::milliseconds interval_;
  UniqueFd ready_;  // eventfd
  std::mutex mutex_;
  std::condition_variable changed_;
  TopQuestion question_;  // these five under the mutex
  bool paused_ = false;
  bool asked_ = false;  // the loop should not wait for the interval
  bool stopping_ = false;
  std::optional<TopData> latest_;
  std::thread thread_;
};

}  // namespace perfwatch
