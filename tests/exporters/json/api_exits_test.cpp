// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "exporters/json/api.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::HasSubstr;

constexpr system_clock::time_point kNoon{seconds(1'700'000'040)};  // a whole minute

ExitKind kind(std::string_view name, std::string_view group, std::uint64_t count, double user) {
  ExitKind out;
  std::memcpy(out.comm.data(), name.data(), std::min(name.size(), kCommSize));
  out.group = group;
  out.count = count;
  out.user_seconds = user;
  return out;
}

RecentExit recent(std::int32_t pid, std::optional<int> status) {
  RecentExit exit;
  exit.key = {pid, 77};
  exit.comm = {'s', 'h'};
  exit.group = "make";
  exit.seen = kNoon;
  exit.wait_status = status;
  return exit;
}

// A host on which a compiler, a shell and something hostile ended.
struct Host {
  Host() {
    ExitKind compiler = kind("cc1plus", "make", 20, 6);
    compiler.system_seconds = 2;
    compiler.failed = 1;
    compiler.signalled = 2;
    compiler.largest_peak_bytes = 900;
    compiler.peak_bytes_sum = 1000;
    compiler.peak_known = 4;
    compiler.lived_seconds = 10;
    compiler.lived_known = 20;
    compiler.io_known = 20;
    compiler.read_bytes = 5;
    auto table = std::make_shared<ExitTable>();
    table->since = kNoon - minutes(3);
    table->limited = 7;
    const auto minute = [&](system_clock::time_point start, std::vector<ExitKind> kinds) {
      table->minutes.push_back(std::make_shared<ExitMinute>(ExitMinute{start, std::move(kinds)}));
    };
    minute(kNoon - minutes(2), {kind("sh", "make", 300, 1), kind("e\x1b[2J\xff", "x", 1, 0)});
    minute(kNoon, {compiler, kind("sh", "make", 100, 1)});
    table->recent = {recent(1, 0), recent(2, 3 << 8), recent(3, 9), recent(4, std::nullopt)};
    table->recent[0].lived_seconds = 0.5;
    table->recent[0].peak_resident_bytes = 4096;
    auto accounting = std::make_shared<Accounting>();
    accounting->tier = AccountingTier::ebpf;
    accounting->exact = true;
    accounting->lost = {{"exit", "ring_full", 3}, {"exec", "ring_full", 2}, {"oom", "x", 100}};
    set(accounting, table);
    frame.at.wall = kNoon + seconds(10);
  }
  void set(std::shared_ptr<Accounting> accounting, std::shared_ptr<ExitTable> exits) {
    auto table = std::make_shared<ProcessTable>();
    table->accounting = std::move(accounting);
    table->exits = std::move(exits);
    frame.processes = std::move(table);
  }
  [[nodiscard]] Overview overview() const { return {daemon, frame, nullptr, alerts}; }
  [[nodiscard]] json ask(const ExitsQuery& query) const {
    const json parsed = json::parse(api_exits(overview(), query).value());
    EXPECT_EQ(parsed.at("status"), "success");
    return parsed.at("data");
  }

  DaemonInfo daemon;
  Frame frame;
  std::vector<const Alert*> alerts;
};

TEST(ApiExits, SaysWhatEachKindOfProgramTook) {
  const json data = Host().ask({});
  ASSERT_EQ(data["kinds"].size(), 3U);
  const json& compiler = data["kinds"][0];
  EXPECT_EQ(compiler["comm"], "cc1plus");
  EXPECT_EQ(compiler["group"], "make");
  EXPECT_EQ(compiler["count"], 20);
  EXPECT_EQ(compiler["failed"], 1);
  EXPECT_EQ(compiler["signalled"], 2);
  EXPECT_EQ(compiler["user_seconds"], 6);
  EXPECT_EQ(compiler["system_seconds"], 2);
  EXPECT_EQ(compiler["cpu_seconds"], 8);
  EXPECT_EQ(compiler["cpu_ratio"], 0.8);
  EXPECT_EQ(compiler["peak_resident_bytes_max"], 900);
  EXPECT_EQ(compiler["peak_resident_bytes_mean"], 250);
  EXPECT_EQ(compiler["lived_seconds_mean"], 0.5);
  EXPECT_EQ(compiler["read_bytes"], 5);
  EXPECT_EQ(compiler["written_bytes"], 0);
  const json& shell = data["kinds"][1];
  EXPECT_EQ(shell["comm"], "sh");
  EXPECT_EQ(shell["count"], 400) << "of both minutes";
  for (const char* unknown : {"peak_resident_bytes_max", "peak_resident_bytes_mean",
                              "lived_seconds_mean", "read_bytes", "written_bytes"}) {
    EXPECT_FALSE(shell.contains(unknown)) << unknown;
  }
  EXPECT_EQ(data["kinds"][2]["comm"], "e\\x1B[2J\\xFF");
}

TEST(ApiExits, SaysHowCompleteItIs) {
  const json data = Host().ask({});
  EXPECT_EQ(data["tier"], "ebpf");
  EXPECT_EQ(data["exact"], true);
  EXPECT_EQ(data["events_lost"], 5) << "of exits and programs";
  EXPECT_EQ(data["limited_total"], 7);
  EXPECT_EQ(data["from"], "2023-11-14T22:11:00.000Z") << "it did not listen longer";
  EXPECT_EQ(data["to"], "2023-11-14T22:14:10.000Z");
  EXPECT_EQ(data["covered_seconds"], 190);
  EXPECT_EQ(data["count"], 421);
  EXPECT_EQ(data["cpu_seconds"], 10);
  EXPECT_EQ(data["total"], 3);
  EXPECT_EQ(data["truncated"], false);
}

TEST(ApiExits, TakesTheWindowTheOrderAndTheLimit) {
  const Host host;
  const json one = host.ask({minutes(1), ExitSort::count, 50, 0});
  EXPECT_EQ(one["kinds"][0]["count"], 100);
  EXPECT_EQ(one["sort"], "count");
  EXPECT_EQ(one["total"], 2);
  const json first = host.ask({minutes(5), ExitSort::memory, 1, 0});
  ASSERT_EQ(first["kinds"].size(), 1U);
  EXPECT_EQ(first["kinds"][0]["comm"], "cc1plus");
  EXPECT_EQ(first["truncated"], true);
  EXPECT_EQ(first["count"], 421) << "of all kinds";
}

TEST(ApiExits, ListsTheLastExitsNewestFirst) {
  const Host host;
  EXPECT_FALSE(host.ask({}).contains("recent"));
  const json two = host.ask({minutes(5), ExitSort::cpu, 50, 2})["recent"];
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0]["pid"], 4);
  EXPECT_FALSE(two[0].contains("exit_status") || two[0].contains("signal"));
  EXPECT_EQ(two[1]["signal"], 9);
  const json all = host.ask({minutes(5), ExitSort::cpu, 50, 200})["recent"];
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[2]["exit_status"], 3);
  EXPECT_EQ(all[3]["exit_status"], 0);
  EXPECT_EQ(all[3]["lived_seconds"], 0.5);
  EXPECT_EQ(all[3]["peak_resident_bytes"], 4096);
  EXPECT_EQ(all[3]["seen"], "2023-11-14T22:14:00.000Z");
}

