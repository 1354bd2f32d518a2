// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/model/oom.h"
#include "core/model/run_board.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr Metric kCpu{"process_cpu_seconds_total", MetricType::counter, "help"};
constexpr Metric kResident{"process_resident_memory_bytes", MetricType::gauge, "help"};
constexpr Metric kLoad{"perfwatch_load_average", MetricType::gauge, "help", {"window"}};
constexpr Metric kLatency{"perfwatch_http_request_duration_seconds", MetricType::histogram, "help"};

Comm comm(std::string_view text) {
  Comm out{};
  std::memcpy(out.data(), text.data(), std::min(text.size(), out.size()));
  return out;
}

ProcessView process(std::int32_t pid, double cores, std::string_view name) {
  ProcessView view;
  view.key = {pid, 77};
  view.comm = comm(name);
  view.cpu_cores = cores;
  view.state = 'R';
  view.io_bytes_per_second = kAbsent;
  return view;
}

// One host with everything in it, so that each test looks at its own corner.
struct Host {
  DaemonInfo daemon{"0.1.0", "abc123", "build-07", "6.1.0-18-amd64",
                    system_clock::time_point(seconds(1700000000))};
  Frame frame;
  std::vector<const Alert*> alerts;
  HostSummary summary;
  Alert alert;

  Host() {
    fill(frame, 10.5, 2);
    CollectorState disk;
    disk.name = "disk";
    disk.errors[static_cast<std::size_t>(ErrorKind::denied)] = 3;
    disk.last_error = "reading /proc/diskstats: denied";
    frame.collectors = {disk};
    auto table = std::make_shared<ProcessTable>();
    table->groups.resize(2);
    table->groups[0].name = "cc1plus";
    table->groups[0].processes = 3;
    table->groups[0].io_bytes_per_second = kAbsent;
    table->groups[1].name = "b\"ad\n";
    table->processes = {process(1, 0.5, "light"), process(2, 1.5, "he\x1b[31m\xff"),
                        process(3, kAbsent, "new")};
    table->accounting = std::make_shared<const Accounting>(
        Accounting{AccountingTier::taskstats,
                   "short",
                   {{"sweep", "procfs", ""}, {"oom", "none", "no kmsg"}},
                   {{"exit", "enobufs", 3}},
                   true});
    frame.processes = table;
    alert.rule = "PerfwatchSwapStorm";
    alert.state = AlertState::firing;
    alert.labels = {{"alertname", "PerfwatchSwapStorm"}};
    alert.annotations = {{"summary", "swaps"}};
    alert.active_since = system_clock::time_point(seconds(1700000100));
    alert.fingerprint = 0xabc;
    alerts = {&alert};
  }

  static void fill(Frame& frame, double cpu, int at) {
    frame.at = {std::chrono::steady_clock::time_point(seconds(at)),
                system_clock::time_point(std::chrono::milliseconds(1700000000120))};
    SampleWriter out(nullptr);
    out.add(kCpu, cpu);
    out.add(kResident, 17000000);
    out.add(kLoad, 1.5, {"1m"});
    out.add(kLoad, kAbsent, {"5m"});
    out.add_part(kLatency, "_bucket", 7, {"0.1"});
    auto block = std::make_shared<Block>();
    block->collector = "load";
    block->samples = std::move(out).finish();
    frame.blocks = {block};
  }

  [[nodiscard]] Overview overview() const { return {daemon, frame, nullptr, alerts}; }
};

json data_of(const std::string& answer) {
  const json parsed = json::parse(answer);
  EXPECT_EQ(parsed.at("status"), "success");
  return parsed.at("data");
}

