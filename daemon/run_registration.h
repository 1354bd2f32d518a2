// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/account/run_inbox.h"
#include "core/base/user_rate.h"
#include "core/model/run.h"
#include "daemon/http_message.h"
#include "daemon/run_journal.h"
#include "daemon/workers.h"

namespace perfwatch {

// Takes what local users tell of runs, over the unix socket: what `perfwatch run` has measured, and
// the begin and end of what the daemon is to measure. Lives on the loop; a run is parsed on a
// worker.
class RunRegistration {
 public:
  static constexpr double kRunsAnHour =
      600;  // of one user; root and the daemon's own have no limit
  // Who registers a run waits for it to be on the disk, for so long: `perfwatch run` gives up after
  // a second.
  static constexpr std::chrono::milliseconds kPatience{800};
  static constexpr std::chrono::hours kLongestPast{31 * 24};

  // Called after an order was put into the inbox: the process that it names may live for a moment
  // only, and whoever empties the inbox should do so at once.
  using Hurry = std::function<void()>;

  // `host`: what is known of this host; a run of the socket's peer ran on no other.
  RunRegistration(boost::asio::io_context& loop, Workers& workers, RunJournal& journal,
                  std::shared_ptr<RunInbox> inbox, Hurry hurry, HostClass host,
                  std::chrono::milliseconds patience = kPatience);
  ~RunRegistration();
  RunRegistration(const RunRegistration&) = delete;
  RunRegistration& operator=(const RunRegistration&) = delete;

  [[nodiscard]] HttpResponse finished(const HttpRequest& request);
  [[nodiscard]] HttpResponse begin(const HttpRequest& request);
  [[nodiscard]] HttpResponse end(const HttpRequest& request);

 private:
  static constexpr std::size_t kOpen = 256;
  static constexpr std::chrono::seconds kLastEvents{1};  // of what ended with a run, are there then
  static constexpr std::chrono::minutes kSeenBy{1};  // a run that has begun is in a frame by then
  struct Parsing;
  struct Waiting;
  struct Opened {
    std::string id;
    std::uint32_t uid;
    std::chrono::steady_clock::time_point at;
  };

  [[nodiscard]] std::optional<HttpResponse> refusal(const HttpRequest& request, bool counts);
  void parse(std::shared_ptr<Parsing> parsing);
  void parsed(Parsing& parsing);
  void keep(Run run, const Parsing& from);
  void wait(const std::shared_ptr<Waiting>& waiting);
  void hurry_twice();
  void remember_opened(std::string id, std::uint32_t uid);

  boost::asio::io_context& loop_;
  Workers& workers_;
  RunJournal& journal_;
  std::shared_ptr<RunInbox> inbox_;
  Hurry hurry_;
  boost::asio::steady_timer once_more_;
  HostClass host_;
  std::chrono::milliseconds patience_;
  UserRate rate_{kRunsAnHour};
  std::deque<Opened> opened_;               // by begin(), oldest first
  std::shared_ptr<RunRegistration*> self_;  // results that come after our end find nullptr in it
};

}  // namespace perfwatch
