// SPDX-License-Identifier: Apache-2.0
#include "daemon/guarded_stat.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace perfwatch {
namespace {

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
  bool ended = false;

  Result<FilesystemUsage> ask(const std::string& path);
  void serve(const std::shared_ptr<Asker>& self);
};

Result<FilesystemUsage> Guard::ask(const std::string& path) {
  std::unique_lock lock(mutex);
  if (hanging.contains(path)) return fail(ErrorKind::io, "still no answer, its server seems dead");
  if (!asker) {
    asker = std::make_shared<Asker>();
    std::thread([guard = shared_from_this(), mine = asker] { guard->serve(mine); }).detach();
  }
  const auto mine = asker;
  mine->question = path;
  mine->answer.reset();
  changed.notify_all();
  if (changed.wait_for(lock, deadline, [&] { return mine->answer.has_value(); })) {
    return std::move(*mine->answer);
  }
  mine->left_behind = true;
  hanging.insert(path);
  asker.reset();  // the next question gets a new thread
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(deadline);
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