TEST(ApiStatus, SaysWhoSpeaksAndHowTheHostIs) {
  Host host;
  host.summary.verdict = "strained";
  host.summary.reasons = {"swap storm"};
  host.summary.load1 = 1.5;
  host.summary.fullest_filesystem = HostSummary::Filesystem{"/tmp", 0.04};
  const json data = data_of(api_status(host.overview(), host.summary));
  EXPECT_EQ(data["taken"], "2023-11-14T22:13:20.120Z");
  EXPECT_EQ(data["daemon"]["version"], "0.1.0");
  EXPECT_EQ(data["daemon"]["started"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(data["host"]["verdict"], "strained");
  EXPECT_EQ(data["host"]["reasons"], json::array({"swap storm"}));
  EXPECT_EQ(data["host"]["load1"], 1.5);
  EXPECT_EQ(data["host"]["fullest_filesystem"]["mountpoint"], "/tmp");
  EXPECT_FALSE(data["host"].contains("load5")) << "absent, not null and not 0";
}

TEST(ApiStatus, SaysHowProcessesAreAccounted) {
  Host host;
  EXPECT_EQ(data_of(api_status(host.overview(), host.summary))["daemon"]["accounting"],
            json::parse(R"({"tier": "taskstats", "note": "short", "exact": true,
      "features": [{"name": "sweep", "source": "procfs"},
                   {"name": "oom", "source": "none", "note": "no kmsg"}],
      "lost": [{"source": "exit", "reason": "enobufs", "count": 3}]})"));
  host.frame.processes = nullptr;
  EXPECT_FALSE(data_of(api_status(host.overview(), host.summary))["daemon"].contains("accounting"))
      << "not known, and no tier is guessed";
}

TEST(ApiStatus, SaysHowRunsAreKeptAndWhetherOthersAreHeardOf) {
  Host host;
  const auto runs = [&] { return data_of(api_status(host.overview(), host.summary))["runs"]; };
  EXPECT_EQ(runs(), json::parse(R"({"open": 0})")) << "not known yet";
  RunBoard board;
  host.frame.runs = std::make_shared<const RunBoard>(board);
  EXPECT_EQ(runs(), json::parse(R"({"open": 0, "durable": true})"));
  board.not_durable = "disk full";
  board.source_trouble = "status 503";
  host.frame.runs = std::make_shared<const RunBoard>(board);
  EXPECT_EQ(runs(), json::parse(R"({"open": 0, "durable": false, "note": "disk full",
                                    "baseline_source_error": "status 503"})"));
  host.frame.processes = nullptr;
  EXPECT_FALSE(runs().contains("open"));
}

TEST(ApiStatus, SaysWhatTheBudgetIsAndHowItIsKept) {
  Host host;
  EXPECT_FALSE(data_of(api_status(host.overview(), host.summary))["self"].contains("budget"));
  host.frame.budget = BudgetState{{0.01, 1U << 25U}, 0.02, 1e7, 1, 0, "too much"};
  host.frame.collectors[0].paused = true;
  host.frame.collectors[0].catches_up = true;
  host.frame.collectors[0].catch_ups = 7;
  const json data = data_of(api_status(host.overview(), host.summary));
  EXPECT_EQ(data["self"]["budget"], json::parse(R"({"cpu_ratio": 0.02, "cpu_limit_ratio": 0.01,
      "memory_limit_bytes": 33554432, "cpu_level": 1, "memory_level": 0, "reason": "too much"})"));
  EXPECT_EQ(data["collectors"][0]["paused"], true);
  EXPECT_EQ(data["collectors"][0]["catch_ups_total"], 7);
}

std::shared_ptr<const OomHistory> kills(std::size_t count) {
  auto history = std::make_shared<OomHistory>();
  for (std::size_t i = 0; i < count; ++i) {
    OomKill kill;
    kill.at = system_clock::time_point(seconds(1700000000));
    kill.pid = static_cast<std::int32_t>(i + 1);
    kill.comm = "cc1plus";
    kill.group = "gcc";
    kill.scope = OomScope::cgroup;
    kill.limit_cgroup = "/ci";
    kill.anonymous_bytes = 100;
    kill.file_bytes = 20;
    kill.largest = {{9, "ld", 70, 1}};
    history->kills.push_back(kill);
  }
  return history;
}

TEST(ApiOom, TellsWhoWasKilledAndWhatIsNotKnownIsLeftOut) {
  Host host;
  host.frame.oom = kills(1);
  const json data = data_of(api_oom(host.overview(), 20));
  EXPECT_EQ(data["durable"], true);
  EXPECT_FALSE(data.contains("note"));
  const json& kill = data["oom_kills"].at(0);
  EXPECT_EQ(kill["at"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(kill["pid"], 1);
  EXPECT_EQ(kill["scope"], "cgroup");
  EXPECT_EQ(kill["limit_cgroup"], "/ci");
  EXPECT_FALSE(kill.contains("cgroup"));
  EXPECT_FALSE(kill.contains("uid"));
  EXPECT_EQ(kill["resident_bytes"], 120);
  EXPECT_EQ(kill["largest"][0]["comm"], "ld");
}

TEST(ApiOom, IsLimitedAndSaysWhyNothingIsKept) {
  Host host;
  EXPECT_EQ(data_of(api_oom(host.overview(), 20))["durable"], false) << "nobody keeps a journal";
  auto history = std::make_shared<OomHistory>(*kills(9));
  history->not_durable = "denied";
  host.frame.oom = history;
  const json data = data_of(api_oom(host.overview(), 7));
  EXPECT_EQ(data["oom_kills"].size(), 7U);
  EXPECT_EQ(data["durable"], false);
  EXPECT_EQ(data["note"], "denied");
  EXPECT_EQ(data_of(api_status(host.overview(), host.summary))["oom_kills"].size(), 5U);
}

TEST(ApiStatus, CountsAlertsByStateAndSeverity) {
  Host host;
  const json data = data_of(api_status(host.overview(), host.summary));
  EXPECT_EQ(data["alerts"]["firing"]["warning"], 1);
  EXPECT_EQ(data["alerts"]["firing"]["critical"], 0);
  EXPECT_EQ(data["alerts"]["pending"]["warning"], 0);
}

TEST(ApiStatus, ShowsWhyACollectorFails) {
  Host host;
  const json data = data_of(api_status(host.overview(), host.summary));
  const json& disk = data["collectors"].at(0);
  EXPECT_EQ(disk["name"], "disk");
  EXPECT_EQ(disk["success"], false);
  EXPECT_EQ(disk["errors"]["denied"], 3);
  EXPECT_EQ(disk["errors"]["gone"], 0);
  EXPECT_EQ(disk["last_error"], "reading /proc/diskstats: denied");
  EXPECT_FALSE(disk.contains("last_success"));
}

TEST(ApiStatus, SaysWhatPerfwatchItselfCostsAsFarAsItIsKnown) {
  Host host;
  host.summary.own_cpu_cores = 0.25;
  host.summary.own_resident_bytes = 17000000;
  const json two = data_of(api_status(host.overview(), host.summary))["self"];
  EXPECT_EQ(two["cpu_cores"], 0.25);
  EXPECT_EQ(two["resident_bytes"], 17000000);
  EXPECT_EQ(two["cpu_seconds_total"], 10.5);
  host.summary.own_cpu_cores.reset();
  const json one = data_of(api_status(host.overview(), host.summary))["self"];
  EXPECT_EQ(one["cpu_seconds_total"], 10.5);
  EXPECT_FALSE(one.contains("cpu_cores"));
}

TEST(ApiGroups, LeavesUnreadableRatesOut) {
  Host host;
  const json groups = data_of(api_groups(host.overview()))["groups"];
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0]["name"], "cc1plus");
  EXPECT_EQ(groups[0]["processes"], 3);
  EXPECT_EQ(groups[0]["cpu_cores"], 0);
  EXPECT_FALSE(groups[0].contains("io_bytes_per_second"));
  EXPECT_EQ(groups[1]["name"], "b\"ad\n");
}

TEST(ApiProcesses, LeavesOutWhatTheFirstSweepAndAHostWithoutBootTimeDoNotKnow) {
  Host host;
  auto table = std::make_shared<ProcessTable>(*host.frame.processes);
  table->groups[0].cpu_cores = kAbsent;
  for (auto& view : table->processes) view.start_time_seconds = view.cpu_cores = kAbsent;
  host.frame.processes = table;
  EXPECT_FALSE(data_of(api_groups(host.overview()))["groups"][0].contains("cpu_cores"));
  const json data = data_of(api_processes(host.overview(), "cc1plus", 10).value());
  ASSERT_EQ(data["processes"].size(), 3U);
  for (const auto& one : data["processes"]) {
    EXPECT_FALSE(one.contains("cpu_cores"));
    EXPECT_FALSE(one.contains("start_time_seconds"));
    EXPECT_TRUE(one.contains("cpu_seconds"));
  }
}

TEST(ApiGroups, IsAnEmptyListBeforeTheFirstSweep) {
  Host host;
  host.frame.processes = nullptr;
  EXPECT_EQ(data_of(api_groups(host.overview()))["groups"], json::array());
}

TEST(ApiProcesses, PutsTheHeaviestFirstAndTheUnknownLast) {
  Host host;
  const json data = data_of(api_processes(host.overview(), "cc1plus", 10).value());
  ASSERT_EQ(data["processes"].size(), 3U);
  EXPECT_EQ(data["processes"][0]["pid"], 2);
  EXPECT_EQ(data["processes"][0]["comm"], "he\\x1B[31m\\xFF");
  EXPECT_EQ(data["processes"][1]["pid"], 1);
  EXPECT_EQ(data["processes"][2]["pid"], 3);
  EXPECT_EQ(data["truncated"], false);
}

TEST(ApiProcesses, SaysWhenThereWereMore) {
  Host host;
  const json data = data_of(api_processes(host.overview(), "cc1plus", 1).value());
  EXPECT_EQ(data["processes"].size(), 1U);
  EXPECT_EQ(data["total"], 3);
  EXPECT_EQ(data["truncated"], true);
}

TEST(ApiProcesses, RefusesAGroupThatIsNotThere) {
  Host host;
  const auto answer = api_processes(host.overview(), "gc\x1b", 1);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::gone);
  EXPECT_EQ(answer.error().text, "no group \"gc\\x1B\"");
  host.frame.processes = nullptr;
  EXPECT_EQ(api_processes(host.overview(), "cc1plus", 1).error().text,
            "no processes were read yet");
}

TEST(ApiAlerts, HasTheEvidence) {
  Host host;
  const json alert = data_of(api_alerts(host.overview()))["alerts"].at(0);
  EXPECT_EQ(alert["rule"], "PerfwatchSwapStorm");
  EXPECT_EQ(alert["state"], "firing");
  EXPECT_EQ(alert["severity"], "warning");
  EXPECT_EQ(alert["active_since"], "2023-11-14T22:15:00.000Z");
  EXPECT_EQ(alert["fingerprint"], "0000000000000abc");
  EXPECT_EQ(alert["annotations"]["summary"], "swaps");
  EXPECT_FALSE(alert.contains("resolved_at"));
}

TEST(ApiSeries, FindsByPrefixAndLeavesAbsentValuesOut) {
  Host host;
  const json data = data_of(api_series(host.overview(), "perfwatch_load", 10));
  ASSERT_EQ(data["series"].size(), 1U);
  EXPECT_EQ(data["series"][0]["name"], "perfwatch_load_average");
  EXPECT_EQ(data["series"][0]["type"], "gauge");
  EXPECT_EQ(data["series"][0]["collector"], "load");
  EXPECT_EQ(data["series"][0]["labels"], (json{{"window", "1m"}}));
  EXPECT_EQ(data["series"][0]["value"], 1.5);
  EXPECT_EQ(data["truncated"], false);
}

TEST(ApiSeries, NamesTheBucketsOfAHistogram) {
  Host host;
  const json data = data_of(api_series(host.overview(), "perfwatch_http", 10));
  EXPECT_EQ(data["series"][0]["name"], "perfwatch_http_request_duration_seconds_bucket");
  EXPECT_EQ(data["series"][0]["labels"], (json{{"le", "0.1"}}));
}

TEST(ApiSeries, SaysTruncatedOnlyWhenThereWereMore) {
  Host host;
  EXPECT_EQ(data_of(api_series(host.overview(), "", 3))["truncated"], true);
  EXPECT_EQ(data_of(api_series(host.overview(), "", 4))["truncated"], false);
  EXPECT_EQ(data_of(api_series(host.overview(), "", 0))["series"], json::array());
}

TEST(Api, ReplacesWhatIsNotUtf8InsteadOfFailing) {
  Host host;
  host.daemon.hostname = "ho\xffst";
  host.summary.reasons = {"\xc3"};
  host.alert.annotations = {{"summary", "\xed\xa0\x80"}};
  EXPECT_EQ(data_of(api_status(host.overview(), host.summary))["daemon"]["hostname"],
            "ho\xEF\xBF\xBDst");
  EXPECT_TRUE(json::accept(api_alerts(host.overview())));
  EXPECT_EQ(json::parse(api_error("\xff\"")),
            (json{{"status", "error"}, {"error", "\xEF\xBF\xBD\""}}));
}

// Every key of `node`, below it too, but not the label names under `labels` and `annotations`.
void collect_keys(const json& node, std::set<std::string>& keys) {
  if (node.is_array()) {
    for (const json& child : node) collect_keys(child, keys);
  }
  if (!node.is_object()) return;
  for (const auto& [key, child] : node.items()) {
    keys.insert(key);
    if (key != "labels" && key != "annotations") collect_keys(child, keys);
  }
}

TEST(ApiDocumentation, ShowsEveryFieldThatWeSend) {
  Host host;
  host.summary = {1, 1, 1, 1,      1, 1, 1, 1, 1, 1, 1, 1, 1, HostSummary::Filesystem{},
                  1, 1, 1, "well", {}};
  host.frame.collectors[0].last_success = system_clock::time_point();
  host.alert.fired_at = host.alert.resolved_at = system_clock::time_point();
  std::set<std::string> keys;
  for (const std::string& answer :
       {api_status(host.overview(), host.summary), api_groups(host.overview()),
        api_processes(host.overview(), "cc1plus", 9).value(), api_alerts(host.overview()),
        api_series(host.overview(), "", 9), api_error("x")}) {
    collect_keys(json::parse(answer), keys);
  }
  std::ifstream file(test::source_path("docs/api.md"));
  std::stringstream page;
  page << file.rdbuf();
  for (const std::string& key : keys) {
    EXPECT_THAT(page.str(), testing::HasSubstr("\"" + key + "\"")) << "missing in docs/api.md";
  }
}

}  // namespace
}  // namespace perfwatch
