// SPDX-License-Identifier: Apache-2.0
#include "daemon/routes.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/analyse/host_summary.h"
#include "core/base/text.h"
#include "exporters/json/api.h"
#include "exporters/json/api_runs.h"
#include "exporters/json/run_json.h"
#include "exporters/page/landing_page.h"
#include "exporters/prometheus/negotiate.h"

namespace perfwatch {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kProcessLimit = 1000;
constexpr std::size_t kFindingsLimit = 1000;
constexpr std::size_t kOomLimit = 20;
constexpr std::size_t kSeriesLimit = 10'000;
constexpr std::size_t kExitKindLimit = 1000;
constexpr std::size_t kExitMinutes = 15;  // as long as exits are kept
constexpr std::size_t kRecentExits = 200;
constexpr std::size_t kHistorySeries = 20;  // 1,000 points each
constexpr std::size_t kHistoryMinutes = 24 * 60;
constexpr std::size_t kJudgedLimit = 1000;
constexpr std::size_t kRunsLimit = ShownRuns::kMost;

HttpResponse with_type(std::string_view type, std::string body) {
  auto response = HttpResponse::text(200, std::move(body));
  response.content_type = type;
  return response;
}

HttpResponse json_error(unsigned status, std::string_view text) {
  auto response = with_type(kJson, api_error(text));
  response.status = status;
  return response;
}

HttpResponse out_of_range(const std::string& name, std::size_t most) {
  return json_error(400, name + " must be 1 to " + std::to_string(most));
}

std::optional<Severity> severity_of(std::string_view text) {
  for (const Severity severity : {Severity::info, Severity::warning, Severity::critical}) {
    if (text == to_string(severity)) return severity;
  }
  return std::nullopt;
}

HttpResponse not_found(std::string_view path) {
  return HttpResponse::text(
      404, "Not found: " + printable_utf8(path.substr(0, 200)) +
               "\nTry /, /metrics, /-/healthy, /-/ready or "
               "/api/v1/"
               "{status,groups,processes,exits,findings,alerts,rules,runs,oom,series,history}.\n");
}

}  // namespace

struct Routes::Route {
  std::string_view path;
  Page page;
  bool needs_frame;
  bool post;  // POST and PUT instead of GET and HEAD
  // Of the query, by spaces; anything else is a mistake, which would go unseen.
  std::string_view parameters = kAny;

  static constexpr std::string_view kAny = "*";
};

const Routes::Route Routes::kRoutes[] = {
    {"/metrics", &Routes::metrics, true, false},
    {"/", &Routes::landing, true, false},
    {"/-/healthy", &Routes::healthy, false, false},
    {"/-/ready", &Routes::ready, false, false},
    {"/-/reload", &Routes::reload, false, true},
    {"/api/v1/status", &Routes::status, true, false, ""},
    {"/api/v1/groups", &Routes::groups, true, false, ""},
    {"/api/v1/processes", &Routes::processes, true, false, "group limit"},
    {"/api/v1/exits", &Routes::exits, true, false, "minutes limit recent sort"},
    {"/api/v1/findings", &Routes::findings, true, false, "severity limit"},
    {"/api/v1/alerts", &Routes::alerts, true, false, ""},
    {"/api/v1/oom", &Routes::oom, true, false, "limit"},
    {"/api/v1/series", &Routes::series, true, false, "prefix limit"},
    {"/api/v1/history", &Routes::history, true, false, "metric subject minutes limit"},
    {"/api/v1/rules", &Routes::rules, true, false, "rule limit"},
    {"/api/v1/runs", &Routes::runs, true, false, "component operation since limit"},
    {"/api/v1/runs", &Routes::register_run, false, true, ""},
    {"/api/v1/runs/begin", &Routes::begin_run, false, true, ""},
    {"/api/v1/runs/end", &Routes::end_run, false, true, ""},
};

Routes::Routes(const Board& board, bool lifecycle, Reload reload)
    : board_(board), lifecycle_(lifecycle), reload_(std::move(reload)) {}

// The route of a path, if possible for that method; which ways of asking there are.
struct Routes::Found {
  const Route* route = nullptr;
  bool known = false;  // the method, too
  bool read = false;
  bool post = false;
};

Routes::Found Routes::find(std::string_view method, std::string_view path) {
  Found found;
  const bool post = method == "POST" || method == "PUT";
  const bool read = method == "GET" || method == "HEAD";
  for (const Route& route : kRoutes) {
    if (route.path != path) continue;
    (route.post ? found.post : found.read) = true;
    if (found.known) continue;
    found.route = &route;
    found.known = route.post ? post : read;
  }
  return found;
}

std::size_t Routes::body_limit(std::string_view method, std::string_view target) {
  const Found found = find(method, HttpTarget(target).path);
  return found.known && found.route->page == &Routes::register_run ? kRunJsonBytes : 0;
}

