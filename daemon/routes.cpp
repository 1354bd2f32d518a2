// SPDX-License-Identifier: Apache-2.0
#include "daemon/routes.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/analyse/host_summary.h"
#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "daemon/config_values.h"
#include "daemon/percent.h"
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
constexpr std::size_t kRunsLimit = RunJournal::kShown;

// As forms send it.
std::string decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

// Takes what stands before the first `end` off the front of `text`, and the `end` with it.
std::string_view take(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

// "http://host/metrics" is "/metrics" (RFC 9112, 3.2.2).
std::string_view without_origin(std::string_view target) {
  if (!target.starts_with("http://") && !target.starts_with("https://")) return target;
  const auto path = target.find('/', target.find("//") + 2);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

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

// "7d" before now, or a time: seconds since 1970, or "2026-03-01T12:30:00Z".
std::optional<std::chrono::system_clock::time_point> time_of(const std::string& text) {
  using std::chrono::system_clock;
  const auto as_clock = [](auto duration) {
    return std::chrono::duration_cast<system_clock::duration>(duration);
  };
  if (const auto ago = parse_duration(text)) return system_clock::now() - as_clock(*ago);
  constexpr double kMost = 9e9;  // seconds: beyond the year 2250 the clock ends
  const auto seconds = parse_timestamp(text);
  if (!seconds || *seconds < 0 || *seconds > kMost) return std::nullopt;
  return system_clock::time_point(as_clock(Seconds(*seconds)));
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    if (take(words, ' ') == word) return true;
  }
  return false;
}

HttpResponse not_found(std::string_view path) {
  return HttpResponse::text(
      404, "Not found: " + printable_utf8(path.substr(0, 200)) +
               "\nTry /, /metrics, /-/healthy, /-/ready or "
               "/api/v1/"
               "{status,groups,processes,exits,findings,alerts,rules,runs,oom,series,history}.\n");
}

}  // namespace

// The part of the target behind '?'.
struct Routes::Query {
  std::string_view text;

  [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
    std::string_view rest = text;
    while (!rest.empty()) {
      std::string_view pair = take(rest, '&');
      if (decoded(take(pair, '=')) == name) return decoded(pair);
    }
    return std::nullopt;
  }

  // nullopt when it is there and no number from 1 to `most`.
  [[nodiscard]] std::optional<std::size_t> limit(std::size_t most, std::size_t fallback) const {
    return number("limit", most, fallback);
  }
  [[nodiscard]] std::optional<std::size_t> number(std::string_view name, std::size_t most,
                                                  std::size_t fallback) const {
    const auto value = find(name);
    if (!value) return fallback;
    const auto number = to_number<std::size_t>(*value);
    if (!number || *number == 0 || *number > most) return std::nullopt;
    return number;
  }
};

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
  std::string_view rest = without_origin(target);
  const Found found = find(method, take(rest, '?'));
  return found.known && found.route->page == &Routes::register_run ? kRunJsonBytes : 0;
}

HttpResponse Routes::handle(const HttpRequest& request) {
  std::string_view rest = without_origin(request.target);
  const std::string_view path = take(rest, '?');
  const Query query{rest};
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
  } else if (const auto wrong = wrong_parameter(query, route->parameters)) {
    response = json_error(400, *wrong);
  } else {
    response = (this->*route->page)(request, query);
  }
  response.route = route->path;
  return response;
}

// What is unknown or given twice in the query, and what it could be; nullopt when all is well.
std::optional<std::string> Routes::wrong_parameter(const Query& query, std::string_view known) {
  if (known == Route::kAny) return std::nullopt;
  std::vector<std::string> seen;
  std::string_view rest = query.text;
  while (!rest.empty()) {
    std::string_view pair = take(rest, '&');
    if (pair.empty()) continue;
    std::string name = decoded(take(pair, '='));
    const auto shown = printable_utf8(std::string_view(name).substr(0, 40));
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return "the parameter " + shown + " is given twice";
    }
    if (!has_word(known, name)) {
      return "unknown parameter " + shown +
             (known.empty() ? ", there is none here" : ", known: " + std::string(known));
    }
    seen.push_back(std::move(name));
  }
  return std::nullopt;
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

