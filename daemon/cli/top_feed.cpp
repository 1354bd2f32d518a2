// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_feed.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "core/base/percent.h"

namespace perfwatch {

std::string processes_target(const std::string& group, std::size_t limit) {
  return "/api/v1/processes?group=" + percent_encode(group) +
         "&limit=" + std::to_string(std::min(limit, kMostProcesses));
}

std::string exits_target(unsigned minutes, SortBy sort, std::size_t limit) {
  const bool known = sort != SortBy::name && sort != SortBy::io;
  return "/api/v1/exits?minutes=" + std::to_string(minutes) +
         "&sort=" + std::string(known ? to_string(sort, true) : "cpu") +
         "&limit=" + std::to_string(std::min(limit, kMostProcesses));
}

TopData ask_top(Client& client, const TopQuestion& question) {
  TopData data;
  data.question = question;
  // False, and why in data.error, when the answer is not there or not what it should be.
  const auto take = [&](const std::string& target, auto read, auto& out) {
    const auto body = ask(client, target);
    if (!body) {
      data.error = body.error().text;
      return false;
    }
    auto answer = read(*body);
    if (!answer) {
      data.error = answer.error().text;
      return false;
    }
    out = std::move(*answer);
    return true;
  };
  if (!take("/api/v1/status", read_status, data.status)) return data;
  if (question.dead) {
    take(exits_target(question.minutes, SortBy::cpu), read_exits, data.exits);
  } else if (question.group.empty()) {
    take("/api/v1/groups", read_groups, data.groups);
  } else {
    take(processes_target(question.group), read_processes, data.processes);
  }
  return data;
}

TopFeed::TopFeed(Address address, std::chrono::milliseconds interval, TopQuestion question)
    : client_(std::move(address)),
      interval_(interval),
      ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      question_(std::move(question)),
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

void TopFeed::want(const TopQuestion& question, bool paused) {
  const std::lock_guard lock(mutex_);
  asked_ = asked_ || question != question_ || (paused_ && !paused);
  question_ = question;
  paused_ = paused;
  changed_.notify_all();
}

void TopFeed::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    asked_ = false;
    const TopQuestion question = question_;
    lock.unlock();
    TopData data = ask_top(client_, question);
    const auto next = std::chrono::steady_clock::now() + interval_;
    lock.lock();
    latest_ = std::move(data);
    static_cast<void>(::eventfd_write(ready_.get(), 1));
    changed_.wait_until(lock, next, [this] { return stopping_ || asked_; });
    changed_.wait(lock, [this] { return stopping_ || asked_ || !paused_; });
  }
}

}  // namespace perfwatch
