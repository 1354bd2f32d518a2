// SPDX-License-Identifier: Apache-2.0
#include "daemon/listen.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/base/text.h"
#include "daemon/asio.h"

namespace perfwatch {
namespace {

using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;
using boost::system::error_code;

struct HostPort {
  std::string host;  // empty: every address
  std::uint16_t port = 0;
};

std::optional<HostPort> split(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto port = to_number<std::uint16_t>(std::string_view(address).substr(colon + 1));
  if (!port) return std::nullopt;
  std::string host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;  // a v6 address without brackets
  }
  return HostPort{std::move(host), *port};
}

Error explain(const std::string& address, const error_code& error) {
  std::string text = "listening on " + address + ": " + error.message();
  if (error == asio::error::address_in_use) {
    text += "; is another perfwatchd running? choose another port with --web.listen-address";
  }
  return {error == asio::error::access_denied ? ErrorKind::denied : ErrorKind::io, std::move(text)};
}

Result<tcp::acceptor> open(asio::io_context& loop, const tcp::endpoint& endpoint, bool dual,
                           const std::string& address) {
  error_code error;
  tcp::acceptor acceptor(loop);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    acceptor.set_option(asio::ip::v6_only(!dual), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return tl::unexpected(explain(address, error));
  return acceptor;
}

bool has_ipv6(asio::io_context& loop) {
  tcp::acceptor probe(loop);
  error_code error;
  probe.open(tcp::v6(), error);
  if (!error) probe.bind({asio::ip::address_v6::any(), 0}, error);
  return !error;
}

// Somebody answers at the other end of this socket.
bool is_alive(asio::io_context& loop, const std::string& path) {
  local::socket probe(loop);
  error_code error;
  probe.connect(local::endpoint(path), error);
  return !error;
}

Result<void> clear_the_way(asio::io_context& loop, const std::string& path) {
  std::error_code ignored;  // bind() says what is wrong with the folder
  std::filesystem::create_directory(std::filesystem::path(path).parent_path(), ignored);
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return {};
  if (!S_ISSOCK(there.st_mode)) return fail(ErrorKind::io, path + " is there and is no socket");
  if (is_alive(loop, path)) {
    return fail(ErrorKind::io, "another perfwatchd answers at " + path +
                                   "; stop it, or choose another path with --web.socket");
  }
  if (::unlink(path.c_str()) != 0) {
    return tl::unexpected(within("removing the stale " + path, error_from_errno(errno)));
  }
  return {};
}

}  // namespace

Result<tcp::acceptor> listen_on_tcp(asio::io_context& loop, const std::string& address) {
  const auto parts = split(address);
  if (!parts) {
    return fail(ErrorKind::malformed, "\"" + address +
                                          "\" is no listen address (examples: 127.0.0.1:10117, "
                                          "[::1]:10117, :10117)");
  }
  if (parts->host.empty()) {
    if (!has_ipv6(loop)) return open(loop, {tcp::v4(), parts->port}, false, address);
    return open(loop, {tcp::v6(), parts->port}, true, address);
  }
  error_code error;
  tcp::resolver resolver(loop);
  const auto found =
      resolver.resolve(parts->host, std::to_string(parts->port), tcp::resolver::passive, error);
  if (error || found.empty()) return tl::unexpected(explain(address, error));
  return open(loop, *found.begin(), false, address);
}

Result<local::acceptor> listen_on_unix(asio::io_context& loop, const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorKind::malformed, path + " is too long for a unix socket (at most " +
                                          std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                          " bytes)");
  }
  if (auto clear = clear_the_way(loop, path); !clear) return tl::unexpected(clear.error());
  error_code error;
  local::acceptor acceptor(loop);
  acceptor.open(local(), error);
  if (!error) acceptor.bind(local::endpoint(path), error);
  if (error) return tl::unexpected(explain(path, error));
  if (::chmod(path.c_str(), 0666) != 0) {
    return tl::unexpected(within("opening " + path + " to all users", error_from_errno(errno)));
  }
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return tl::unexpected(explain(path, error));
  return acceptor;
}

}  // namespace perfwatch
