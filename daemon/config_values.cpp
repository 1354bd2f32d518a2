// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_values.h"

#include <algorithm>
#include <cmath>

#include "core/base/text.h"

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;

struct DurationUnit {
  std::string_view name;
  nanoseconds length;
};
constexpr DurationUnit kDurationUnits[] = {{"d", std::chrono::hours(24)},
                                           {"h", std::chrono::hours(1)},
                                           {"m", std::chrono::minutes(1)},
                                           {"s", std::chrono::seconds(1)},
                                           {"ms", std::chrono::milliseconds(1)}};
constexpr nanoseconds kLongestDuration = std::chrono::hours(24 * 365 * 100);

struct SizeUnit {
  std::string_view name;
  double bytes;
};
constexpr SizeUnit kSizeUnits[] = {{"", 1},
                                   {"B", 1},
                                   {"kB", 1e3},
                                   {"KB", 1e3},
                                   {"MB", 1e6},
                                   {"GB", 1e9},
                                   {"TB", 1e12},
                                   {"KiB", 1024},
                                   {"MiB", 1048576},
                                   {"GiB", 1073741824},
                                   {"TiB", 1099511627776}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <class Predicate>
std::string_view take_while(std::string_view& text, Predicate predicate) {
  const auto end = std::find_if_not(text.begin(), text.end(), predicate);
  const auto taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

// Splits "host:port" or "[v6]:port"; an empty text when it is fine, else what is wrong.
std::string split_authority(std::string_view text, HttpUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return "the \"[\" before the host has no \"]\"";
    url.host = text.substr(1, close - 1);
    if (url.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos ||
        url.host.find(':') == std::string::npos) {
      return "between the brackets must be an IPv6 address";
    }
    port = text.substr(close + 1);
    if (!port.empty() && port[0] != ':') return "only a port may follow the \"]\"";
  } else {
    const auto colon = text.find(':');
    url.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
    const auto is_host = [](char c) {
      return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
    };
    if (url.host.empty()) return "it names no host";
    if (!std::all_of(url.host.begin(), url.host.end(), is_host) || url.host.size() > 253) {
      return "the host may only have letters, digits, \".\", \"-\" and \"_\"";
    }
  }
  if (port.empty()) return "";
  const auto number = to_number<std::uint16_t>(port.substr(1));
  if (!number || *number == 0) return "the port must be 1 to 65535";
  url.port = std::to_string(*number);
  return "";
}

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  nanoseconds sum{0};
  const DurationUnit* next = std::begin(kDurationUnits);
  while (!text.empty()) {
    const auto count = to_number<std::int64_t>(take_while(text, is_digit));
    const auto name = take_while(text, is_letter);
    const auto* unit =
        std::find_if(next, std::end(kDurationUnits), [&](const auto& u) { return u.name == name; });
    if (!count || unit == std::end(kDurationUnits)) return std::nullopt;
    if (*count > (kLongestDuration - sum) / unit->length) return std::nullopt;
    sum += *count * unit->length;
    next = unit + 1;
  }
  return sum;
}

std::string format_duration(nanoseconds duration) {
  std::string out;
  for (const auto& [name, length] : kDurationUnits) {
    const auto count = duration / length;
    duration %= length;
    if (count > 0) out.append(std::to_string(count)).append(name);
  }
  return out.empty() ? "0s" : out;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_while(text, [](char c) { return is_digit(c) || c == '.'; });
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto* unit = std::find_if(std::begin(kSizeUnits), std::end(kSizeUnits),
                                  [&](const auto& u) { return u.name == text; });
  if (unit == std::end(kSizeUnits) || number.empty() || !is_digit(number.front()) ||
      !is_digit(number.back())) {
    return std::nullopt;
  }
  if (const auto whole = to_number<std::uint64_t>(number)) {  // exact, where doubles are not
    const auto bytes = static_cast<std::uint64_t>(unit->bytes);
    if (*whole > (std::uint64_t{1} << 63U) / bytes) return std::nullopt;
    const std::uint64_t size = *whole * bytes;
    return size < (std::uint64_t{1} << 63U) ? std::optional(size) : std::nullopt;
  }
  const auto fraction = to_number<double>(number);
  if (!fraction || unit->bytes == 1) return std::nullopt;  // half a byte is a mistake
  const double bytes = std::round(*fraction * unit->bytes);
  if (!(bytes < 9.2e18)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::string HttpUrl::host_and_port() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + port;
}

Result<HttpUrl> parse_http_url(std::string_view text) {
  const auto wrong = [](std::string what) { return fail(ErrorKind::malformed, std::move(what)); };
  const auto printable = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!std::all_of(text.begin(), text.end(), printable)) {
    return wrong("blanks and characters outside ASCII must be percent-encoded");
  }
  HttpUrl url;
  if (text.starts_with("https://")) {
    url.tls = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return wrong("it must begin with http:// or https://");
  }
  url.port = url.tls ? "443" : "80";
  if (text.find('#') != std::string_view::npos)
    return wrong("a fragment (#...) means nothing here");
  const auto end = std::min(text.find_first_of("/?"), text.size());
  auto authority = text.substr(0, end);
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (auto what = split_authority(authority, url); !what.empty()) return wrong(std::move(what));
  return url;
}

}  // namespace perfwatch
