// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
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
  // The peer may change state: it came over the unix socket and is root or the daemon's own user.
  bool trusted = false;
};

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

  [[nodiscard]] static HttpResponse text(unsigned status, std::string text) {
    HttpResponse response;
    response.status = status;
    response.body = std::make_shared<const std::string>(std::move(text));
    return response;
  }
};

using HttpHandler = std::function<HttpResponse(const HttpRequest& request)>;

}  // namespace perfwatch
