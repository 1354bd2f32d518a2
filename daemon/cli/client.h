// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "daemon/cli/address.h"

namespace perfwatch {

struct Response {
  unsigned status = 0;
  std::string body;
};

// Asks one daemon, synchronously: one connection per request, which also works when the daemon was
// restarted in between.
class Client {
 public:
  struct Settings {
    std::chrono::milliseconds timeout = std::chrono::seconds(5);  // for all of one request
    std::size_t body_limit = std::size_t{16} << 20;
    bool daemon = true;  // it is perfwatchd that is asked: errors say how to start it
  };
  explicit Client(Address address) : Client(std::move(address), Settings{}) {}
  Client(Address address, Settings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // GET. `target` starts with a slash. Errors are sentences for a person: "no daemon at
  // unix:/run/perfwatch/perfwatch.sock: Connection refused". Any HTTP status is an answer.
  [[nodiscard]] Result<Response> get(std::string_view target);
  // The same with JSON: a POST.
  [[nodiscard]] Result<Response> post(std::string_view target, std::string json);
  // Makes a request under way in another thread, and all later ones, fail at once.
  void cancel();
  [[nodiscard]] const Address& address() const;

 private:
  struct Impl;
  [[nodiscard]] Result<Response> ask(std::string_view target, std::optional<std::string> json);
  std::unique_ptr<Impl> impl_;
};

// Whether somebody listens there; nothing is sent.
[[nodiscard]] bool connects(const Address& address);

}  // namespace perfwatch
