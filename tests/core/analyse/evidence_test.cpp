// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/model/samples.h"

namespace perfwatch {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

ProcessView process(std::int32_t pid, const char* comm, std::uint16_t group, std::uint64_t resident,
                    double cores = 0, double io = kAbsent) {
  ProcessView out;
  out.key = {pid, 1};
  std::strncpy(out.comm.data(), comm, kCommSize);
  out.group = group;
  out.resident_bytes = resident;
  out.cpu_cores = cores;
  out.io_bytes_per_second = io;
  return out;
}

ProcessTable table(std::vector<ProcessView> processes) {
  ProcessTable out;
  out.groups.resize(2);
  out.groups[0].name = "compilers";
  out.groups[1].name = "other";
  out.processes = std::move(processes);
  return out;
}

TEST(RunEvidence, IsThatOfTheSubject) {
  RunBoard board;
  RunWorse worse{"kernel", "make", RunMetric::cpu_seconds, 0.9, {}};
  worse.evidence.text = "CPU: 61.0 s -> 118 s";
  board.worse.push_back(worse);
  worse.ratio = 1.5;  // with cold caches
  worse.evidence.text = "CPU: 80 s -> 200 s";
  worse.evidence.since_run = "01H";
  worse.evidence.since_commit = "c0ffee";
  board.worse.push_back(worse);
  Labels subject{{"component", "kernel"}, {"metric", "cpu_seconds"}, {"operation", "make"}};
  EXPECT_EQ(run_evidence(board, subject), "CPU: 80 s -> 200 s, since run 01H (commit c0ffee)")
      << "the worse of two";
  EXPECT_EQ(command_for("perfwatch_run_regressed", subject),
            "perfwatch runs --component kernel --operation make");
  EXPECT_EQ(command_for("perfwatch_run_regressed", subject, "/var/lib/perf watch"),
            "perfwatch runs --storage.path '/var/lib/perf watch' --component kernel --operation "
            "make");
  subject[2].second = "make 'all'; reboot";
  EXPECT_EQ(run_evidence(board, subject), "");
  EXPECT_EQ(command_for("perfwatch_run_regressed", subject),
            "perfwatch runs --component kernel --operation 'make '\\''all'\\''; reboot'");
}

TEST(WeightOf, FollowsTheMetricAndThePressureResource) {
  EXPECT_EQ(weight_of("perfwatch_memory_available_bytes", {}), Weight::memory);
  EXPECT_EQ(weight_of("perfwatch_swap_read_bytes_total", {}), Weight::memory);
  EXPECT_EQ(weight_of("perfwatch_oom_kills_total", {}), Weight::memory);
  EXPECT_EQ(weight_of("perfwatch_group_memory_resident_bytes", {}), Weight::memory);
  EXPECT_EQ(weight_of("perfwatch_pressure_stall_ratio", {{"resource", "memory"}}), Weight::memory);
  EXPECT_EQ(weight_of("perfwatch_pressure_stall_ratio", {{"resource", "io"}}), Weight::io);
  EXPECT_EQ(weight_of("perfwatch_pressure_stall_ratio", {{"resource", "cpu"}}), Weight::cpu);
  EXPECT_EQ(weight_of("perfwatch_disk_io_time_seconds_total", {}), Weight::io);
  EXPECT_EQ(weight_of("perfwatch_filesystem_available_bytes", {}), Weight::io);
  EXPECT_EQ(weight_of("perfwatch_group_written_bytes_total", {}), Weight::io);
  EXPECT_EQ(weight_of("perfwatch_cpu_seconds_total", {}), Weight::cpu);
  EXPECT_EQ(weight_of("perfwatch_collector_stuck", {}), Weight::cpu);
}

OomKill killed(const char* group, OomScope scope, int minute) {
  OomKill kill;
  kill.at += std::chrono::minutes(minute);
  kill.pid = 100 + minute;
  kill.comm = "cc1plus";
  kill.group = group;
  kill.scope = scope;
  kill.limit_cgroup = scope == OomScope::cgroup ? "/ci" : "";
  kill.victim_cgroup = "/ci/job 7";
  kill.anonymous_bytes = 2 * kGiB;
  kill.largest = {{1, "cc1plus", 2 * kGiB, 0}, {2, "ld", kGiB, 0}};
  return kill;
}

TEST(OomEvidence, NamesTheVictimTheLimitAndTheLargest) {
  const OomHistory history{{killed("gcc", OomScope::cgroup, 60)}, ""};
  const std::chrono::system_clock::time_point now{std::chrono::minutes(61)};
  EXPECT_EQ(oom_evidence(history, {{"group", "gcc"}, {"scope", "cgroup"}}, now),
            "pid 160 cc1plus (group gcc) 2.0GiB at 1970-01-01T01:00:00.000Z, limit of /ci, in "
            "/ci/job 7\nlargest then: cc1plus 2.0GiB, ld 1.0GiB");
}

TEST(CommandFor, ShowsTheRecordsOfKills) {
  EXPECT_EQ(command_for("perfwatch_group_oom_kills_total", {{"group", "gcc"}}), "perfwatch status");
}

TEST(OomEvidence, KeepsToTheSubjectAndToWhatIsNew) {
  auto old = killed("gcc", OomScope::cgroup, 59);
  old.before_start = true;
  OomHistory history{{killed("gcc", OomScope::cgroup, 60), killed("ld", OomScope::cgroup, 60),
                      killed("gcc", OomScope::host, 60), old, killed("gcc", OomScope::cgroup, 40)},
                     ""};
  const std::chrono::system_clock::time_point now{std::chrono::minutes(61)};
  const auto count = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(count(oom_evidence(history, {{"group", "gcc"}, {"scope", "cgroup"}}, now)), 1);
  EXPECT_EQ(count(oom_evidence(history, {}, now)), 5) << "three kills of two lines";
  EXPECT_EQ(oom_evidence(history, {{"group", "java"}}, now), "");
}

TEST(HeaviestProcesses, ListsFiveHeaviestFirst) {
  const auto all =
      table({process(1, "a", 0, 1 * kGiB), process(2, "b", 0, 7 * kGiB),
             process(3, "c", 1, 3 * kGiB), process(4, "d", 0, 2 * kGiB),
             process(5, "e", 0, 6 * kGiB), process(6, "f", 0, 5 * kGiB), process(7, "none", 0, 0)});
  EXPECT_EQ(heaviest_processes(all, Weight::memory, ""),
            "pid 2 b 7.0GiB\npid 5 e 6.0GiB\npid 6 f 5.0GiB\npid 3 c 3.0GiB\npid 4 d 2.0GiB");
}

TEST(HeaviestProcesses, KeepsToOneGroupWhenAsked) {
  const auto all = table({process(1, "cc1plus", 0, kGiB), process(2, "ld", 1, 2 * kGiB)});
  EXPECT_EQ(heaviest_processes(all, Weight::memory, "compilers"), "pid 1 cc1plus 1.0GiB");
  EXPECT_EQ(heaviest_processes(all, Weight::memory, "no such group"), "");
}

TEST(HeaviestProcesses, WeighsByCpuAndByIo) {
  const auto all =
      table({process(1, "a", 0, 9, 0.5, 2048), process(2, "b", 0, 9, 3.25), process(3, "c", 0, 9)});
  EXPECT_EQ(heaviest_processes(all, Weight::cpu, ""), "pid 2 b 3.25 cores\npid 1 a 0.50 cores");
  EXPECT_EQ(heaviest_processes(all, Weight::io, ""), "pid 1 a 2.0KiB/s")
      << "what could not be read is not 0";
}

TEST(HeaviestProcesses, SurvivesHostileNamesAndBrokenGroups) {
  const auto all = table({process(1, "\xff\n<b>", 99, kGiB)});
  EXPECT_EQ(heaviest_processes(all, Weight::memory, ""), "pid 1 \\xFF\\x0A<b> 1.0GiB");
  EXPECT_EQ(heaviest_processes(all, Weight::memory, "compilers"), "");
}

TEST(CommandFor, ShowsTheSamePictureLive) {
  EXPECT_EQ(command_for("perfwatch_group_memory_resident_bytes", {{"group", "cc1plus"}}),
            "perfwatch top --group cc1plus --sort memory");
  EXPECT_EQ(command_for("perfwatch_group_cpu_seconds_total", {{"group", "it's $(me)"}}),
            "perfwatch top --group 'it'\\''s $(me)' --sort cpu");
  EXPECT_EQ(command_for("perfwatch_memory_available_bytes", {}), "perfwatch top --sort memory");
  EXPECT_EQ(command_for("perfwatch_disk_read_bytes_total", {{"device", "sda"}}),
            "perfwatch top --sort io");
  EXPECT_EQ(command_for("perfwatch_filesystem_available_bytes", {{"mountpoint", "/"}}),
            "perfwatch status");
  EXPECT_EQ(command_for("perfwatch_collector_stuck", {{"collector", "filesystem"}}),
            "perfwatch status");
}

}  // namespace
}  // namespace perfwatch
