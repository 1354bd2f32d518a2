// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/cli/cells.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;
using testing::HasSubstr;

constexpr std::string_view kAllRights = "Name:\tperfwatchd\nCapEff:\t000000c400080004\n";
constexpr std::string_view kNoRights = "Name:\tperfwatchd\nCapEff:\t0000000000000000\n";
constexpr std::string_view kMounts =
    "22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw\n"
    "30 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
constexpr std::string_view kLimits =
    "Limit                     Soft Limit           Hard Limit           Units\n"
    "Max open files            8192                 524288               files\n";

// A Debian 12 host on which all is well.
TempTree healthy_tree() {
  return TempTree{{"proc/stat", "cpu 1\n"},
                  {"proc/meminfo", "MemTotal: 1 kB\n"},
                  {"proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"},
                  {"proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n"},
                  {"proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"},
                  {"proc/sys/kernel/task_delayacct", "0\n"},
                  {"proc/self/mountinfo", kMounts},
                  {"proc/self/io", "rchar: 1\n"},
                  {"proc/812/comm", "perfwatchd\n"},
                  {"proc/812/status", kAllRights},
                  {"proc/812/limits", kLimits},
                  {"sys/kernel/btf/vmlinux", "x"},
                  {"sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n"},
                  {"sys/fs/cgroup/init.scope/memory.swap.current", "0\n"},
                  {"run/systemd/system/x", ""},
                  {"usr/bin/perfwatchd", ""},
                  {"usr/lib/systemd/system/perfwatchd.service", ""},
                  {"etc/systemd/system/multi-user.target.wants/perfwatchd.service", ""}};
}

Patient patient_of(const TempTree& tree) {
  use_utf8_locale();
  Patient patient;
  patient.root = tree.path();
  patient.own_version = "0.1.0";
  patient.address = "unix:/run/perfwatch/perfwatch.sock";
  StatusAnswer status;
  status.version = "0.1.0";
  status.collectors = {{"cpu", true, false, 0, ""}};
  status.tier = "ebpf";
  status.exact = true;
  status.features = {{"sweep", "task iterator", ""}, {"exits", "tracepoints", ""}};
  status.events_lost = 0;
  status.budget = {0.003, 0.01, 33554432, ""};
  status.self_resident = 20971520;
  patient.daemon = status;
  return patient;
}

Diagnosis diagnosis(const Patient& patient, std::string_view name) {
  for (const Finished& finished : examine(patient)) {
    if (finished.check->name == name) return finished.diagnosis;
  }
  ADD_FAILURE() << "no check " << name;
  return {};
}

TEST(Doctor, FindsNothingOnAHealthyHost) {
  const TempTree tree = healthy_tree();
  for (const Finished& finished : examine(patient_of(tree))) {
    EXPECT_EQ(finished.diagnosis.health, Health::ok)
        << finished.check->name << ": " << finished.diagnosis.what;
  }
}

TEST(Doctor, HasACureForAllThatIsWrong) {
  const TempTree empty;
  Patient patient = patient_of(empty);
  patient.daemon = fail(ErrorKind::io, "no daemon at http://127.0.0.1:10117: Connection refused");
  const auto report = examine(patient);
  EXPECT_EQ(worst(report), Health::fail);
  for (const Finished& finished : report) {
    EXPECT_FALSE(finished.diagnosis.what.empty()) << finished.check->name;
    EXPECT_FALSE(finished.check->why.empty()) << finished.check->name;
    EXPECT_EQ(finished.diagnosis.cure.empty(), finished.diagnosis.health == Health::ok)
        << finished.check->name;
  }
}

TEST(Doctor, SurvivesGarbageInEveryFile) {
  const std::string garbage("\xff\x00\x1b[31m - - \n22 27 - \nCapEff: zz\nMax open files\n", 48);
  const TempTree tree = healthy_tree();
  for (const char* file :
       {"proc/stat", "proc/pressure/memory", "proc/swaps", "proc/sys/kernel/osrelease",
        "proc/self/mountinfo", "proc/812/status", "proc/812/limits", "proc/812/comm"}) {
    tree.write(file, garbage);
  }
  const auto report = examine(patient_of(tree));
  const std::string page = render_report(report, Style{});
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_THAT(page, HasSubstr(std::to_string(report.size()) + " checks"));
}