HttpResponse Routes::metrics(const HttpRequest& request, const Query&) {
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

HttpResponse Routes::landing(const HttpRequest&, const Query&) {
  const Overview now = overview();
  auto response = with_type(kHtml, landing_page(now, summarise(now.frame, now.before, now.alerts)));
  response.extra_name = "Content-Security-Policy";
  response.extra_value =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'";
  return response;
}

HttpResponse Routes::healthy(const HttpRequest&, const Query&) {
  return HttpResponse::text(200, "perfwatch is healthy.\n");
}

HttpResponse Routes::ready(const HttpRequest&, const Query&) {
  if (board_.frame) return HttpResponse::text(200, "perfwatch is ready.\n");
  return HttpResponse::text(503, "perfwatch is not ready: the first samples are being taken.\n");
}

HttpResponse Routes::reload(const HttpRequest& request, const Query&) {
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

HttpResponse Routes::status(const HttpRequest&, const Query&) {
  const Overview now = overview();
  return with_type(kJson, api_status(now, summarise(now.frame, now.before, now.alerts)));
}

HttpResponse Routes::groups(const HttpRequest&, const Query&) {
  return with_type(kJson, api_groups(overview()));
}

HttpResponse Routes::processes(const HttpRequest&, const Query& query) {
  const auto group = query.find("group");
  if (!group) return json_error(400, "the parameter group=NAME is missing");
  const auto limit = query.limit(kProcessLimit, kDefaultLimit);
  if (!limit) return out_of_range("limit", kProcessLimit);
  auto answer = api_processes(overview(), *group, *limit);
  if (!answer) return json_error(404, answer.error().text);
  return with_type(kJson, std::move(*answer));
}

HttpResponse Routes::exits(const HttpRequest&, const Query& query) {
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

HttpResponse Routes::findings(const HttpRequest&, const Query& query) {
  FindingsQuery asked;
  const auto limit = query.limit(kFindingsLimit, asked.limit);
  if (!limit) return out_of_range("limit", kFindingsLimit);
  asked.limit = *limit;
  const auto severity = severity_of(query.find("severity").value_or("info"));
  if (!severity) return json_error(400, "severity must be info, warning or critical");
  asked.severity = *severity;
  return with_type(kJson, api_findings(overview(), asked));
}

HttpResponse Routes::alerts(const HttpRequest&, const Query&) {
  return with_type(kJson, api_alerts(overview()));
}

HttpResponse Routes::oom(const HttpRequest&, const Query& query) {
  const auto limit = query.limit(kOomLimit, kOomLimit);
  if (!limit) return json_error(400, "limit must be 1 to " + std::to_string(kOomLimit));
  return with_type(kJson, api_oom(overview(), *limit));
}

HttpResponse Routes::series(const HttpRequest&, const Query& query) {
  const auto limit = query.limit(kSeriesLimit, kSeriesLimit);
  if (!limit) return out_of_range("limit", kSeriesLimit);
  return with_type(kJson, api_series(overview(), query.find("prefix").value_or(""), *limit));
}

HttpResponse Routes::history(const HttpRequest&, const Query& query) {
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

HttpResponse Routes::runs(const HttpRequest&, const Query& query) {
  RunsQuery wanted;
  wanted.component = query.find("component");
  wanted.operation = query.find("operation");
  if (const auto since = query.find("since")) {
    wanted.since = time_of(*since);
    if (!wanted.since) {
      return json_error(400, "since must be a duration (7d, 1h30m) or a time in UTC");
    }
  }
  const auto limit = query.limit(kRunsLimit, wanted.limit);
  if (!limit) return out_of_range("limit", kRunsLimit);
  wanted.limit = *limit;
  return with_type(kJson, api_runs(*board_.frame, wanted));
}

HttpResponse Routes::register_run(const HttpRequest& request, const Query&) {
  if (board_.registration == nullptr) return json_error(404, "no runs are taken");
  return board_.registration->finished(request);
}

HttpResponse Routes::begin_run(const HttpRequest& request, const Query&) {
  if (board_.registration == nullptr) return json_error(404, "no runs are taken");
  return board_.registration->begin(request);
}

HttpResponse Routes::end_run(const HttpRequest& request, const Query&) {
  if (board_.registration == nullptr) return json_error(404, "no runs are taken");
  return board_.registration->end(request);
}

HttpResponse Routes::rules(const HttpRequest&, const Query& query) {
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
