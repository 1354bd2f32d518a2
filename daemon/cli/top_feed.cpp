// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_feed.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

namespace perfwatch {

std::string processes_target(const std::string& group, std::size_t limit) {
  return "/api/v1/processes?group=" + percent_encode(group) +
         "&limit=" + std::to_string(std::min(limit, kMostProcesses));
}

TopData ask_top(Client& client, const std::string& group) {
  TopData data;
  data.group = group;
  const auto failed = [&](const Error& error) {
    data.error = error.text;
    return std::move(data);
  };
  const auto status_body = ask(client, "/api/v1/status");
  if (!status_body) return failed(status_body.error());
  auto status = read_status(*status_body);
  if (!status) return failed(status.error());
  data.status = std::move(*status);
  if (group.empty()) {
    const auto body = ask(client, "/api/v1/groups");
    if (!body) return failed(body.error());
    auto groups = read_groups(*body);
    if (!groups) return failed(groups.error());
    data.groups = std::move(*groups);
    return data;
  }
  const auto body = ask(client, processes_target(group));
  if (!body) return failed(body.error());
  auto processes = read_processes(*body);
  if (!processes) return failed(processes.error());
  data.processes = std::move(*processes);
  return data;
}

TopFeed::TopFeed(Address address, std::chrono::milliseconds interval, std::string group)
    : client_(std::move(address)),
      interval_(interval),
      ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      group_(std::move(group)),
      thread_([this] { loop(); }) {}

TopFeed::~TopFeed() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  client_.cancel();
  changed_.notify_all();
  thread_.join();
}

std::optional<TopData> TopFeed::take() {
  eventfd_t ignored = 0;
  static_cast<void>(::eventfd_read(ready_.get(), &ignored));
  const std::lock_guard lock(mutex_);
  return std::exchange(latest_, std::nullopt);
}

void TopFeed::want(const std::string& group, bool paused) {
  const std::lock_guard lock(mutex_);
  asked_ = asked_ || group != group_ || (paused_ && !paused);
  group_ = group;
  paused_ = paused;
  changed_.notify_all();
}

void TopFeed::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    asked_ = false;
    const std::string group = group_;
    lock.unlock();
    TopData data = ask_top(client_, group);
    const auto next = std::chrono::steady_clock::now() + interval_;
    lock.lock();
    latest_ = std::move(data);
    static_cast<void>(::eventfd_write(ready_.get(), 1));
    changed_.wait_until(lock, next, [this] { return stopping_ || asked_; });
    changed_.wait(lock, [this] { return stopping_ || asked_ || !paused_; });
  }
}

}  // namespace perfwatch