TEST(Doctor, TellsADaemonThatIsDownFromASocketThatRefuses) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  patient.daemon = fail(ErrorKind::io, "no daemon");
  EXPECT_EQ(diagnosis(patient, "daemon").cure, "sudo systemctl start perfwatchd");
  patient.daemon = fail(ErrorKind::denied, "no daemon");
  EXPECT_EQ(diagnosis(patient, "daemon").cure,
            "namei -l /run/perfwatch/perfwatch.sock  # which folder is closed to your user");
}

TEST(Doctor, NeedsNoPackageWhereTheDaemonRuns) {
  const TempTree tree{{"proc/812/comm", "perfwatchd\n"}};
  EXPECT_EQ(diagnosis(patient_of(tree), "installed").what, "perfwatchd runs as pid 812");
}

TEST(Doctor, ComparesTheVersions) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  patient.own_version = "0.2.0";
  EXPECT_EQ(diagnosis(patient, "version").health, Health::warn);
  EXPECT_EQ(diagnosis(patient, "version").what, "the daemon is 0.1.0, this command is 0.2.0");
}

TEST(Doctor, NamesTheCollectorsThatFail) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  patient.daemon->collectors = {{"disk", false, false, 1, "denied"}, {"nfs", true, true, 0, ""}};
  EXPECT_EQ(diagnosis(patient, "collectors").what, "disk: denied; nfs: stuck");
}

TEST(Doctor, SaysThatRunsAreForgottenOrHaveNoBaselines) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  patient.daemon->not_durable = "writing perfwatch.db: database or disk is full";
  patient.daemon->source_trouble = "http://prometheus:9090: status 503";
  const Diagnosis storage = diagnosis(patient, "storage");
  EXPECT_EQ(storage.health, Health::warn);
  EXPECT_THAT(storage.what, HasSubstr("disk is full"));
  EXPECT_THAT(storage.cure, HasSubstr("room"));
  const Diagnosis baselines = diagnosis(patient, "baselines");
  EXPECT_EQ(baselines.health, Health::warn);
  EXPECT_THAT(baselines.what, HasSubstr("status 503"));
  EXPECT_THAT(baselines.cure, HasSubstr("\"source\""));
}

TEST(Doctor, CallsASourceThatTheHostDoesNotHaveNoFailure) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  CollectorRow pressure{"pressure", false, false, 0, "no pressure stall information"};
  pressure.unsupported = true;
  patient.daemon->collectors = {{"cpu", true, false, 0, ""}, pressure};
  EXPECT_EQ(diagnosis(patient, "collectors").health, Health::ok);
  EXPECT_EQ(diagnosis(patient, "collectors").what,
            "1 collectors work, 1 find no source on this host");
}

TEST(Doctor, NamesTheCapabilitiesThatAreMissing) {
  const TempTree tree = healthy_tree();
  tree.write("proc/812/status", kNoRights);
  const Diagnosis found = diagnosis(patient_of(tree), "rights");
  EXPECT_EQ(found.health, Health::warn);
  EXPECT_EQ(found.what,
            "perfwatchd (pid 812) is without CAP_SYS_PTRACE CAP_DAC_READ_SEARCH CAP_BPF "
            "CAP_PERFMON CAP_SYSLOG");
}

TEST(Doctor, TakesTheOldRightForTheThreeThatWereSplitFromIt) {
  const TempTree tree = healthy_tree();
  tree.write("proc/812/status", "CapEff:\t0000000000280004\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "rights").health, Health::ok) << "CAP_SYS_ADMIN";
}

TEST(Doctor, SaysHowTheDaemonAccountsProcesses) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  EXPECT_EQ(diagnosis(patient, "tier").what, "tier ebpf, exact");
  EXPECT_EQ(diagnosis(patient, "features").what, "sweep by task iterator, exits by tracepoints");
  EXPECT_EQ(diagnosis(patient, "losses").what, "no events of processes got lost");
  patient.daemon->tier = "";
  EXPECT_EQ(diagnosis(patient, "tier").health, Health::warn);
}

