// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/baseline_source.h"

#include <algorithm>
#include <span>

#include "core/analyse/run_verdict.h"
#include "core/base/text.h"
#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "core/store/runs.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/client.h"
#include "exporters/json/prometheus_answer.h"

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds kPatienceOfARun{2000};
constexpr std::size_t kQuoted = 200;

// What a server said that is no answer.
Error refusal(const Address& address, const Response& response, const Error& read) {
  const std::string where = address.text() + ": status " + std::to_string(response.status) + ": ";
  if (read.kind == ErrorKind::denied) return {ErrorKind::denied, where + read.text};
  if (response.status == 401 || response.status == 403) {
    return {ErrorKind::denied,
            where + "it wants another user: https://USER:PASSWORD@" + address.host_and_port()};
  }
  if (response.status / 100 == 3) {
    return {ErrorKind::denied, where + "it leads elsewhere: give the address where it does"};
  }
  std::string said = safe_text(cut_utf8(trim(response.body), kQuoted));
  if (said.empty()) said = "nothing more";
  return {ErrorKind::denied, where + said};
}

Result<std::vector<ServerSeries>> ask(const BaselineSource& source, const std::string& expression) {
  Client client(source.address, {source.patience, kPrometheusAnswerBytes, false});
  const auto seconds = std::max(source.patience.count() / 1000, std::int64_t{1});
  const auto response = client.get("/api/v1/query?query=" + percent_encode(expression) +
                                   "&timeout=" + std::to_string(seconds) + "s");
  if (!response) return tl::unexpected(response.error());
  auto series = series_from_prometheus(response->body);
  if (response->status != 200) {
    return tl::unexpected(
        refusal(source.address, *response, series ? Error{ErrorKind::io, ""} : series.error()));
  }
  if (series) return series;
  const std::string where = source.address.text();
  if (series.error().kind == ErrorKind::denied) {
    return tl::unexpected(within(where, std::move(series.error())));
  }
  return tl::unexpected(within(where + ": no answer of a Prometheus-compatible server: its answer",
                               std::move(series.error())));
}

Result<std::vector<BaselineRun>> changed_there(const BaselineSource& source) {
  std::vector<MetricHistory> histories;
  for (const auto& [metric, expression] : source.queries) {
    auto series = ask(source, expression);
    if (!series) return tl::unexpected(std::move(series.error()));
    // The time of a value without a range is when it was asked for.
    const bool single = std::any_of(series->begin(), series->end(),
                                    [](const auto& one) { return one.points.size() > 1; });
    if (!series->empty() && !single) {
      return fail(ErrorKind::malformed,
                  "--query " +
                      std::string(run_metrics().at(static_cast<std::size_t>(metric)).name) +
                      ": a value for each series, and no history: end it in a range, as in "
                      "build_seconds[30d]");
    }
    histories.push_back({metric, std::move(*series)});
  }
  return changed_runs(histories, system_clock::now());
}

Result<std::vector<BaselineRun>> runs_there(const BaselineSource& source, const BaselineKey& key) {
  if (!source.queries.empty()) return changed_there(source);
  const auto series = ask(source, shared_runs_query(key, source.window));
  if (!series) return tl::unexpected(series.error());
  return shared_runs(*series, key, system_clock::now());
}

}  // namespace

Result<Address> parse_source(std::string_view url, const std::string& ca) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return fail(ErrorKind::malformed,
                "a URL that begins with http:// or https:// is expected, as in "
                "http://prometheus:9090");
  }
  auto address = parse_address(url, {"80", "443"});
  if (!address) return address;
  if (address->tls) address->ca_file = ca;
  return address;
}

Result<SharedImport> import_from(Database& database, const BaselineSource& source,
                                 const BaselineKey& key) {
  auto runs = runs_there(source, key);
  if (!runs) return tl::unexpected(std::move(runs.error()));
  if (runs->empty()) {
    return fail(ErrorKind::gone, source.address.text() + ": nothing is known of " +
                                     safe_text(key.component) + " / " + safe_text(key.operation) +
                                     " on " + safe_text(key.host_class) +
                                     " there: which perfwatchd scraped there measures it?");
  }
  const auto known = history_of(database, {key, kBaselineRuns, {}});
  if (!known) return tl::unexpected(known.error());
  Baseline baseline;
  baseline.key = key;
  SharedImport done;
  const std::size_t all = runs->size();
  baseline.runs = without_known(std::move(*runs), known->runs);
  done.runs = baseline.runs.size();
  done.known = all - done.runs;
  if (done.runs == 0) return done;
  auto imported = import_baselines(database, std::span(&baseline, 1));
  if (!imported) return tl::unexpected(std::move(imported.error()));
  return done;
}

Result<void> import_if_needed(Database& database, BaselineSource source, const BaselineKey& key,
                              const std::string& before_run) {
  if (key.cold) return {};
  const std::size_t needed = VerdictSettings{}.fewest_baseline;
  const auto known = history_of(database, {key, needed, before_run});
  if (!known) return tl::unexpected(known.error());
  if (known->runs.size() >= needed) return {};
  source.patience = kPatienceOfARun;
  const auto done = import_from(database, source, key);
  if (!done) return tl::unexpected(done.error());
  return {};
}

}  // namespace perfwatch
