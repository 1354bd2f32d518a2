// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "daemon/cli/answers.h"
#include "daemon/cli/top_feed.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

// Answers one connection with fixed bytes. Without bytes it says nothing until the client leaves.
template <class Protocol>
class OneAnswer {
 public:
  OneAnswer(const typename Protocol::endpoint& endpoint, std::string answer)
      : acceptor_(context_, endpoint), answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~OneAnswer() { thread_.join(); }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  [[nodiscard]] typename Protocol::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  void wait_for_request() const { requested_.wait(); }
  // Waits for it too.
  [[nodiscard]] const std::string& request() const {
    requested_.wait();
    return request_;
  }

 private:
  void serve() {
    boost::system::error_code ignored;
    typename Protocol::socket socket(context_);
    acceptor_.accept(socket, ignored);
    asio::read_until(socket, asio::dynamic_buffer(request_), "\r\n\r\n", ignored);
    request_read_.set_value();
    if (answer_.empty()) {
      char byte = 0;
      asio::read(socket, asio::buffer(&byte, 1), ignored);
    } else {
      asio::write(socket, asio::buffer(answer_), ignored);
    }
  }

  asio::io_context context_;
  typename Protocol::acceptor acceptor_;
  std::string answer_;
  std::string request_;
  std::promise<void> request_read_;
  std::shared_future<void> requested_ = request_read_.get_future().share();
  std::thread thread_;
};

struct TcpAnswer : OneAnswer<tcp> {
  explicit TcpAnswer(std::string answer)
      : OneAnswer<tcp>(tcp::endpoint(asio::ip::address_v4::loopback(), 0), std::move(answer)) {}
  [[nodiscard]] Address address() const {
    return parse_address("127.0.0.1:" + std::to_string(endpoint().port())).value();
  }
};

// A port on which nobody listens: it was free a moment ago.
Address nobody() {
  asio::io_context context;
  const tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return parse_address("127.0.0.1:" + std::to_string(acceptor.local_endpoint().port())).value();
}

TEST(Client, GetsAnAnswerOverTcp) {
  TcpAnswer server("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nhi");
  Client client(server.address());
  const auto response = client.get("/api/v1/status");
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->status, 404U);
  EXPECT_EQ(response->body, "hi");
  EXPECT_THAT(server.request(), StartsWith("GET /api/v1/status HTTP/1.1\r\n"));
}

TEST(Client, GetsAnAnswerOverAUnixSocket) {
  const test::TempTree tree;
  using unix_socket = asio::local::stream_protocol;
  OneAnswer<unix_socket> server(unix_socket::endpoint(tree.path() + "/s"),
                                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  Client client(parse_address("unix:" + tree.path() + "/s").value());
  const auto response = client.get("/");
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "ok");
  EXPECT_THAT(server.request(), HasSubstr("Host: localhost\r\n"));
}

TEST(Client, SaysThatNobodyListensAndWhatToTry) {
  Client client(nobody());
  const auto response = client.get("/");
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().text, StartsWith("no daemon at http://127.0.0.1:"));
  EXPECT_THAT(response.error().text,
              HasSubstr(": Connection refused; is it running? try: systemctl status perfwatchd"));
}

TEST(Client, NamesHostAndPortToTheDaemon) {
  TcpAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(Client(server.address()).get("/"));
  EXPECT_THAT(server.request(), HasSubstr("Host: " + server.address().host_and_port() + "\r\n"));
}

TEST(Client, SaysThatThereIsNoSocket) {
  const test::TempTree tree;
  const Address address = parse_address("unix:" + tree.path() + "/gone").value();
  EXPECT_FALSE(connects(address));
  EXPECT_THAT(Client(address).get("/").error().text, HasSubstr("No such file or directory"));
}

TEST(Client, GivesUpOnADaemonThatDoesNotAnswer) {
  TcpAnswer server("");
  Client client(server.address(), {std::chrono::milliseconds(50), 1024});
  EXPECT_THAT(client.get("/").error().text, HasSubstr("no answer in time"));
}

TEST(Client, RefusesAnAnswerThatIsTooLarge) {
  TcpAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + std::string(99999, 'x'));
  Client client(server.address(), {std::chrono::seconds(5), 1024});
  EXPECT_THAT(client.get("/").error().text, HasSubstr("the answer is too large"));
}

TEST(Client, RefusesWhatIsNotHttp) {
  TcpAnswer server("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  EXPECT_THAT(Client(server.address()).get("/").error().text, HasSubstr("does not speak HTTP"));
}

TEST(Client, SaysWhenTheAnswerIsCutShort) {
  TcpAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_THAT(Client(server.address()).get("/").error().text,
              HasSubstr("closed the connection in the midst of an answer"));
}

TEST(Client, CanBeCancelledFromAnotherThread) {
  TcpAnswer server("");
  {
    Client client(server.address(), {std::chrono::minutes(10), 1024});
    std::thread canceller([&] {
      server.wait_for_request();
      client.cancel();
    });
    const auto response = client.get("/");
    canceller.join();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().text, "cancelled");
    EXPECT_EQ(client.get("/").error().text, "cancelled") << "later ones too";
  }
}

TEST(Ask, GivesTheTextOfTheErrorWithTheStatus) {
  const std::string body = R"({"status":"error","error":"no group \"gcc\""})";
  TcpAnswer server("HTTP/1.1 404 Not Found\r\nContent-Length: " + std::to_string(body.size()) +
                   "\r\n\r\n" + body);
  Client client(server.address());
  EXPECT_THAT(ask(client, "/").error().text, testing::EndsWith(": no group \"gcc\" (HTTP 404)"));
}

TEST(Ask, SaysThatAPasswordIsWantedOrWrong) {
  const std::string answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
  {
    TcpAnswer server(answer);
    Client client(server.address());
    EXPECT_THAT(ask(client, "/").error().text, HasSubstr(": wants a user and a password: "));
  }
  TcpAnswer server(answer);
  Address address = server.address();
  address.user_info = "ci:secret";
  Client client(address);
  const std::string text = ask(client, "/").error().text;
  EXPECT_THAT(text, testing::EndsWith(": user or password is wrong (HTTP 401)"));
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Basic Y2k6c2VjcmV0\r\n"));
}

TEST(TopFeed, EndsAtOnceWhileTheDaemonHangs) {
  TcpAnswer server("");
  const auto begin = std::chrono::steady_clock::now();
  {
    const TopFeed feed(server.address(), std::chrono::hours(1), {});
    server.wait_for_request();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4))
      << "the client would wait 5 s for an answer";
}

TEST(ProcessesTarget, AsksForNoMoreThanTheDaemonGives) {
  EXPECT_EQ(processes_target("a b", 5), "/api/v1/processes?group=a%20b&limit=5");
  EXPECT_EQ(processes_target("x", 5000), "/api/v1/processes?group=x&limit=1000");
}

}  // namespace
}  // namespace perfwatch
