// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "daemon/asio.h"

namespace perfwatch::test {

// Answers each connection with the next of the answers, then with the last; on the loop.
class AnsweringServer {
 public:
  explicit AnsweringServer(asio::io_context& loop)
      : acceptor_(loop, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(loop, serve(), asio::detached);
  }
  [[nodiscard]] std::string url() const {
    return "http://u:secret@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  std::vector<std::string> answers{"200 OK"};  // status lines
  std::string body = "{}";
  std::vector<std::string> requests;
  std::chrono::milliseconds waits{0};  // before it answers

 private:
  asio::awaitable<void> serve() {
    while (true) {
      auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
      if (error) co_return;
      std::string request;
      co_await asio::async_read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", kNoThrow);
      requests.push_back(request);
      asio::steady_timer timer(co_await asio::this_coro::executor, waits);
      co_await timer.async_wait(kNoThrow);
      const std::string status = answers.front();
      if (answers.size() > 1) answers.erase(answers.begin());
      const std::string text = "HTTP/1.1 " + status +
                               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                               body;
      co_await asio::async_write(socket, asio::buffer(text), kNoThrow);
    }
  }
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace perfwatch::test
