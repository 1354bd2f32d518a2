// SPDX-License-Identifier: Apache-2.0
#include "daemon/shared_baseline.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "core/analyse/run_verdict.h"
#include "core/base/percent.h"
#include "core/base/text.h"
#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "core/store/runs.h"
#include "daemon/shared_runs.h"

namespace perfwatch {
namespace {

constexpr std::size_t kQuoted = 200;

// What a server said that is no answer.
Error refusal(const ServerName& server, unsigned status, std::string_view body, const Error& read) {
  const std::string where = server.address + ": status " + std::to_string(status) + ": ";
  if (read.kind == ErrorKind::denied) return {ErrorKind::denied, where + read.text};
  if (status == 401 || status == 403) {
    return {ErrorKind::denied,
            where + "it wants another user: https://USER:PASSWORD@" + server.host};
  }
  if (status / 100 == 3) {
    return {ErrorKind::denied, where + "it leads elsewhere: give the address where it does"};
  }
  std::string said = std::string(cut_utf8(trim(body), kQuoted));
  if (said.empty()) said = "nothing more";
  return {ErrorKind::denied, where + said};
}

}  // namespace

std::string server_query(std::string_view expression, std::chrono::milliseconds patience) {
  const auto seconds = std::max(patience.count() / 1000, std::int64_t{1});
  return "/api/v1/query?query=" + percent_encode(expression) +
         "&timeout=" + std::to_string(seconds) + "s";
}

Result<std::vector<ServerSeries>> read_answer(const ServerName& server, unsigned status,
                                              std::string_view body, std::size_t most_values) {
  auto series = series_from_prometheus(body, most_values);
  if (status != 200) {
    return tl::unexpected(
        refusal(server, status, body, series ? Error{ErrorKind::io, ""} : series.error()));
  }
  if (series) return series;
  if (series.error().kind == ErrorKind::denied) {
    return tl::unexpected(within(server.address, std::move(series.error())));
  }
  return tl::unexpected(
      within(server.address + ": no answer of a Prometheus-compatible server: its answer",
             std::move(series.error())));
}

Result<SharedImport> import_answer(Database& database, const SharedAnswer& answer,
                                   std::chrono::system_clock::time_point now) {
  const auto series = read_answer(answer.server, answer.status, answer.body, kSharedAnswerValues);
  if (!series) return tl::unexpected(series.error());
  return import_shared(database, answer.server, answer.key, shared_runs(*series, answer.key, now));
}

Result<SharedImport> import_shared(Database& database, const ServerName& server,
                                   const BaselineKey& key, std::vector<BaselineRun> runs) {
  if (runs.empty()) {
    return fail(ErrorKind::gone, server.address + ": nothing is known of " + key.component + " / " +
                                     key.operation + " on " + key.host_class +
                                     " there: which perfwatchd scraped there measures it?");
  }
  const auto known = history_of(database, {key, kBaselineRuns, {}});
  if (!known) return tl::unexpected(known.error());
  Baseline baseline;
  baseline.key = key;
  SharedImport done;
  const std::size_t all = runs.size();
  baseline.runs = without_known(std::move(runs), known->runs);
  done.runs = baseline.runs.size();
  done.known = all - done.runs;
  if (done.runs == 0) return done;
  auto imported = import_baselines(database, std::span(&baseline, 1));
  if (!imported) return tl::unexpected(std::move(imported.error()));
  return done;
}

Result<bool> needs_shared(Database& database, const BaselineKey& key,
                          const std::string& before_run) {
  if (key.cold) return false;
  const std::size_t needed = VerdictSettings{}.fewest_baseline;
  const auto known = history_of(database, {key, needed, before_run});
  if (!known) return tl::unexpected(known.error());
  return known->runs.size() < needed && known->since_run.empty();
}

}  // namespace perfwatch
