// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/baseline_source.h"

#include <algorithm>

#include "daemon/cli/client.h"

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds kPatienceOfARun{2000};

ServerName name_of(const BaselineSource& source) {
  return {source.address.text(), source.address.host_and_port()};
}

Result<std::vector<ServerSeries>> ask(const BaselineSource& source, const std::string& expression) {
  Client client(source.address, {source.patience, kPrometheusAnswerBytes, false});
  const auto response = client.get(server_query(expression, source.patience));
  if (!response) return tl::unexpected(response.error());
  return read_answer(name_of(source), response->status, response->body);
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
  if (address->prefix.find("/api/v1") != std::string::npos) {
    return fail(ErrorKind::malformed, "leave the /api/... part out, perfwatch appends it");
  }
  if (address->tls) address->ca_file = ca;
  return address;
}

Result<SharedImport> import_from(Database& database, const BaselineSource& source,
                                 const BaselineKey& key) {
  auto runs = runs_there(source, key);
  if (!runs) return tl::unexpected(std::move(runs.error()));
  return import_shared(database, name_of(source), key, std::move(*runs));
}

Result<void> import_if_needed(Database& database, BaselineSource source, const BaselineKey& key,
                              const std::string& before_run) {
  const auto needed = needs_shared(database, key, before_run);
  if (!needed) return tl::unexpected(needed.error());
  if (!*needed) return {};
  source.patience = kPatienceOfARun;
  const auto done = import_from(database, source, key);
  if (!done) return tl::unexpected(done.error());
  return {};
}

}  // namespace perfwatch
