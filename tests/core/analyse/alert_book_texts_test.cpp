// SPDX-License-Identifier: Apache-2.0
// What an alert is told with: bottlenecks, recommendations, and how much of it.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/analyse/alert_book.h"
#include "core/model/bottleneck.h"
#include "core/model/oom.h"
#include "tests/core/analyse/alert_book_fixture.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::annotation;
using test::finding;
using test::frame_at;
using test::rule_named;
using test::set_of;

std::shared_ptr<const Bottlenecks> bound_by_memory(const std::string& evidence) {
  auto bottlenecks = std::make_shared<Bottlenecks>();
  bottlenecks->list.resize(1);
  bottlenecks->list[0].resource = Resource::memory;
  bottlenecks->list[0].evidence = evidence;
  bottlenecks->list[0].recommendation = "Run fewer jobs.";
  return bottlenecks;
}

TEST(AlertBook, SaysWhatToDoAndWhatBoundedTheHostAsItFired) {
  Rule rule = rule_named("High");
  rule.recommendation = "Look at {{ $labels.group }}, {{ $value }}.";
  const RuleSet rules = set_of({rule, rule_named("Other")});
  AlertBook book({});
  Frame frame = frame_at(seconds(0));
  frame.bottlenecks = bound_by_memory("96% in use");
  (void)book.update(rules, {finding(Level::raised), finding(Level::raised, 1, "ld", "Other")},
                    frame);
  frame = frame_at(seconds(2));
  frame.bottlenecks = bound_by_memory("later");
  (void)book.update(rules, {finding(Level::raised, 0.97), finding(Level::raised, 1, "ld", "Other")},
                    frame);
  for (const Alert* alert : book.alerts()) {
    EXPECT_EQ(annotation(*alert, "bottleneck"), "memory: 96% in use") << "of that moment";
    EXPECT_EQ(annotation(*alert, "recommendation"),
              alert->rule == "High" ? "Look at cc1plus, 0.97." : "memory: Run fewer jobs.")
        << "a rule that does not know takes that of what bounds the host";
  }
}

TEST(AlertBook, SaysNothingOfBottlenecksWhereNothingBoundsTheHost) {
  const RuleSet rules = set_of({rule_named("High")});
  AlertBook book({});
  Frame frame = frame_at(seconds(0));
  frame.bottlenecks = std::make_shared<const Bottlenecks>();
  (void)book.update(rules, {finding(Level::raised)}, frame);
  EXPECT_EQ(annotation(*book.alerts()[0], "bottleneck"), "(none)");
  EXPECT_EQ(annotation(*book.alerts()[0], "recommendation"), "(none)");
}

// `metric` decides about the evidence: kills for lack of memory, or what bounds the host.
std::size_t largest_annotations(const std::string& metric) {
  Rule rule = rule_named("High");
  rule.metric = metric;
  rule.summary = rule.description = rule.recommendation =
      "{{ $labels.group }}" + std::string(4000, 'x');
  rule.runbook_url.assign(512, 'u');
  const RuleSet rules = set_of({rule});
  Frame frame = frame_at(seconds(0));
  auto table = std::make_shared<ProcessTable>();
  table->groups.resize(1);
  table->groups[0].name.assign(3000, '\'');
  for (int i = 0; i < 9; ++i) {
    ProcessView process;
    process.key.pid = 4194304 - i;
    process.comm.fill('\x01');
    process.resident_bytes = ~std::uint64_t{0};
    table->processes.push_back(process);
  }
  frame.processes = table;
  frame.bottlenecks = bound_by_memory(std::string(4000, 'e'));
  auto history = std::make_shared<OomHistory>();
  for (int i = 0; i < 9; ++i) {
    OomKill kill;
    kill.at = frame.at.wall;
    kill.pid = 4194304 - i;
    kill.group = table->groups[0].name;
    kill.limit_cgroup = kill.victim_cgroup = std::string(4000, '/');
    history->kills.push_back(kill);
  }
  frame.oom = history;
  AlertBook book({});
  (void)book.update(
      rules, {finding(Level::raised, -1.2345678901234567e-300, table->groups[0].name)}, frame);
  Frame later = frame_at(hours(2));
  const auto changed = book.update(rules, {}, later);
  EXPECT_EQ(changed.size(), 1U);
  std::size_t size = 0;
  for (const auto& [name, value] : changed.at(0)->annotations) size += name.size() + value.size();
  return size;
}

TEST(AlertBook, KeepsAllAnnotationsUnderFourKilobytes) {
  for (const std::string metric : {"test_memory_bytes", "test_oom_kills_total"}) {
    EXPECT_LT(largest_annotations(metric), 4096U) << metric;
    EXPECT_GT(largest_annotations(metric), 2500U) << metric;
  }
}

}  // namespace
}  // namespace perfwatch
