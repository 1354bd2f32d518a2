// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/address.h"

#include <cstdint>
#include <utility>

#include "core/base/percent.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::size_t kSocketPathLimit = 107;  // sockaddr_un

// Whatever might be a password.
std::string without_user(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const auto scheme = text.substr(0, at).find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  return std::string(text.substr(0, begin)) + "***" + std::string(text.substr(at));
}

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail(ErrorKind::malformed,
              "address \"" + printable_utf8(without_user(text)) + "\": " + std::string(why) +
                  " (examples: http://127.0.0.1:10117, unix:/run/perfwatch/perfwatch.sock)");
}

// Blanks and control characters would end up in the request's head.
bool has_blank(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return true;
  }
  return false;
}

// "host:port" or "[v6]:port" -> host and port; false when the brackets do not match.
bool split_host(std::string_view authority, std::string_view port, Address& address) {
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    address.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
  } else {
    const auto colon = authority.find(':');
    address.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  }
  if (!rest.empty() && rest.front() != ':') return false;
  address.port = rest.size() > 1 ? rest.substr(1) : port;
  return !address.host.empty();
}

Result<Address> parse_http(std::string_view whole, std::string_view text, const DefaultPorts& ports,
                           bool tls) {
  const auto slash = text.find('/');
  std::string_view authority = text.substr(0, slash);
  Address address;
  address.tls = tls;
  if (slash != std::string_view::npos) address.prefix = text.substr(slash);
  while (address.prefix.ends_with('/')) address.prefix.pop_back();
  if (address.prefix.find('@') != std::string::npos) {
    return refuse(whole, "a \"/\" in a password is written %2F, an \"@\" in a path %40");
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    address.user_info = percent_decoded(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  if (!split_host(authority, tls ? ports.https : ports.http, address))
    return refuse(whole, "no host");
  const auto port = to_number<std::uint16_t>(address.port);
  if (!port || *port == 0) return refuse(whole, "the port is not a number from 1 to 65535");
  return address;
}

}  // namespace

std::string Address::host_and_port() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + port;
}

std::string Address::text() const {
  if (is_unix()) return std::string(kUnix) + printable_utf8(socket_path);
  return std::string(tls ? kHttps : kHttp) + host_and_port() + prefix;
}

Result<Address> parse_address(std::string_view text, const DefaultPorts& ports) {
  if (text.starts_with(kUnix) || text.starts_with('/')) {
    Address address;
    address.socket_path = text.starts_with('/') ? text : text.substr(kUnix.size());
    if (address.socket_path.empty()) return refuse(text, "no path of a socket");
    if (address.socket_path.size() > kSocketPathLimit) return refuse(text, "the path is too long");
    return address;
  }
  if (has_blank(text)) return refuse(text, "blanks and control characters are not allowed");
  if (text.starts_with(kHttps)) return parse_http(text, text.substr(kHttps.size()), ports, true);
  if (text.starts_with(kHttp)) return parse_http(text, text.substr(kHttp.size()), ports, false);
  if (text.find("://") != std::string_view::npos) {
    return refuse(text, "not a http:, https: or unix: address");
  }
  return parse_http(text, text, ports, false);
}

Result<Address> choose_address(std::string_view flag, const char* environment,
                               const std::function<bool(const Address&)>& connects) {
  if (!flag.empty()) return parse_address(flag);
  if (environment != nullptr && *environment != '\0') {
    auto address = parse_address(environment);
    if (address) return address;
    return tl::unexpected(within("PERFWATCH_ADDRESS", std::move(address.error())));
  }
  Address socket;
  socket.socket_path = kDefaultSocket;
  if (connects(socket)) return socket;
  return parse_address(kDefaultUrl);
}

}  // namespace perfwatch
