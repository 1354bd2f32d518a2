// SPDX-License-Identifier: Apache-2.0
#include "daemon/guarded_stat.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace perfwatch {
namespace {

// Each that hangs costs a thread: so many before only known good ones are asked, and none.
constexpr std::size_t kFewHanging = 16;
constexpr std::size_t kMostHanging = 48;
constexpr std::chrono::milliseconds kLeastPatience{20};

// Shared with the asking threads, which may hang for ever.
struct Guard : std::enable_shared_from_this<Guard> {
  Guard(StatFilesystem s, std::chrono::nanoseconds d) : stat(std::move(s)), deadline(d) {}

  // One thread and the question that it works on.
  struct Asker {
    std::optional<std::string> question;
    std::optional<Result<FilesystemUsage>> answer;
    bool left_behind = false;
  };

  StatFilesystem stat;
  std::chrono::nanoseconds deadline;
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<Asker> asker;
  std::set<std::string> hanging;
  std::set<std::string> answered;  // the last time they were asked
  bool ended = false;

  Result<FilesystemUsage> ask(const std::string& path);
  bool start_asker();
  void serve(const std::shared_ptr<Asker>& self);
};

bool Guard::start_asker() {
  if (asker) return true;
  auto fresh = std::make_shared<Asker>();
  try {
    std::thread([guard = shared_from_this(), fresh] { guard->serve(fresh); }).detach();
  } catch (const std::system_error&) {
    return false;
  }
  asker = std::move(fresh);
  return true;
}

Result<FilesystemUsage> Guard::ask(const std::string& path) {
  std::unique_lock lock(mutex);
  if (hanging.contains(path)) return fail(ErrorKind::io, "still no answer, its server seems dead");
  const std::size_t most = answered.contains(path) ? kMostHanging : kFewHanging;
  if (hanging.size() >= most)
    return fail(ErrorKind::io, "not asked, too many mounts do not answer");
  if (!start_asker()) return fail(ErrorKind::io, "not asked, the host has no thread for it");
  const auto mine = asker;
  mine->question = path;
  mine->answer.reset();
  changed.notify_all();
  const auto patience = std::max<std::chrono::nanoseconds>(
      kLeastPatience, deadline / (1 + static_cast<std::int64_t>(hanging.size())));
  if (changed.wait_for(lock, patience, [&] { return mine->answer.has_value(); })) {
    if (mine->answer->has_value()) answered.insert(path);
    return std::move(*mine->answer);
  }
  mine->left_behind = true;
  hanging.insert(path);
  answered.erase(path);
  asker.reset();  // the next question gets a new thread
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
  return fail(ErrorKind::io, "no answer within " + std::to_string(ms.count()) + " ms");
}

void Guard::serve(const std::shared_ptr<Asker>& self) {
  ::pthread_setname_np(::pthread_self(), "statvfs");
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return ended || self->question; });
    if (ended) return;
    const std::string path = *std::exchange(self->question, std::nullopt);
    lock.unlock();
    auto answer = stat(path);
    lock.lock();
    if (self->left_behind) {
      hanging.erase(path);
      return;
    }
    self->answer = std::move(answer);
    changed.notify_all();
  }
}

// Lets the idle thread go when the last copy of the function is gone.
struct Handle {
  explicit Handle(std::shared_ptr<Guard> g) : guard(std::move(g)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    const std::lock_guard lock(guard->mutex);
    guard->ended = true;
    guard->changed.notify_all();
  }
  std::shared_ptr<Guard> guard;
};

}  // namespace

StatFilesystem guard(StatFilesystem stat, std::chrono::nanoseconds deadline) {
  auto handle = std::make_shared<Handle>(std::make_shared<Guard>(std::move(stat), deadline));
  return [handle](const std::string& path) { return handle->guard->ask(path); };
}

}  // namespace perfwatch
