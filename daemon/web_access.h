// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "daemon/http_server.h"
#include "daemon/web_config.h"
#include "daemon/workers.h"

namespace perfwatch {

// --web.config.file at work: TLS, passwords and headers of an HttpServer. Certificates and
// passwords may be renewed at any time: refresh() sees it and takes them for new connections.
class WebAccess {
 public:
  WebAccess(boost::asio::io_context& loop, HttpServer& server, std::string path);
  ~WebAccess();
  WebAccess(const WebAccess&) = delete;
  WebAccess& operator=(const WebAccess&) = delete;

  // Reads everything anew; after an error what was in force stays so.
  [[nodiscard]] Result<void> load();
  // load() when one of the files changed. Cheap: a stat(2) each.
  [[nodiscard]] Result<void> refresh();
  [[nodiscard]] bool tls() const { return tls_; }
  // See Workers::close().
  [[nodiscard]] bool close() { return bcrypt_.close(); }

 private:
  struct Stamp;

  void use(const WebConfig& config, std::shared_ptr<boost::asio::ssl::context> tls);

  HttpServer& server_;
  Workers bcrypt_;  // one thread of its own: who guesses passwords must not hold the collectors up
  std::string path_;
  std::vector<Stamp> seen_;  // the configuration first, then what it names
  std::map<std::string, std::string, std::less<>> users_;
  HttpAuthenticator authenticate_;
  bool tls_ = false;
};

}  // namespace perfwatch
