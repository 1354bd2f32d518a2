// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "core/model/bottleneck.h"

namespace perfwatch {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;
using testing::ElementsAre;
using testing::IsEmpty;

const system_clock::time_point kNow{seconds(1'700'000'000)};

Alert alert(std::string rule, Severity severity, AlertState state, int age) {
  Alert out;
  out.rule = std::move(rule);
  out.severity = severity;
  out.state = state;
  out.value = 0.97;
  out.fingerprint = 0xabc;
  out.active_since = kNow - seconds(age);
  out.labels = {{"alertname", out.rule}, {"group", "ld"}, {"severity", "warning"}};
  out.annotations = {
      {"bottleneck", "memory: full"},      {"command", "perfwatch top"}, {"description", "More."},
      {"recommendation", "Do less."},      {"summary", "High"},          {"threshold", "above 0.9"},
      {"top_processes", "pid 1 ld 2.0GiB"}};
  return out;
}

Frame frame_with(std::vector<Bottleneck> list) {
  Frame frame;
  frame.at.wall = kNow;
  auto bottlenecks = std::make_shared<Bottlenecks>();
  bottlenecks->list = std::move(list);
  frame.bottlenecks = bottlenecks;
  return frame;
}

Bottleneck bottleneck(Resource resource, Severity severity, std::string group = {}) {
  Bottleneck out;
  out.resource = resource;
  out.severity = severity;
  out.group = std::move(group);
  out.utilisation = 0.9;
  out.since = kNow - seconds(30);
  out.evidence = "the disk is busy";
  out.expected = "idle";
  out.recommendation = "Wait.";
  out.command = "perfwatch top --sort io";
  return out;
}

std::vector<std::string> names(const std::vector<FindingView>& findings) {
  std::vector<std::string> out;
  for (const auto& one : findings) out.push_back(one.name + " " + one.state);
  return out;
}

TEST(CollectFindings, ShowsAnAlertWithAllThatItsAnnotationsSay) {
  const Alert firing = alert("High", Severity::warning, AlertState::firing, 60);
  const auto all = collect_findings(Frame{}, {&firing});
  ASSERT_EQ(all.size(), 1U);
  const FindingView& view = all[0];
  EXPECT_EQ(view.id, "alert/0000000000000abc");
  EXPECT_EQ(view.kind, "alert");
  EXPECT_EQ(view.name, "High");
  EXPECT_EQ(view.subject, (Labels{{"group", "ld"}}));
  EXPECT_EQ(view.state, "firing");
  EXPECT_EQ(view.summary, "High");
  EXPECT_EQ(view.evidence, "More.");
  EXPECT_EQ(view.processes, "pid 1 ld 2.0GiB");
  EXPECT_EQ(view.value, 0.97);
  EXPECT_EQ(view.expected, "below 0.9");
  EXPECT_EQ(view.since, kNow - seconds(60));
  EXPECT_EQ(view.bottleneck, "memory: full");
  EXPECT_EQ(view.recommendation, "Do less.");
  EXPECT_EQ(view.command, "perfwatch top");
}

TEST(CollectFindings, BelievesARuleThatSaysItselfWhatItExpected) {
  Alert firing = alert("High", Severity::warning, AlertState::firing, 60);
  firing.annotations.insert(firing.annotations.begin() + 3, {"expected", "about 12"});
  EXPECT_EQ(collect_findings(Frame{}, {&firing})[0].expected, "about 12");
  firing.annotations.clear();
  EXPECT_EQ(collect_findings(Frame{}, {&firing})[0].expected, "");
}

TEST(CollectFindings, ShowsABottleneckWithTheProcessesOfNow) {
  Frame frame = frame_with({bottleneck(Resource::io, Severity::info, "rsync")});
  auto table = std::make_shared<ProcessTable>();
  table->groups.resize(2);
  table->groups[1].name = "rsync";
  for (const std::uint16_t group : {std::uint16_t{0}, std::uint16_t{1}}) {
    ProcessView process;
    process.key.pid = 10 + group;
    process.group = group;
    std::memcpy(process.comm.data(), "rsync", 5);
    process.io_bytes_per_second = 2048;
    table->processes.push_back(process);
  }
  frame.processes = table;
  const auto all = collect_findings(frame, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "bottleneck/io/rsync");
  EXPECT_EQ(all[0].subject, (Labels{{"group", "rsync"}}));
  EXPECT_EQ(all[0].processes, "pid 11 rsync 2.0KiB/s");
  EXPECT_EQ(all[0].value, 0.9) << "its use, where nothing tells how long work waits";
  EXPECT_EQ(all[0].expected, "idle");
  EXPECT_EQ(all[0].command, "perfwatch top --sort io");
}

TEST(CollectFindings, PutsTheWorstFirstAndLeavesOutWhatIsOver) {
  const Alert pending = alert("Pending", Severity::critical, AlertState::pending, 500);
  const Alert late = alert("Late", Severity::warning, AlertState::firing, 10);
  const Alert early = alert("Early", Severity::warning, AlertState::firing, 90);
  const Alert over = alert("Over", Severity::critical, AlertState::resolved, 90);
  const Frame frame = frame_with({bottleneck(Resource::memory, Severity::critical),
                                  bottleneck(Resource::cpu, Severity::info)});
  EXPECT_THAT(names(collect_findings(frame, {&pending, &late, &early, &over})),
              ElementsAre("memory present", "Pending pending", "Early firing", "Late firing",
                          "cpu present"));
  EXPECT_THAT(collect_findings(Frame{}, {}), IsEmpty());
}

}  // namespace
}  // namespace perfwatch
