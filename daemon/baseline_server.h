// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "daemon/config.h"
#include "daemon/resolver.h"
#include "daemon/shared_baseline.h"

namespace perfwatch {

// The Prometheus-compatible server of `baseline.source`, which is asked for what other hosts have
// measured where a run has too short a history here. One question at a time, in the background,
// with a pause between; of a key once an hour at most. Where there is no answer of use the other
// keys go first, and all wait, ever longer. Lives on the loop.
class BaselineServer {
 public:
  static constexpr std::size_t kKeys = 100;  // wait; for a further one its next run asks
  static constexpr std::size_t kRemembered = 1000;
  static constexpr std::size_t kAnswerBytes = std::size_t{2} << 20U;
  static constexpr unsigned kTries = 6;  // of one key
  static constexpr std::chrono::seconds kPatience{30};
  static constexpr std::chrono::seconds kServersPatience{25};  // so that it can say so
  static constexpr std::chrono::hours kAskAgain{1};
  struct Pace {
    std::chrono::nanoseconds between = std::chrono::seconds(10);
    std::chrono::nanoseconds after_failure = std::chrono::minutes(1);  // doubles, up to kAskAgain
  };

  // Hears an answer, and which run wanted it; the next question waits for took().
  using Told = std::function<void(SharedAnswer answer, const std::string& run)>;

  BaselineServer(boost::asio::io_context& loop, Resolver& resolver, Config::SharedBaseline settings,
                 Pace pace);
  ~BaselineServer();
  BaselineServer(const BaselineServer&) = delete;
  BaselineServer& operator=(const BaselineServer&) = delete;

  void set(Config::SharedBaseline settings);
  // There is a server to ask.
  [[nodiscard]] bool is_there() const;
  void when_told(Told told);

  // A run of this key has too short a history.
  void want(const BaselineKey& key, const std::string& run);
  // What became of the answer that was told; gone: the server knows nothing of the key.
  void took(const Result<SharedImport>& done);
  [[nodiscard]] SharedCounts counts() const;
  // Why the last question had no answer of use; empty when it had one, or none was asked.
  [[nodiscard]] const std::string& trouble() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace perfwatch
