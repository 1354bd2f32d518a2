// SPDX-License-Identifier: Apache-2.0
#include "core/account/processes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/account/procfs_reader.h"
#include "tests/support/source_path.h"

namespace perfwatch {
namespace {

// A host in memory.
struct FakeHost {
  std::vector<ProcessRecord> processes;
  SweepErrors errors;
  bool broken = false;
  mutable std::vector<IdentityNeeds> asked;
};

class FakeReader : public ProcessReader {
 public:
  void describe(Accounting& /*out*/) const override {}
  explicit FakeReader(const FakeHost& host) : host_(host) {}
  Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override {
    if (host_.broken) return fail(ErrorKind::io, "no descriptors left");
    out = host_.processes;
    return host_.errors;
  }
  ProcessIdentity identify(const ProcessRecord& process, IdentityNeeds needs) override {
    host_.asked.push_back(needs);
    ProcessIdentity identity;
    identity.comm = view(process.comm);
    identity.kernel_thread = process.kernel_thread;
    return identity;
  }

 private:
  const FakeHost& host_;
};

ProcessRecord record(std::int32_t pid, std::string_view comm, double user_seconds = 0) {
  ProcessRecord made;
  made.key = {pid, 500};
  std::copy(comm.begin(), comm.end(), made.comm.begin());
  made.state = 'S';
  made.threads = 1;
  made.user_seconds = user_seconds;
  return made;
}

class Processes : public testing::Test {
 protected:
  Samples collect(double seconds) {
    const auto moment = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    auto samples = collector.collect({std::chrono::steady_clock::time_point(moment), {}});
    EXPECT_TRUE(samples) << samples.error().text;
    return std::move(*samples);
  }
  static double value(const Samples& samples, std::string_view metric,
                      const std::vector<std::string>& labels) {
    for (std::size_t i = 0; i < samples.values.size(); ++i) {
      const auto& series = samples.schema->series[i];
      if (series.metric->name == metric && series.label_values == labels) return samples.values[i];
    }
    ADD_FAILURE() << "no series " << metric;
    return kAbsent;
  }
  FakeHost host;
  ProcessesCollector collector{
      std::make_unique<FakeReader>(host), std::move(*GroupRules::make({})), {}, 1'700'000'000, 100};
};

TEST_F(Processes, ShowGroupsAndTheProcessesBehindThem) {
  auto reader = record(7, "make", 3);
  reader.read_bytes = 1000;
  reader.written_bytes = 0;
  host.processes = {reader, record(8, "make")};
  (void)collect(0);
  host.processes[0].user_seconds = 5;
  host.processes[0].read_bytes = 1500;
  const auto samples = collect(4);
  EXPECT_EQ(value(samples, "perfwatch_group_processes", {"make"}), 2);
  EXPECT_EQ(value(samples, "perfwatch_group_cpu_seconds_total", {"make", "user"}), 2);
  EXPECT_EQ(value(samples, "perfwatch_group_cpu_seconds_total", {"make", "system"}), 0);
  EXPECT_EQ(value(samples, "perfwatch_group_read_bytes_total", {"make"}), 500);
  EXPECT_EQ(value(samples, "perfwatch_group_oldest_start_time_seconds", {"make"}), 1'700'000'005);
  EXPECT_EQ(value(samples, "perfwatch_group_states", {"make", "sleeping"}), 2);
  EXPECT_EQ(value(samples, "perfwatch_series_limited_total", {"group"}), 0);

  ASSERT_TRUE(samples.processes);
  const auto& table = *samples.processes;
  ASSERT_EQ(table.processes.size(), 2U);
  const auto& view = table.processes[0];
  EXPECT_EQ(table.groups.at(view.group).name, "make");
  EXPECT_EQ(view.cpu_cores, 0.5);
  EXPECT_EQ(view.cpu_seconds, 5);
  EXPECT_EQ(view.io_bytes_per_second, 125);
  EXPECT_EQ(view.start_time_seconds, 1'700'000'005);
  EXPECT_TRUE(is_absent(table.processes[1].io_bytes_per_second));
  EXPECT_EQ(table.groups.at(view.group).cpu_cores, 0.5);
}

TEST_F(Processes, LeaveOutWhatIsUnknown) {
  host.processes = {record(7, "make")};
  const auto samples = collect(0);
  EXPECT_TRUE(is_absent(value(samples, "perfwatch_group_read_bytes_total", {"make"})));
  EXPECT_TRUE(is_absent(value(samples, "perfwatch_group_open_descriptors", {"make"})));
  EXPECT_TRUE(is_absent(value(samples, "perfwatch_group_oldest_start_time_seconds", {"other"})));
}

TEST_F(Processes, HaveNoRatesInTheFirstSweep) {
  host.processes = {record(7, "make", 5)};
  host.processes[0].read_bytes = host.processes[0].written_bytes = 10;
  const auto first = collect(0);
  EXPECT_TRUE(is_absent(first.processes->processes.at(0).cpu_cores));
  EXPECT_TRUE(is_absent(first.processes->processes.at(0).io_bytes_per_second));
  for (const auto& group : first.processes->groups) {
    EXPECT_TRUE(is_absent(group.cpu_cores)) << group.name;
    EXPECT_TRUE(is_absent(group.io_bytes_per_second)) << group.name;
  }
  const auto second = collect(2);
  EXPECT_EQ(second.processes->processes.at(0).cpu_cores, 0);
  EXPECT_EQ(second.processes->processes.at(0).io_bytes_per_second, 0);
}

TEST_F(Processes, MeasureRunsAndTellOfThemForSomeRounds) {
  const std::string id = "01HZZZZZZZ0000000000000000";
  const auto inbox = std::make_shared<RunInbox>();
  RunWatchSettings settings;
  settings.automatic = false;
  collector.watch_runs(settings, inbox);
  host.processes = {record(7, "make")};
  EXPECT_EQ(collect(0).processes->accounting->open_runs, nullptr);
  ASSERT_TRUE(inbox->begin({id, "app", "nightly", {}, 7, false, {}}));
  const auto begun = collect(2);
  ASSERT_TRUE(begun.processes->accounting->open_runs);
  ASSERT_EQ(begun.processes->accounting->open_runs->size(), 1U);
  EXPECT_EQ(begun.processes->accounting->open_runs->front().id, id);
  host.processes[0].user_seconds = 3;
  ASSERT_TRUE(inbox->end({id, 1, {}}));
  collector.watch_runs(settings, inbox);  // as a reload does
  EXPECT_EQ(collect(4).processes->accounting->ended_runs, nullptr);
  const auto ended = collect(6);
  ASSERT_TRUE(ended.processes->accounting->ended_runs);
  ASSERT_EQ(ended.processes->accounting->ended_runs->size(), 1U);
  const perfwatch::Run& run = ended.processes->accounting->ended_runs->front();
  EXPECT_EQ(run.outcome, RunOutcome::failed);
  EXPECT_EQ(run.figures[RunMetric::cpu_seconds], 3);
  const auto again = collect(8);
  EXPECT_EQ(again.processes->accounting->ended_runs, ended.processes->accounting->ended_runs)
      << "should the round before be lost";
  for (int i = 2; i < static_cast<int>(RunWatch::kTold); ++i) (void)collect(6 + 2 * i);
  EXPECT_EQ(collect(20).processes->accounting->ended_runs, nullptr);
}

TEST(ProcessesOfAHostWithoutBootTime, HaveNoStartTimes) {
  FakeHost host;
  host.processes = {record(7, "make")};
  ProcessesCollector collector(std::make_unique<FakeReader>(host), std::move(*GroupRules::make({})),
                               {}, kAbsent, 100);
  const auto samples = collector.collect({});
  ASSERT_TRUE(samples);
  EXPECT_TRUE(is_absent(samples->processes->processes.at(0).start_time_seconds));
  for (std::size_t i = 0; i < samples->values.size(); ++i) {
    const auto name = samples->schema->series[i].metric->name;
    if (name != "perfwatch_group_oldest_start_time_seconds") continue;
    EXPECT_TRUE(is_absent(samples->values[i]));
  }
}

TEST_F(Processes, KeepTheSchemaUntilAGroupComes) {
  host.processes = {record(7, "make")};
  const auto first = collect(0);
  host.processes[0].user_seconds = 9;
  EXPECT_EQ(collect(2).schema, first.schema);
  host.processes.clear();
  EXPECT_EQ(collect(4).schema, first.schema);  // the group stays with its counters
  host.processes = {record(8, "bash")};
  EXPECT_NE(collect(6).schema, first.schema);
}

TEST_F(Processes, ReturnOnlyDeclaredMetricsEachOneTogether) {
  host.processes = {record(7, "make"), record(8, "bash")};
  const auto samples = collect(0);
  std::set<const Metric*> seen;
  const Metric* last = nullptr;
  for (const auto& series : samples.schema->series) {
    const auto declared = collector.metrics();
    EXPECT_NE(std::find(declared.begin(), declared.end(), series.metric), declared.end());
    if (series.metric != last) {
      EXPECT_TRUE(seen.insert(series.metric).second);
    }
    last = series.metric;
  }
  for (const auto* metric : collector.metrics()) {
    EXPECT_EQ(metric->born_at_zero, metric->type == MetricType::counter) << metric->name;
  }
}

TEST_F(Processes, PassOnWhatCouldNotBeRead) {
  host.errors = {.denied = 3, .malformed = 1, .io = 0, .text = "reading /proc/7/io: denied"};
  const auto samples = collect(0);
  EXPECT_EQ(samples.item_errors[static_cast<std::size_t>(ErrorKind::denied)], 3U);
  EXPECT_EQ(samples.item_errors[static_cast<std::size_t>(ErrorKind::malformed)], 1U);
  EXPECT_EQ(samples.item_error_text, "reading /proc/7/io: denied");
}

TEST_F(Processes, AreReadNoFurtherThanTheRulesAsk) {
  host.processes = {record(7, "make")};
  (void)collect(0);
  EXPECT_EQ(host.asked, std::vector<IdentityNeeds>{{}}) << "by comm: nothing but comm";
  GroupRule rule;
  rule.name = "{{.Username}}";
  collector.set_rules(std::move(*GroupRules::make({rule})), {});
  host.processes.push_back(record(2, "kthreadd"));
  host.processes.back().kernel_thread = true;
  host.asked.clear();
  (void)collect(2);
  EXPECT_EQ(host.asked, (std::vector<IdentityNeeds>{{.user = true}, {}}));
}

TEST_F(Processes, DoNotEndBecauseOneSweepCouldNotReadThem) {
  host.processes = {record(7, "make", 100)};
  (void)collect(0);
  host.processes.clear();
  host.errors.malformed = 1;
  host.errors.unread = {7};
  const auto unread = collect(2);
  EXPECT_EQ(value(unread, "perfwatch_group_processes", {"make"}), 1);
  host.processes = {record(7, "make", 101)};
  host.errors = {};
  const auto samples = collect(4);
  EXPECT_EQ(value(samples, "perfwatch_group_cpu_seconds_total", {"make", "user"}), 1);
  EXPECT_EQ(value(samples, "perfwatch_group_started_total", {"make"}), 0);
  EXPECT_EQ(value(samples, "perfwatch_group_exited_total", {"make"}), 0);
}

TEST_F(Processes, SurviveASweepThatFailed) {
  host.processes = {record(7, "make", 100)};
  (void)collect(0);
  host.broken = true;
  EXPECT_FALSE(collector.collect({}));
  host.broken = false;
  host.processes[0].user_seconds = 101;
  const auto samples = collect(4);
  EXPECT_EQ(value(samples, "perfwatch_group_cpu_seconds_total", {"make", "user"}), 1);
  EXPECT_EQ(value(samples, "perfwatch_group_started_total", {"make"}), 0);
}

TEST_F(Processes, KeepTheirCountersWhenTheRulesChange) {
  host.processes = {record(7, "make", 1)};
  (void)collect(0);
  host.processes[0].user_seconds = 3;
  (void)collect(2);
  GroupRule rule;
  rule.name = "build";
  rule.memory_limit_bytes = 4096;
  collector.set_rules(std::move(*GroupRules::make({rule})), {});
  host.processes[0].user_seconds = 4;
  const auto samples = collect(4);
  EXPECT_EQ(value(samples, "perfwatch_group_cpu_seconds_total", {"make", "user"}), 2);
  EXPECT_EQ(value(samples, "perfwatch_group_cpu_seconds_total", {"build", "user"}), 1);
  EXPECT_EQ(value(samples, "perfwatch_group_memory_limit_bytes", {"build"}), 4096);
  EXPECT_EQ(value(samples, "perfwatch_group_started_total", {"build"}), 0);
}

TEST(ProcessesOfTheFixture, AreGroupedByComm) {
  auto reader = ProcfsReader::make(test::source_path("tests/fixtures/host/proc"), 100);
  ASSERT_TRUE(reader);
  ProcessesCollector collector(std::move(*reader), std::move(*GroupRules::make({})), {}, 0, 100);
  const auto samples = collector.collect({});
  ASSERT_TRUE(samples);
  std::vector<std::pair<std::string, std::uint32_t>> groups;
  for (const auto& group : samples->processes->groups) {
    groups.emplace_back(group.name, group.processes);
  }
  std::sort(groups.begin(), groups.end());
  const std::vector<std::pair<std::string, std::uint32_t>> expected = {
      {"bash", 1},   {"cc1plus", 3}, {"e) S 1\\x0A\\xFF\\x1B[2J\"\\", 1},
      {"java", 1},   {"kernel", 3},  {"make", 1},
      {"nginx", 1},  {"other", 0},   {"sshd", 1},
      {"systemd", 1}};
  EXPECT_EQ(groups, expected);
}

}  // namespace
}  // namespace perfwatch