HttpResponse Routes::handle(const HttpRequest& request) {
  const auto [path, query] = HttpTarget(request.target);
  const auto [route, known, read, post] = find(request.method, path);
  if (route == nullptr) {
    auto response = not_found(path);
    response.route = "other";
    return response;
  }
  HttpResponse response;
  if (!known) {
    response = HttpResponse::text(405, "Method not allowed\n");
    response.allow = !post ? "GET, HEAD" : read ? "GET, HEAD, POST, PUT" : "POST, PUT";
  } else if (route->needs_frame && !board_.frame) {
    response = HttpResponse::text(503, "Not ready: the first samples are being taken.\n");
    response.extra_name = "Retry-After";
    response.extra_value = "1";
  } else if (const auto mistake = route->parameters == Route::kAny
                                      ? std::nullopt
                                      : query.mistake(route->parameters)) {
    response = json_error(400, *mistake);
  } else {
    response = (this->*route->page)(request, query);
  }
  response.route = route->path;
  return response;
}

Overview Routes::overview() const {
  return {board_.daemon, *board_.frame, board_.before.get(), board_.alerts};
}

std::shared_ptr<const std::string> Routes::rendered(Exposition exposition, bool zipped) {
  Rendered& cache = rendered_[static_cast<std::size_t>(exposition)];
  if (cache.frame != board_.frame) {
    auto text = std::make_shared<std::string>();
    text->reserve(cache.plain ? cache.plain->size() + cache.plain->size() / 16 : 0);
    renderer_.render(*board_.frame, exposition, *text);
    cache = {board_.frame, std::move(text), nullptr};
  }
  if (!zipped) return cache.plain;
  if (!cache.gzip) {
    std::string packed;
    if (!gzip_.compress(*cache.plain, packed)) return nullptr;
    cache.gzip = std::make_shared<const std::string>(std::move(packed));
  }
  return cache.gzip;
}

HttpResponse Routes::metrics(const HttpRequest& request, const HttpQuery&) {
  const Exposition exposition = negotiate_exposition(request.accept);
  HttpResponse response;
  response.content_type = content_type(exposition);
  response.vary = "Accept, Accept-Encoding";
  if (accepts_gzip(request.accept_encoding)) {
    response.body = rendered(exposition, true);
    response.gzip = response.body != nullptr;
  }
  if (!response.body) response.body = rendered(exposition, false);
  return response;
}

HttpResponse Routes::landing(const HttpRequest&, const HttpQuery&) {
  const Overview now = overview();
  auto response = with_type(kHtml, landing_page(now, summarise(now.frame, now.before, now.alerts)));
  response.extra_name = "Content-Security-Policy";
  response.extra_value =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'";
  return response;
}

HttpResponse Routes::healthy(const HttpRequest&, const HttpQuery&) {
  return HttpResponse::text(200, "perfwatch is healthy.\n");
}

HttpResponse Routes::ready(const HttpRequest&, const HttpQuery&) {
  if (board_.frame) return HttpResponse::text(200, "perfwatch is ready.\n");
  return HttpResponse::text(503, "perfwatch is not ready: the first samples are being taken.\n");
}

HttpResponse Routes::reload(const HttpRequest& request, const HttpQuery&) {
  if (!lifecycle_ && !request.trusted) {
    return HttpResponse::text(403,
                              "Reload over the network is off. Send SIGHUP (systemctl reload "
                              "perfwatchd), or start with --web.enable-lifecycle.\n");
  }
  if (auto done = reload_(); !done) {
    return HttpResponse::text(500,
                              "The configuration was not changed:\n" + done.error().text + "\n");
  }
  return HttpResponse::text(200, "Reloaded.\n");
}

HttpResponse Routes::status(const HttpRequest&, const HttpQuery&) {
  const Overview now = overview();
  return with_type(kJson, api_status(now, summarise(now.frame, now.before, now.alerts)));
}

HttpResponse Routes::groups(const HttpRequest&, const HttpQuery&) {
  return with_type(kJson, api_groups(overview()));
}

HttpResponse Routes::processes(const HttpRequest&, const HttpQuery& query) {
  const auto group = query.find("group");
  if (!group) return json_error(400, "the parameter group=NAME is missing");
  const auto limit = query.limit(kProcessLimit, kDefaultLimit);
  if (!limit) return out_of_range("limit", kProcessLimit);
  auto answer = api_processes(overview(), *group, *limit);
  if (!answer) return json_error(404, answer.error().text);
  return with_type(kJson, std::move(*answer));
}

