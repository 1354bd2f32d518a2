// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace perfwatch {

// One request, as the routes see it: transport, limits and timeouts are the server's. Views live
// until the answer.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // path and query, as sent
  std::string_view accept;
  std::string_view accept_encoding;
  std::string_view content_type;
  std::string_view body;
  // The peer may change state: it came over the unix socket and is root or the daemon's own user.
  bool trusted = false;
  // Who is at the other end of the unix socket; nullopt over the network.
  std::optional<std::uint32_t> uid;
};

struct HttpResponse;
// Takes the answer to a request: once, on the loop.
using HttpAnswer = std::function<void(HttpResponse response)>;

// One answer. The body is shared, so that many scrapes of one frame copy nothing.
struct HttpResponse {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";  // static storage
  std::shared_ptr<const std::string> body;
  bool gzip = false;
  std::string_view allow;  // for 405
  std::string_view vary;
  std::string_view extra_name, extra_value;  // one more header, static storage
  std::string_view route = "other";          // the `path` label: a pattern, never the client's text
  // The answer is not known yet, all else here but `route` means nothing: called once, and calls
  // back at once or later. Who promises this sees to it that it is soon.
  std::function<void(HttpAnswer)> later;

  [[nodiscard]] static HttpResponse text(unsigned status, std::string text) {
    HttpResponse response;
    response.status = status;
    response.body = std::make_shared<const std::string>(std::move(text));
    return response;
  }
};

using HttpHandler = std::function<HttpResponse(const HttpRequest& request)>;

// How large a body a local peer may send with a request; what is more than that gets 413.
using HttpBodyLimit = std::function<std::size_t(std::string_view method, std::string_view target)>;

}  // namespace perfwatch
