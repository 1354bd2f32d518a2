// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace perfwatch {

// The threads on which everything runs that can block: collectors, statvfs, name resolution. A job
// that hangs is given up: its thread is left where it hangs, a new one takes its place, and what
// the job brings when it comes back after all is still handed over.
class Workers {
 public:
  using Ticket = std::uint64_t;

  // `loop` is where results are handed back. At most `threads` jobs run at once, given-up ones not
  // counted.
  Workers(boost::asio::any_io_executor loop, std::size_t threads);
  // Waits for running jobs for at most `kPatience`, then leaves them behind.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  static constexpr std::chrono::milliseconds kPatience{250};

  // Runs `work` on a worker, then `done` on the loop. Both must own what they touch: the caller may
  // be gone by then (`done` is dropped once this object is destroyed).
  Ticket start(std::function<void()> work, std::function<void()> done);
  enum class GivenUp : std::uint8_t {
    hangs,      // its thread is left with it and replaced
    withdrawn,  // it had not started and never will; `done` is not called
    finished,   // it is back already: `done` is on its way
  };
  // The job takes too long: stop counting on it.
  GivenUp give_up(Ticket ticket);
  // Waits for the threads as the destructor does. False when one is left behind: it may still touch
  // what its job owns, so the process should then end without destroying that.
  [[nodiscard]] bool close();
  // Jobs that were given up and have not come back.
  [[nodiscard]] std::size_t hanging() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace perfwatch