TEST(Doctor, SaysWhatWouldMendALowTier) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  patient.daemon->tier = "poll";
  patient.daemon->tier_note = "No ebpf tier: denied.";
  patient.daemon->exact = false;
  EXPECT_EQ(diagnosis(patient, "tier").what, "tier poll: No ebpf tier: denied.");
  EXPECT_THAT(diagnosis(patient, "tier").cure, HasSubstr("journalctl")) << "it has all it needs";
  tree.write("proc/812/status", kNoRights);
  EXPECT_THAT(diagnosis(patient, "tier").cure, HasSubstr("CAP_BPF and CAP_PERFMON"));
}

TEST(Doctor, KnowsThatTaskstatsNeedsARightThatTheUnitDoesNotHave) {
  TempTree tree{{"proc/812/comm", "perfwatchd\n"}, {"proc/812/status", kAllRights}};
  Patient patient = patient_of(tree);
  patient.daemon->tier = "poll";
  EXPECT_THAT(diagnosis(patient, "tier").cure, HasSubstr("CAP_NET_ADMIN")) << "no BTF";
  patient.daemon->tier = "taskstats";
  EXPECT_THAT(diagnosis(patient, "tier").cure, HasSubstr("linux-image"));
}

TEST(Doctor, NamesFeaturesThatAreMissingAndWhatMendsThem) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  patient.daemon->features.push_back({"oom", "tracepoint", "/dev/kmsg: denied"});
  EXPECT_EQ(diagnosis(patient, "features").what, "oom: /dev/kmsg: denied");
  EXPECT_THAT(diagnosis(patient, "features").cure, HasSubstr("journalctl"));
  tree.write("proc/812/status", kNoRights);
  EXPECT_THAT(diagnosis(patient, "features").cure, HasSubstr("CAP_SYSLOG"));
}

TEST(Doctor, WarnsOfLostEventsAndOfABudgetThatIsNotKept) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  EXPECT_EQ(diagnosis(patient, "budget").what,
            "it uses 0.3% of 1.0% of a core and 20.0 MiB of 32.0 MiB");
  patient.daemon->events_lost = 7;
  patient.daemon->budget.reason = "intervals are 2 times as long";
  EXPECT_EQ(diagnosis(patient, "losses").what, "7 events of processes got lost since the start");
  EXPECT_THAT(diagnosis(patient, "losses").cure, HasSubstr("ring_bytes"));
  EXPECT_EQ(diagnosis(patient, "budget").what, "intervals are 2 times as long");
  EXPECT_THAT(diagnosis(patient, "budget").cure, HasSubstr("budget.cpu_ratio"));
}

TEST(Doctor, CallsAPausedCollectorNoFailure) {
  const TempTree tree = healthy_tree();
  Patient patient = patient_of(tree);
  CollectorRow disk{"disk", false, false, 1, "denied"};
  disk.paused = true;
  patient.daemon->collectors = {{"cpu", true, false, 0, ""}, disk};
  EXPECT_EQ(diagnosis(patient, "collectors").health, Health::ok);
  EXPECT_EQ(diagnosis(patient, "collectors").what,
            "1 collectors work, 1 are paused to keep the budget");
}

TEST(Doctor, LooksAtYourUserWhenThereIsNoDaemon) {
  const TempTree tree = healthy_tree();
  tree.write("proc/812/comm", "bash\n");
  tree.write("proc/self/status", kAllRights);
  EXPECT_THAT(diagnosis(patient_of(tree), "rights").what, HasSubstr("your user"));
}

TEST(Doctor, KnowsThatPsiCanBeSwitchedOff) {
  const TempTree tree = healthy_tree();
  tree.write("proc/pressure/memory", "");
  EXPECT_THAT(diagnosis(patient_of(tree), "pressure").cure, HasSubstr("psi=1"));
  tree.write("proc/cmdline", "quiet psi=0\n");
  EXPECT_THAT(diagnosis(patient_of(tree), "pressure").what, HasSubstr("switched off by psi=0"));
}

