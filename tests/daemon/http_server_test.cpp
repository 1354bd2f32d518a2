// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "daemon/asio.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using test::TempTree;
using tcp = asio::ip::tcp;

// A blocking client that gives up after 10 s.
template <class Protocol>
class Client {
 public:
  explicit Client(const typename Protocol::endpoint& server) : socket_(io_) {
    socket_.connect(server);
    timeval patience{10, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void send(std::string_view text) {
    boost::system::error_code ignored;  // a server that refuses may close before all is sent
    asio::write(socket_, asio::buffer(text), ignored);
  }
  // Until `end` has been seen or the server closes.
  std::string read_until(std::string_view end) {
    std::string all;
    char chunk[4096];
    while (all.find(end) == std::string::npos) {
      boost::system::error_code error;
      const std::size_t got = socket_.read_some(asio::buffer(chunk), error);
      if (error) break;
      all.append(chunk, got);
    }
    return all;
  }
  std::string read_all() { return read_until("\xFF no such text"); }
  // Nothing came and the server closed.
  bool closed() {
    char byte = 0;
    boost::system::error_code error;
    socket_.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

 private:
  asio::io_context io_;
  typename Protocol::socket socket_;
};

using TcpClient = Client<tcp>;
using UnixClient = Client<asio::local::stream_protocol>;

class HttpServerTest : public ::testing::Test {
 protected:
  ~HttpServerTest() override { stop(); }

  void start(HttpLimits limits = {}) {
    HttpEvents events;
    events.rejected = [this](std::string_view reason) {
      const std::lock_guard lock(mutex_);
      rejected_.emplace_back(reason);
    };
    server_ = std::make_unique<HttpServer>(
        loop_, limits, [this](const HttpRequest& request) { return answer(request); },
        std::move(events));
    const auto bound = server_->listen_tcp("127.0.0.1:0");
    ASSERT_TRUE(bound) << bound.error().text;
    endpoint_ = {asio::ip::address_v4::loopback(),
                 static_cast<std::uint16_t>(std::stoi(bound->substr(bound->rfind(':') + 1)))};
  }
  void run() {
    thread_ = std::thread([this] { loop_.run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    asio::post(loop_, [this] { server_->stop(100ms, [this] { loop_.stop(); }); });
    thread_.join();
  }
  HttpResponse answer(const HttpRequest& request) {
    if (request.target == "/big") return HttpResponse::text(200, std::string(8U << 20U, 'x'));
    if (request.target == "/later") {
      HttpResponse response;
      response.later = [this](HttpAnswer answer) {
        asio::post(loop_, [answer] { answer(HttpResponse::text(202, "later;")); });
      };
      return response;
    }
    if (request.method == "POST") {
      return HttpResponse::text(200, std::to_string(request.body.size()) + " of " +
                                         std::string(request.content_type) +
                                         (request.uid == ::geteuid() ? " from us;" : ";"));
    }
    return HttpResponse::text(200, std::string(request.method) + " " + std::string(request.target) +
                                       (request.trusted ? " trusted" : "") + ";");
  }
  std::vector<std::string> rejected() {
    const std::lock_guard lock(mutex_);
    return rejected_;
  }

  asio::io_context loop_;
  std::unique_ptr<HttpServer> server_;
  tcp::endpoint endpoint_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> rejected_;
};

TEST_F(HttpServerTest, AnswersSeveralRequestsOnOneConnection) {
  start();
  run();
  TcpClient client(endpoint_);
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.read_until("/a;").find("HTTP/1.1 200 OK"), std::string::npos);
  client.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto both = client.read_until("/c;");
  EXPECT_NE(both.find("GET /b;"), std::string::npos) << "pipelined requests keep their order";
  EXPECT_NE(both.find("GET /c;"), std::string::npos);
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  start();
  run();
  TcpClient client(endpoint_);
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto all = client.read_all();
  EXPECT_NE(all.find("Content-Length: 8\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, ClosesAfterAnHttp10Request) {
  start();
  run();
  TcpClient client(endpoint_);
  client.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("GET /a;"));
}

TEST_F(HttpServerTest, RefusesWhatIsTooLargeOrNoHttp) {
  start();
  run();
  const auto status_of = [&](const std::string& request) {
    TcpClient client(endpoint_);
    client.send(request);
    return client.read_all().substr(9, 3);
  };
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(20000, 'a') + "\r\n\r\n"), "431");
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"), "413");
  EXPECT_EQ(status_of("\x16\x03\x01 this is TLS\r\n\r\n"), "400");
  EXPECT_EQ(status_of("GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "200")
      << "the routes decide about names";
}

TEST_F(HttpServerTest, DropsAClientThatSendsItsHeaderTooSlowly) {
  HttpLimits limits;
  limits.request_timeout = 50ms;
  start(limits);
  run();
  TcpClient client(endpoint_);
  client.send("GET / HTTP/1.1\r\nX-Slow: ");
  EXPECT_TRUE(client.closed());
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (rejected().empty() && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(rejected(), std::vector<std::string>{"timeout"});
}

TEST_F(HttpServerTest, DropsAnIdleClient) {
  HttpLimits limits;
  limits.idle_timeout = 50ms;
  start(limits);
  run();
  TcpClient client(endpoint_);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, WhenFullTheQuietestConnectionMakesRoom) {
  HttpLimits limits;
  limits.max_connections = 3;
  start(limits);
  run();
  TcpClient oldest(endpoint_);
  TcpClient half(endpoint_);
  half.send("GET / HTT");
  TcpClient busy(endpoint_);
  busy.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  busy.read_until("/1;");
  TcpClient fresh(endpoint_);
  fresh.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(fresh.read_until("/2;").find("200 OK"), std::string::npos);
  EXPECT_TRUE(oldest.closed());
  busy.send("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(busy.read_until("/3;").find("200 OK"), std::string::npos) << "the others stay";
}

TEST_F(HttpServerTest, MoreRequestsInFlightThanAllowedGet503) {
  HttpLimits limits;
  limits.max_in_flight = 1;
  start(limits);
  run();
  TcpClient slow(endpoint_);
  slow.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");  // does not read: its answer stays under way
  slow.read_until("\r\n\r\n");
  TcpClient other(endpoint_);
  other.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto all = other.read_all();
  EXPECT_EQ(all.substr(9, 3), "503");
  EXPECT_NE(all.find("Retry-After: 1"), std::string::npos);
}

TEST_F(HttpServerTest, StopsAlthoughClientsHang) {
  start();
  run();
  TcpClient idle(endpoint_);
  TcpClient half(endpoint_);
  half.send("GET / HTT");
  TcpClient slow(endpoint_);
  slow.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.read_until("\r\n\r\n");
  const auto begin = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST_F(HttpServerTest, TheUnixSocketKnowsItsPeer) {
  start();
  TempTree tree;
  const std::string path = tree.path() + "/run/perfwatch.sock";
  ASSERT_TRUE(server_->listen_unix(path));
  run();
  UnixClient client{asio::local::stream_protocol::endpoint(path)};
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("GET /a trusted;"));
  TcpClient other(endpoint_);
  other.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(other.read_all().ends_with("GET /a;"));
}

// A request with a body, and the answer to it.
template <class Protocol>
std::string post(const typename Protocol::endpoint& server, const std::string& target,
                 std::size_t size, std::size_t sent) {
  Client<Protocol> client(server);
  client.send("POST " + target +
              " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: a/b\r\n"
              "Content-Length: " +
              std::to_string(size) + "\r\n\r\n" + std::string(sent, 'x'));
  return client.read_all();
}

TEST_F(HttpServerTest, ReadsLargeBodiesWhereTheyAreTakenAndOverTheUnixSocketOnly) {
  using local = asio::local::stream_protocol;
  start();
  server_->set_body_limit([](std::string_view method, std::string_view target) -> std::size_t {
    return method == "POST" && target == "/large" ? 100'000 : 0;
  });
  TempTree tree;
  const local::endpoint path(tree.path() + "/perfwatch.sock");
  ASSERT_TRUE(server_->listen_unix(path.path()));
  run();
  const auto status = [](const std::string& answer) { return answer.substr(9, 3); };
  EXPECT_TRUE(post<local>(path, "/large", 99'999, 99'999).ends_with("99999 of a/b from us;"));
  EXPECT_TRUE(post<local>(path, "/small", 4000, 4000).ends_with("4000 of a/b from us;"));
  EXPECT_EQ(status(post<local>(path, "/large", 100'001, 0)), "413");
  EXPECT_EQ(status(post<local>(path, "/small", 5000, 0)), "413");
  EXPECT_EQ(status(post<tcp>(endpoint_, "/large", 5000, 0)), "413");
  EXPECT_TRUE(post<tcp>(endpoint_, "/large", 3, 3).ends_with("3 of a/b;"));
}

TEST_F(HttpServerTest, APageMayAnswerLater) {
  start();
  run();
  TcpClient client(endpoint_);
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto both = client.read_until("/b;");
  EXPECT_NE(both.find("202 Accepted"), std::string::npos);
  EXPECT_LT(both.find("later;"), both.find("GET /b;"));
}

TEST_F(HttpServerTest, ALivingSocketIsRefusedAndAStaleOneReplaced) {
  start();
  TempTree tree{{"file", "precious"}};
  const std::string path = tree.path() + "/perfwatch.sock";
  ASSERT_TRUE(server_->listen_unix(path));
  {
    HttpServer second(loop_, {}, [](const HttpRequest&) { return HttpResponse{}; }, {});
    const auto refused = second.listen_unix(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text, "another perfwatchd answers at " + path +
                                        "; stop it, or choose another path with --web.socket");
    EXPECT_FALSE(second.listen_unix(tree.path() + "/file")) << "never removes what is no socket";
  }
  server_.reset();
  asio::io_context io;
  {
    asio::local::stream_protocol::acceptor stale(io, path);  // left behind: close() does not unlink
  }
  HttpServer third(loop_, {}, [](const HttpRequest&) { return HttpResponse{}; }, {});
  EXPECT_TRUE(third.listen_unix(path));
}

TEST_F(HttpServerTest, SaysWhatIsWrongWithAnAddress) {
  start();
  EXPECT_EQ(server_->listen_tcp("localhost").error().text,
            "\"localhost\" is no listen address (examples: 127.0.0.1:10117, [::1]:10117, :10117)");
  const auto taken = server_->listen_tcp("127.0.0.1:" + std::to_string(endpoint_.port()));
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().text.find("is another perfwatchd running?"), std::string::npos);
}

TEST_F(HttpServerTest, AsksForAPasswordOnTcpOnly) {
  start();
  server_->set_access({{"X-Extra", "1"}}, [this](const std::string& header, auto answer) {
    asio::post(loop_, [header, answer] {
      answer(header == "Basic good"   ? HttpAccess::allowed
             : header == "Basic wait" ? HttpAccess::busy
                                      : HttpAccess::refused);
    });
  });
  run();
  TcpClient client(endpoint_);
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto refused = client.read_until("Unauthorized\n");
  EXPECT_EQ(refused.substr(9, 3), "401");
  EXPECT_NE(refused.find("WWW-Authenticate: Basic"), std::string::npos);
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Basic good\r\n\r\n");
  const auto allowed = client.read_until("/a;");
  EXPECT_EQ(allowed.substr(9, 3), "200");
  EXPECT_NE(allowed.find("X-Extra: 1"), std::string::npos);
}

}  // namespace
}  // namespace perfwatch
