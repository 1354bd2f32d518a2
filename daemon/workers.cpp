// SPDX-License-Identifier: Apache-2.0
#include "daemon/workers.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace perfwatch {

// Shared with the threads, which may outlive the Workers object.
struct Workers::State : std::enable_shared_from_this<Workers::State> {
  struct Job {
    Ticket ticket;
    std::function<void()> work;
    std::function<void()> done;
  };

  std::mutex mutex;
  std::condition_variable wake;     // a job came, or the end
  std::condition_variable retired;  // a thread ended
  std::optional<boost::asio::any_io_executor>
      loop;  // empty once the loop must not be touched any more
  std::deque<Job> queue;
  std::map<Ticket, bool> running;  // true: given up
  std::size_t wanted = 0;
  std::size_t threads = 0;  // that we count on
  Ticket next = 1;
  bool ending = false;

  void spawn();  // with the mutex held
  void serve();
  bool finish(Job& job);
};

// A host that has no thread left for us gets another chance with the next job.
void Workers::State::spawn() {
  while (threads < wanted) {
    try {
      std::thread([state = shared_from_this()] { state->serve(); }).detach();
    } catch (const std::system_error&) {
      return;
    }
    ++threads;
  }
}

void Workers::State::serve() {
  ::pthread_setname_np(::pthread_self(), "worker");
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [this] { return ending || !queue.empty(); });
      if (ending) break;
      job = std::move(queue.front());
      queue.pop_front();
      running.emplace(job.ticket, false);
    }
    job.work();
    job.work = nullptr;  // what the job owns ends here, not on the loop
    if (!finish(job)) return;
  }
  const std::lock_guard lock(mutex);
  --threads;
  retired.notify_all();
}

// Hands the result over. False when this thread was given up and has been replaced.
bool Workers::State::finish(Job& job) {
  const std::lock_guard lock(mutex);
  if (loop) boost::asio::post(*loop, std::move(job.done));
  const auto entry = running.find(job.ticket);
  const bool given_up = entry->second;
  running.erase(entry);
  return !given_up;
}

Workers::Workers(boost::asio::any_io_executor loop, std::size_t threads)
    : state_(std::make_shared<State>()) {
  const std::lock_guard lock(state_->mutex);
  state_->loop = std::move(loop);
  state_->wanted = threads;
  state_->spawn();
}

Workers::~Workers() {
  [[maybe_unused]] const bool all = close();  // who cares has asked before
}

bool Workers::close() {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->queue.clear();
  state_->wake.notify_all();
  state_->retired.wait_for(lock, kPatience, [this] { return state_->threads == 0; });
  state_->loop.reset();
  return state_->threads == 0 && state_->running.empty();
}

Workers::Ticket Workers::start(std::function<void()> work, std::function<void()> done) {
  const std::lock_guard lock(state_->mutex);
  const Ticket ticket = state_->next++;
  state_->queue.push_back({ticket, std::move(work), std::move(done)});
  state_->spawn();
  state_->wake.notify_one();
  return ticket;
}

Workers::GivenUp Workers::give_up(Ticket ticket) {
  const std::lock_guard lock(state_->mutex);
  const auto entry = state_->running.find(ticket);
  if (entry == state_->running.end()) {
    const auto withdrawn =
        std::erase_if(state_->queue, [&](const State::Job& job) { return job.ticket == ticket; });
    return withdrawn > 0 ? GivenUp::withdrawn : GivenUp::finished;
  }
  if (!std::exchange(entry->second, true)) {
    --state_->threads;
    state_->spawn();
  }
  return GivenUp::hangs;
}

std::size_t Workers::hanging() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::size_t>(std::count_if(state_->running.begin(), state_->running.end(),
                                                [](const auto& job) { return job.second; }));
}

}  // namespace perfwatch