TEST(Doctor, MindsHiddenProcessesOnlyWithoutTheRight) {
  const TempTree tree = healthy_tree();
  tree.write("proc/self/mountinfo",
             "22 27 0:21 / /proc rw - proc proc rw,hidepid=invisible,gid=5\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "hidepid").health, Health::ok);
  tree.write("proc/812/status", kNoRights);
  const Diagnosis found = diagnosis(patient_of(tree), "hidepid");
  EXPECT_EQ(found.health, Health::fail);
  EXPECT_EQ(found.what, "/proc is mounted with hidepid=invisible: others' processes are invisible");
}

TEST(Doctor, WantsTheMemoryControllerInVersionTwo) {
  const TempTree tree = healthy_tree();
  tree.write("sys/fs/cgroup/cgroup.controllers", "hugetlb\n");
  EXPECT_THAT(diagnosis(patient_of(tree), "cgroup").what,
              HasSubstr("without the memory controller"));
}

TEST(Doctor, WantsSwapCountedOnlyWhereThereIsSwap) {
  TempTree tree{{"proc/swaps", "Filename Type\n"}};
  EXPECT_EQ(diagnosis(patient_of(tree), "swap_accounting").health, Health::ok);
  tree.write("proc/swaps", "Filename Type\n/dev/sda2 partition\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "swap_accounting").health, Health::warn);
}

TEST(Doctor, KnowsWhichKernelIsOldEnough) {
  const TempTree tree = healthy_tree();
  tree.write("proc/sys/kernel/osrelease", "5.7.19\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "bpf").what, "kernel \"5.7.19\" is older than 5.8");
  tree.write("proc/sys/kernel/osrelease", "5.10.0-9-amd64\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "bpf").health, Health::ok);
}

TEST(Doctor, WarnsOfFewDescriptors) {
  const TempTree tree = healthy_tree();
  tree.write("proc/812/limits", "Max open files            256      4096      files\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "descriptors").what,
            "perfwatchd (pid 812) may open 256 descriptors");
  tree.write("proc/812/limits", "Max open files            unlimited  unlimited  files\n");
  EXPECT_EQ(diagnosis(patient_of(tree), "descriptors").health, Health::ok);
}

TEST(Doctor, SeesAUnitThatIsNotEnabled) {
  const TempTree tree{{"run/systemd/system/x", ""},
                      {"usr/lib/systemd/system/perfwatchd.service", ""}};
  EXPECT_EQ(diagnosis(patient_of(tree), "unit").cure, "sudo systemctl enable --now perfwatchd");
}

TEST(Doctor, KnowsEveryFolderThatDeployInstallMayPutTheUnitInto) {
  for (const char* folder : {"usr/local/lib/systemd/system", "usr/lib/systemd/system"}) {
    const TempTree tree{{"run/systemd/system/x", ""},
                        {std::string(folder) + "/perfwatchd.service", ""}};
    EXPECT_EQ(diagnosis(patient_of(tree), "unit").what,
              "perfwatchd.service is installed but not enabled")
        << folder;
  }
  const TempTree none{{"run/systemd/system/x", ""}};
  EXPECT_EQ(diagnosis(patient_of(none), "unit").cure,
            "sudo deploy/install && sudo systemctl enable --now perfwatchd");
}

TEST(RenderReport, GivesWhyAndCureOfWhatIsWrong) {
  use_utf8_locale();
  constexpr Check kCheck{"rights", "without them I/O is unknown", nullptr};
  const std::vector<Finished> report{{&kCheck, {Health::ok, "all there", ""}},
                                     {&kCheck, {Health::warn, "is without X", "setcap x"}}};
  EXPECT_EQ(render_report(report, Style{}),
            "ok    rights          all there\n"
            "warn  rights          is without X\n"
            "                      without them I/O is unknown\n"
            "                      $ setcap x\n"
            "\n2 checks: 1 ok, 1 to look at, 0 failed\n");
}

TEST(ReportJson, HasEveryCheck) {
  const TempTree tree = healthy_tree();
  const auto report = examine(patient_of(tree));
  const auto json = nlohmann::json::parse(report_json(report));
  ASSERT_EQ(report.size(),
            daemon_checks().size() + accounting_checks().size() + kernel_checks().size());
  EXPECT_EQ(json["ok"], report.size());
  EXPECT_EQ(json["checks"].size(), report.size());
  EXPECT_EQ(json["checks"][0]["name"], "installed");
  EXPECT_FALSE(json["checks"][0].contains("cure"));
}

}  // namespace
}  // namespace perfwatch
