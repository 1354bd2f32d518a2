// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/model/bottleneck.h"
#include "exporters/json/api.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

struct Host {
  Host() {
    frame.at.wall = system_clock::time_point(seconds(1'700'000'000));
    alert.rule = "High";
    alert.state = AlertState::firing;
    alert.value = 0.95;
    alert.fingerprint = 7;
    alert.labels = {{"alertname", "High"}, {"host", "ci1"}, {"severity", "warning"}};
    alert.annotations = {{"bottleneck", "memory: full"},
                         {"command", "perfwatch top"},
                         {"description", "More."},
                         {"recommendation", "Do less."},
                         {"summary", "It is high"},
                         {"threshold", "above 0.9"},
                         {"top_processes", "pid 1 a 2.0GiB\npid 2 b 1.0GiB"}};
    alert.active_since = frame.at.wall - seconds(60);
    alerts = {&alert};
    auto bottlenecks = std::make_shared<Bottlenecks>();
    bottlenecks->state = Bottlenecks::State::bound;
    bottlenecks->samples = 30;
    bottlenecks->seconds = 60;
    bottlenecks->summary = "cpu: busy";
    Bottleneck cpu;
    cpu.utilisation = 0.99;
    cpu.pressure = 0.87;
    cpu.group = "cc1plus";
    cpu.since = frame.at.wall - seconds(30);
    cpu.evidence = "busy";
    cpu.expected = "waiting below 50%";
    cpu.recommendation = "-j8";
    cpu.command = "perfwatch top --sort cpu";
    bottlenecks->list = {cpu};
    frame.bottlenecks = bottlenecks;
  }
  [[nodiscard]] json ask(const FindingsQuery& query = {}) const {
    const json answer = json::parse(api_findings({daemon, frame, nullptr, alerts}, query));
    EXPECT_EQ(answer.at("status"), "success");
    return answer.at("data");
  }

  DaemonInfo daemon;
  Frame frame;
  Alert alert;
  std::vector<const Alert*> alerts;
};

TEST(ApiFindings, SayWhatBoundsTheHost) {
  const json data = Host().ask();
  EXPECT_EQ(data["window"],
            json::parse(R"({"samples": 30, "samples_wanted": 10, "seconds": 60.0})"));
  EXPECT_EQ(data["bottlenecks"], json::parse(R"({"state": "bound", "summary": "cpu: busy", "list": [
      {"resource": "cpu", "subject": "group", "group": "cc1plus", "severity": "info",
       "utilisation": 0.99, "pressure": 0.87, "since": "2023-11-14T22:12:50.000Z",
       "evidence": "busy", "expected": "waiting below 50%", "recommendation": "-j8",
       "command": "perfwatch top --sort cpu"}]})"));
}

TEST(ApiFindings, ListAllThatIsWrongTheWorstFirst) {
  const json data = Host().ask();
  EXPECT_EQ(data["total"], 2);
  EXPECT_EQ(data["truncated"], false);
  ASSERT_EQ(data["findings"].size(), 2U);
  EXPECT_EQ(data["findings"][0], json::parse(R"({"id": "alert/0000000000000007", "kind": "alert",
      "name": "High", "state": "firing", "severity": "warning", "subject": {"host": "ci1"},
      "summary": "It is high", "value": 0.95, "expected": "below 0.9",
      "since": "2023-11-14T22:12:20.000Z", "evidence": "More.",
      "processes": ["pid 1 a 2.0GiB", "pid 2 b 1.0GiB"], "bottleneck": "memory: full",
      "recommendation": "Do less.", "command": "perfwatch top"})"));
  EXPECT_EQ(data["findings"][1]["id"], "bottleneck/cpu/cc1plus");
}

TEST(ApiFindings, LeaveOutWhatIsNotAskedFor) {
  const Host host;
  EXPECT_EQ(host.ask({Severity::warning, 100})["findings"].size(), 1U);
  EXPECT_EQ(host.ask({Severity::critical, 100})["findings"], json::array());
  EXPECT_EQ(host.ask({Severity::critical, 100})["bottlenecks"]["list"].size(), 1U)
      << "what bounds the host is always told";
  const json first = host.ask({Severity::info, 1});
  EXPECT_EQ(first["findings"].size(), 1U);
  EXPECT_EQ(first["total"], 2);
  EXPECT_EQ(first["truncated"], true);
}

TEST(ApiFindings, SayInsufficientDataUntilThereIsEnough) {
  Host host;
  host.frame.bottlenecks = nullptr;
  EXPECT_EQ(host.ask()["bottlenecks"],
            json::parse(R"({"state": "insufficient data", "list": []})"));
  EXPECT_EQ(host.ask()["window"]["samples"], 0);
  EXPECT_EQ(host.ask()["findings"].size(), 1U) << "alerts do not wait for it";
}

TEST(ApiFindings, StandNamesThatAreNotUtf8) {
  Host host;
  auto bottlenecks = std::make_shared<Bottlenecks>(*host.frame.bottlenecks);
  bottlenecks->list[0].group = bottlenecks->list[0].evidence = "\xff\"";
  host.frame.bottlenecks = bottlenecks;
  EXPECT_EQ(host.ask()["bottlenecks"]["list"][0]["group"], "\xEF\xBF\xBD\"");
}

TEST(ApiFindings, AreDocumentedFieldByField) {
  std::ifstream file(test::source_path("docs/api.md"));
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const json data = Host().ask();
  for (const json& object : {data, data["window"], data["bottlenecks"],
                             data["bottlenecks"]["list"][0], data["findings"][0]}) {
    for (const auto& [key, value] : object.items()) {
      EXPECT_THAT(page, testing::HasSubstr("\"" + key + "\"")) << "missing in docs/api.md";
    }
  }
}

}  // namespace
}  // namespace perfwatch
