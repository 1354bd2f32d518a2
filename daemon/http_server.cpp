// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_server.h"

#include <list>
#include <variant>

#include "daemon/asio.h"
#include "daemon/http_connection.h"
#include "daemon/listen.h"

namespace perfwatch {

using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;

// Kept alive by the coroutines that run on it.
struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  State(asio::io_context& io, HttpLimits l, HttpHandler h, HttpEvents e) : loop(io), patience(io) {
    site.limits = l;
    site.handler = std::move(h);
    site.events = std::move(e);
    site.make_way = [this] { return make_way(); };
  }

  asio::io_context& loop;
  HttpSite site;
  std::list<HttpConnection> connections;
  std::list<std::variant<tcp::acceptor, local::acceptor>> acceptors;
  std::string socket_path;
  asio::steady_timer patience;
  std::function<void()> stopped;

  template <class Acceptor>
  asio::awaitable<void> accept(Acceptor& acceptor);
  void open(HttpSocket socket, bool tcp_peer);
  HttpConnection* quietest(bool answering);
  bool make_room();
  bool make_way();
  void stop(std::chrono::nanoseconds patience_time);
  void when_empty();
};

namespace {

// An answer that takes longer has a reader who does not read.
constexpr std::chrono::seconds kSlowReader{1};

// Said without a connection object: there is no room for one.
void refuse(HttpSocket& socket) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
      "Content-Length: 0\r\n\r\n";
  // Best effort to a stranger: what does not fit into the socket's buffer is lost.
  [[maybe_unused]] const auto sent =
      ::send(socket.native_handle(), kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  boost::system::error_code ignored;
  socket.close(ignored);
}

// The peer of a unix socket may change state if it is root or runs as we do.
HttpPeer local_peer(HttpSocket& socket) {
  HttpPeer local{true, false, std::nullopt};
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return local;
  }
  local.trusted = peer.uid == 0 || peer.uid == ::geteuid();
  local.uid = peer.uid;
  return local;
}

}  // namespace

HttpServer::HttpServer(asio::io_context& loop, HttpLimits limits, HttpHandler handler,
                       HttpEvents events)
    : state_(std::make_shared<State>(loop, limits, std::move(handler), std::move(events))) {}

HttpServer::~HttpServer() {
  state_->stopped = nullptr;
  state_->stop(std::chrono::nanoseconds(0));
}

Result<std::string> HttpServer::listen_tcp(const std::string& address) {
  auto acceptor = listen_on_tcp(state_->loop, address);
  if (!acceptor) return tl::unexpected(std::move(acceptor.error()));
  boost::system::error_code ignored;  // the address is for people only
  const auto endpoint = acceptor->local_endpoint(ignored);
  auto& kept = state_->acceptors.emplace_back(std::move(*acceptor));
  asio::co_spawn(state_->loop, state_->accept(std::get<tcp::acceptor>(kept)), kMustNotThrow);
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

Result<void> HttpServer::listen_unix(const std::string& path) {
  auto acceptor = listen_on_unix(state_->loop, path);
  if (!acceptor) return tl::unexpected(std::move(acceptor.error()));
  state_->socket_path = path;
  auto& kept = state_->acceptors.emplace_back(std::move(*acceptor));
  asio::co_spawn(state_->loop, state_->accept(std::get<local::acceptor>(kept)), kMustNotThrow);
  return {};
}

void HttpServer::set_tls(std::shared_ptr<asio::ssl::context> tls) {
  state_->site.tls = std::move(tls);
}

void HttpServer::set_access(HttpHeaders headers, HttpAuthenticator authenticate) {
  state_->site.headers = std::move(headers);
  state_->site.authenticate = std::move(authenticate);
}

void HttpServer::set_body_limit(HttpBodyLimit limit) { state_->site.body_limit = std::move(limit); }

void HttpServer::set_limits(HttpLimits limits) { state_->site.limits = limits; }

std::size_t HttpServer::connections() const { return state_->connections.size(); }

void HttpServer::stop(std::chrono::nanoseconds patience, std::function<void()> stopped) {
  state_->stopped = std::move(stopped);
  state_->stop(patience);
}

template <class Acceptor>
asio::awaitable<void> HttpServer::State::accept(Acceptor& acceptor) {
  const auto self = shared_from_this();
  constexpr bool kUnix = std::is_same_v<Acceptor, local::acceptor>;
  while (!site.stopping) {
    HttpSocket socket(loop);
    const auto [error] = co_await acceptor.async_accept(socket, kNoThrow);
    if (site.stopping) co_return;
    if (error) {
      // Out of descriptors, or the client went away again: neither ends the service.
      asio::steady_timer pause(loop, std::chrono::milliseconds(100));
      if (error != asio::error::connection_aborted) co_await pause.async_wait(kNoThrow);
      continue;
    }
    if (connections.size() >= site.limits.max_connections && !make_room()) {
      refuse(socket);
      site.reject("connections");
      continue;
    }
    open(std::move(socket), !kUnix);
  }
}

void HttpServer::State::open(HttpSocket socket, bool tcp_peer) {
  const HttpPeer peer = tcp_peer ? HttpPeer{} : local_peer(socket);
  if (tcp_peer) {
    boost::system::error_code ignored;  // only costs a delay
    socket.set_option(tcp::no_delay(true), ignored);
  }
  const auto at = connections.emplace(connections.end(), std::move(socket), peer,
                                      tcp_peer ? site.tls : nullptr);
  asio::co_spawn(
      loop, at->serve(site), [self = shared_from_this(), at](const std::exception_ptr& error) {
        if (error)
          self->site.reject("error");  // out of memory: this client is lost, the rest goes on
        self->connections.erase(at);
        self->when_empty();
      });
}

// The connection that has been as it is for longest, among those that are being answered or the
// others.
HttpConnection* HttpServer::State::quietest(bool answering) {
  HttpConnection* found = nullptr;
  for (auto& connection : connections) {
    if (connection.answering() != answering || connection.closed()) continue;
    if (found == nullptr || connection.quiet_since() < found->quiet_since()) found = &connection;
  }
  return found;
}

// Full: the connection that has been quiet longest, and is not being answered, makes room.
bool HttpServer::State::make_room() {
  HttpConnection* connection = quietest(false);
  if (connection == nullptr) return make_way();
  connection->close();
  site.reject("connections");
  return true;
}

// Clients that ask and do not read must not keep the others out.
bool HttpServer::State::make_way() {
  HttpConnection* connection = quietest(true);
  const auto now = std::chrono::steady_clock::now();
  if (connection == nullptr || now - connection->quiet_since() < kSlowReader) return false;
  connection->close();
  site.reject("in_flight");
  return true;
}

void HttpServer::State::stop(std::chrono::nanoseconds patience_time) {
  site.stopping = true;
  boost::system::error_code ignored;  // closing is all that is left to do
  for (auto& acceptor : acceptors) {
    std::visit([&](auto& open) { open.close(ignored); }, acceptor);
  }
  if (!socket_path.empty()) ::unlink(std::exchange(socket_path, {}).c_str());
  for (auto& connection : connections) {
    if (!connection.answering() || patience_time.count() == 0) connection.close();
  }
  patience.expires_after(patience_time);
  patience.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    for (auto& connection : self->connections) connection.close();
    // Not all may end now: one may wait for a password to be checked.
    if (self->stopped) std::exchange(self->stopped, nullptr)();
  });
  when_empty();
}

void HttpServer::State::when_empty() {
  if (!site.stopping || !connections.empty()) return;
  patience.cancel();
  if (stopped) std::exchange(stopped, nullptr)();
}

}  // namespace perfwatch