HttpResponse Routes::exits(const HttpRequest&, const HttpQuery& query) {
  const ExitsQuery usual;
  const auto minutes =
      query.number("minutes", kExitMinutes, static_cast<std::size_t>(usual.window.count()));
  if (!minutes) return out_of_range("minutes", kExitMinutes);
  const auto limit = query.limit(kExitKindLimit, usual.limit);
  if (!limit) return out_of_range("limit", kExitKindLimit);
  const auto recent = query.number("recent", kRecentExits, usual.recent);
  if (!recent) return out_of_range("recent", kRecentExits);
  const auto sort = parse_exit_sort(query.find("sort").value_or("cpu"));
  if (!sort) return json_error(400, "sort must be cpu, count, memory or time");
  auto answer = api_exits(overview(), {std::chrono::minutes(*minutes), *sort, *limit, *recent});
  if (answer) return with_type(kJson, std::move(*answer));
  return json_error(answer.error().kind == ErrorKind::unsupported ? 501 : 503, answer.error().text);
}

HttpResponse Routes::findings(const HttpRequest&, const HttpQuery& query) {
  FindingsQuery asked;
  const auto limit = query.limit(kFindingsLimit, asked.limit);
  if (!limit) return out_of_range("limit", kFindingsLimit);
  asked.limit = *limit;
  const auto severity = severity_of(query.find("severity").value_or("info"));
  if (!severity) return json_error(400, "severity must be info, warning or critical");
  asked.severity = *severity;
  return with_type(kJson, api_findings(overview(), asked));
}

HttpResponse Routes::alerts(const HttpRequest&, const HttpQuery&) {
  return with_type(kJson, api_alerts(overview()));
}

HttpResponse Routes::oom(const HttpRequest&, const HttpQuery& query) {
  const auto limit = query.limit(kOomLimit, kOomLimit);
  if (!limit) return json_error(400, "limit must be 1 to " + std::to_string(kOomLimit));
  return with_type(kJson, api_oom(overview(), *limit));
}

HttpResponse Routes::series(const HttpRequest&, const HttpQuery& query) {
  const auto limit = query.limit(kSeriesLimit, kSeriesLimit);
  if (!limit) return out_of_range("limit", kSeriesLimit);
  return with_type(kJson, api_series(overview(), query.find("prefix").value_or(""), *limit));
}

HttpResponse Routes::history(const HttpRequest&, const HttpQuery& query) {
  HistoryQuery wanted;
  wanted.metric = query.find("metric").value_or("");
  if (wanted.metric.empty()) return json_error(400, "the parameter metric=NAME is missing");
  wanted.subject = query.find("subject");
  const auto minutes = query.number("minutes", kHistoryMinutes, 15);
  if (!minutes) return out_of_range("minutes", kHistoryMinutes);
  wanted.window = std::chrono::minutes(*minutes);
  const auto limit = query.limit(kHistorySeries, wanted.limit);
  if (!limit) return out_of_range("limit", kHistorySeries);
  wanted.limit = *limit;
  if (board_.history == nullptr) return json_error(404, "no history is kept");
  auto answer = api_history(*board_.frame, *board_.history, wanted);
  if (!answer) return json_error(404, answer.error().text);
  return with_type(kJson, std::move(*answer));
}

HttpResponse Routes::runs(const HttpRequest&, const HttpQuery& query) {
  RunsQuery wanted;
  wanted.component = query.find("component");
  wanted.operation = query.find("operation");
  if (const auto since = query.find("since")) {
    wanted.since = time_of_parameter(*since);
    if (!wanted.since) {
      return json_error(400, "since must be a duration (7d, 1h30m) or a time in UTC");
    }
  }
  const auto limit = query.limit(kRunsLimit, wanted.limit);
  if (!limit) return out_of_range("limit", kRunsLimit);
  wanted.limit = *limit;
  return with_type(kJson, api_runs(*board_.frame, wanted));
}

HttpResponse Routes::register_run(const HttpRequest& request, const HttpQuery&) {
  if (board_.registration == nullptr) return json_error(404, "no runs are taken");
  return board_.registration->finished(request);
}

HttpResponse Routes::begin_run(const HttpRequest& request, const HttpQuery&) {
  if (board_.registration == nullptr) return json_error(404, "no runs are taken");
  return board_.registration->begin(request);
}

HttpResponse Routes::end_run(const HttpRequest& request, const HttpQuery&) {
  if (board_.registration == nullptr) return json_error(404, "no runs are taken");
  return board_.registration->end(request);
}

HttpResponse Routes::rules(const HttpRequest&, const HttpQuery& query) {
  RulesQuery wanted;
  wanted.rule = query.find("rule");
  const auto limit = query.limit(kJudgedLimit, wanted.limit);
  if (!limit) return out_of_range("limit", kJudgedLimit);
  wanted.limit = *limit;
  if (board_.rules == nullptr) return json_error(404, "no rules judge");
  auto answer = api_rules(*board_.rules, wanted);
  if (!answer) return json_error(404, answer.error().text);
  return with_type(kJson, std::move(*answer));
}

}  // namespace perfwatch