TEST(ApiExits, IsAnEmptyListOnlyWhenNothingEnded) {
  Host host;
  auto table = std::make_shared<ExitTable>();
  table->since = host.frame.at.wall;
  host.set(std::make_shared<Accounting>(), table);
  const json data = host.ask({});
  EXPECT_EQ(data["kinds"], json::array());
  EXPECT_EQ(data["count"], 0);
  EXPECT_EQ(data["covered_seconds"], 0);
}

TEST(ApiExits, ExplainsATierThatDoesNotSeeExits) {
  Host host;
  auto accounting = std::make_shared<Accounting>();
  accounting->note = "Processes are sampled.";
  accounting->features = {{"exits", "none", "The kernel has no BTF."}};
  host.set(accounting, nullptr);
  const auto answer = api_exits(host.overview(), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(answer.error().text, HasSubstr("tier is \"poll\". Processes are sampled. The kernel "
                                             "has no BTF. Run perfwatchd"));
  EXPECT_THAT(answer.error().text, HasSubstr("perfwatch doctor"));
  host.frame.processes = nullptr;
  EXPECT_EQ(api_exits(host.overview(), {}).error().kind, ErrorKind::gone);
}

void collect_keys(const json& node, std::set<std::string>& keys) {
  if (node.is_object()) {
    for (const auto& [key, child] : node.items()) keys.insert(key);
  }
  if (node.is_structured()) {
    for (const json& child : node) collect_keys(child, keys);
  }
}

TEST(ApiDocumentation, ShowsEveryFieldOfTheExits) {
  std::set<std::string> keys;
  collect_keys(Host().ask({minutes(5), ExitSort::cpu, 50, 200}), keys);
  EXPECT_GT(keys.size(), 30U);
  std::ifstream file(test::source_path("docs/api.md"));
  std::stringstream page;
  page << file.rdbuf();
  std::string text = page.str();
  const auto begin = text.find("## /api/v1/exits");
  ASSERT_NE(begin, std::string::npos);
  text = text.substr(begin, text.find("\n## ", begin) - begin);
  for (const std::string& key : keys) EXPECT_THAT(text, HasSubstr("\"" + key + "\""));
}

}  // namespace
}  // namespace perfwatch
