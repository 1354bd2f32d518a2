// SPDX-License-Identifier: Apache-2.0
#include "daemon/alert_sender.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "daemon/asio.h"
#include "daemon/listen.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using tcp = asio::ip::tcp;
using json = nlohmann::json;

// An Alertmanager of a few lines, on the same loop: takes POSTs and answers as it is told.
class FakeTarget {
 public:
  explicit FakeTarget(asio::io_context& loop)
      : acceptor_(std::move(*listen_on_tcp(loop, "127.0.0.1:0"))) {
    asio::co_spawn(loop, serve(), kMustNotThrow);
  }
  [[nodiscard]] std::string host_and_port() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

  std::deque<unsigned> answers;  // the status of the next requests; then 200
  std::vector<std::string> targets;
  std::vector<json> bodies;
  std::vector<std::string> authorizations;

 private:
  asio::awaitable<void> serve() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
      if (error) co_return;
      beast::flat_buffer buffer;
      http::request<http::string_body> request;
      const auto [failed, size] = co_await http::async_read(socket, buffer, request, kNoThrow);
      if (failed) continue;
      targets.emplace_back(request.target());
      authorizations.emplace_back(request[http::field::authorization]);
      bodies.push_back(json::parse(request.body(), nullptr, false));
      unsigned status = 200;
      if (!answers.empty()) {
        status = answers.front();
        answers.pop_front();
      }
      http::response<http::string_body> response(http::int_to_status(status), 11);
      response.prepare_payload();
      co_await http::async_write(socket, response, kNoThrow);
    }
  }

  tcp::acceptor acceptor_;
};

class AlertSenderTest : public ::testing::Test {
 protected:
  template <class Condition>
  bool turn_until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      loop.restart();
      loop.run_one_for(20ms);
    }
    return done();
  }
  std::unique_ptr<AlertSender> make(AlertSender::Kind kind, const std::string& url,
                                    std::chrono::nanoseconds repeat = 1h) {
    return std::make_unique<AlertSender>(loop, resolver, kind, AlertTarget{url, "test", 5s},
                                         AlertQueue::Settings{repeat, 100}, "http://host/");
  }
  static Alert alert(std::uint64_t fingerprint, AlertState state, double value = 1) {
    Alert a;
    a.rule = "Rule";
    a.labels = {{"alertname", "Rule"}, {"n", std::to_string(fingerprint)}};
    a.annotations = {{"value", std::to_string(value)}};
    a.fingerprint = fingerprint;
    a.state = state;
    a.fired_at = std::chrono::system_clock::now();
    if (state == AlertState::resolved) a.resolved_at = *a.fired_at;
    return a;
  }

  asio::io_context loop;
  Resolver resolver{loop};
  FakeTarget target{loop};
};

TEST_F(AlertSenderTest, PostsToTheAlertmanagersInterfaceBelowItsPrefix) {
  const auto sender = make(AlertSender::Kind::alertmanager,
                           "http://me:s%40fe@" + target.host_and_port() + "/prefix/");
  sender->change(alert(1, AlertState::firing));
  ASSERT_TRUE(turn_until([&] { return sender->counts().sent == 1; }));
  EXPECT_EQ(target.targets.at(0), "/prefix/api/v2/alerts");
  EXPECT_EQ(target.authorizations.at(0), "Basic bWU6c0BmZQ==");
  EXPECT_EQ(target.bodies.at(0).at(0).at("labels").at("alertname"), "Rule");
  EXPECT_EQ(sender->queue_length(), 0U);
}

TEST_F(AlertSenderTest, TriesAgainUntilTheTargetTakesIt) {
  target.answers = {500, 429};
  const auto sender = make(AlertSender::Kind::alertmanager, "http://" + target.host_and_port());
  sender->change(alert(1, AlertState::firing));
  ASSERT_TRUE(turn_until([&] { return sender->counts().sent == 1; }));
  EXPECT_EQ(sender->counts().failed, 2U);
  EXPECT_EQ(target.bodies.size(), 3U);
}

TEST_F(AlertSenderTest, OneAlertThatIsRefusedDoesNotHoldUpTheOthers) {
  target.answers = {400, 200, 400};
  const auto sender = make(AlertSender::Kind::alertmanager, "http://" + target.host_and_port());
  for (std::uint64_t i = 1; i <= 3; ++i) sender->change(alert(i, AlertState::firing));
  ASSERT_TRUE(turn_until([&] { return sender->counts().sent == 2; }));
  EXPECT_EQ(sender->queue_length(), 1U) << "the refused one is kept";
  EXPECT_EQ(sender->counts().dropped, 0U);
}

TEST_F(AlertSenderTest, RepeatsAFiringAlertWithTheValueOfToday) {
  const auto sender =
      make(AlertSender::Kind::alertmanager, "http://" + target.host_and_port(), 30ms);
  sender->change(alert(1, AlertState::firing, 1));
  ASSERT_TRUE(turn_until([&] { return !target.bodies.empty(); }));
  sender->refresh(alert(1, AlertState::firing, 2));
  ASSERT_TRUE(turn_until([&] {
    return target.bodies.back().at(0).at("annotations").at("value") == std::to_string(2.0);
  }));
}

TEST_F(AlertSenderTest, AWebhookHearsEachChangeOnce) {
  const auto sender =
      make(AlertSender::Kind::webhook, "http://" + target.host_and_port() + "/hook", 0ns);
  sender->change(alert(1, AlertState::firing));
  ASSERT_TRUE(turn_until([&] { return sender->counts().sent == 1; }));
  sender->change(alert(1, AlertState::resolved));
  ASSERT_TRUE(turn_until([&] { return sender->counts().sent == 2; }));
  ASSERT_EQ(target.bodies.size(), 2U);
  EXPECT_EQ(target.targets.at(0), "/hook");
  EXPECT_EQ(target.bodies.at(0).at("status"), "firing");
  EXPECT_EQ(target.bodies.at(1).at("status"), "resolved");
}

TEST_F(AlertSenderTest, SaysWhoCannotBeReachedWithoutTheUrl) {
  const auto sender = make(AlertSender::Kind::alertmanager, "http://me:secret@127.0.0.1:1");
  sender->change(alert(1, AlertState::firing));
  ASSERT_TRUE(turn_until([&] { return sender->counts().failed == 1; }));
  EXPECT_EQ(sender->queue_length(), 1U);
}

// A name server that is silent once took both threads of the collectors.
TEST_F(AlertSenderTest, ALookupThatHangsIsLeftBehind) {
  bool back = false;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        const auto answer =
            co_await resolver.resolve("name.invalid", "80", std::chrono::steady_clock::now() - 1s);
        EXPECT_FALSE(answer);
        back = true;
      },
      kMustNotThrow);
  EXPECT_TRUE(turn_until([&] { return back; }));
}

}  // namespace
}  // namespace perfwatch
