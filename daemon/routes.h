// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/history.h"
#include "core/analyse/rule_set.h"
#include "core/base/result.h"
#include "core/model/overview.h"
#include "daemon/http_message.h"
#include "daemon/http_query.h"
#include "daemon/run_registration.h"
#include "exporters/prometheus/exposition.h"
#include "exporters/prometheus/gzip.h"

namespace perfwatch {

// What the daemon shows at this moment. Written by the app after each frame, read by the routes;
// both on the loop.
struct Board {
  DaemonInfo daemon;
  std::shared_ptr<const Frame> frame;   // null before the first
  std::shared_ptr<const Frame> before;  // the one before
  std::vector<const Alert*> alerts;
  const History* history = nullptr;         // null: none is kept
  const RuleSet* rules = nullptr;           // null: none judge
  RunRegistration* registration = nullptr;  // null: no runs are taken
};

// Answers requests from the board. /metrics is rendered once per frame, format and encoding,
// however many ask.
class Routes {
 public:
  // Reloads the configuration; the error is shown to who asked.
  using Reload = std::function<Result<void>()>;

  Routes(const Board& board, bool lifecycle, Reload reload);

  [[nodiscard]] HttpResponse handle(const HttpRequest& request);
  // See HttpBodyLimit.
  [[nodiscard]] static std::size_t body_limit(std::string_view method, std::string_view target);

 private:
  struct Found;
  static Found find(std::string_view method, std::string_view path);
  using Page = HttpResponse (Routes::*)(const HttpRequest& request, const HttpQuery& query);
  struct Route;
  static const Route kRoutes[];

  HttpResponse metrics(const HttpRequest& request, const HttpQuery& query);
  HttpResponse landing(const HttpRequest& request, const HttpQuery& query);
  HttpResponse healthy(const HttpRequest& request, const HttpQuery& query);
  HttpResponse ready(const HttpRequest& request, const HttpQuery& query);
  HttpResponse reload(const HttpRequest& request, const HttpQuery& query);
  HttpResponse status(const HttpRequest& request, const HttpQuery& query);
  HttpResponse groups(const HttpRequest& request, const HttpQuery& query);
  HttpResponse processes(const HttpRequest& request, const HttpQuery& query);
  HttpResponse exits(const HttpRequest& request, const HttpQuery& query);
  HttpResponse findings(const HttpRequest& request, const HttpQuery& query);
  HttpResponse alerts(const HttpRequest& request, const HttpQuery& query);
  HttpResponse oom(const HttpRequest& request, const HttpQuery& query);
  HttpResponse series(const HttpRequest& request, const HttpQuery& query);
  HttpResponse history(const HttpRequest& request, const HttpQuery& query);
  HttpResponse rules(const HttpRequest& request, const HttpQuery& query);
  HttpResponse runs(const HttpRequest& request, const HttpQuery& query);
  HttpResponse register_run(const HttpRequest& request, const HttpQuery& query);
  HttpResponse begin_run(const HttpRequest& request, const HttpQuery& query);
  HttpResponse end_run(const HttpRequest& request, const HttpQuery& query);
  [[nodiscard]] Overview overview() const;

  struct Rendered {
    std::shared_ptr<const Frame> frame;
    std::shared_ptr<const std::string> plain;
    std::shared_ptr<const std::string> gzip;
  };
  std::shared_ptr<const std::string> rendered(Exposition exposition, bool gzip);

  const Board& board_;
  bool lifecycle_;
  Reload reload_;
  ExpositionRenderer renderer_;
  Gzip gzip_;
  Rendered rendered_[2];  // by Exposition
};

}  // namespace perfwatch
