// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_rules.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "core/account/group_name.h"

namespace perfwatch {
namespace {

GroupRule rule(std::string name) {
  GroupRule made;
  made.name = std::move(name);
  return made;
}

GroupRules compiled(std::vector<GroupRule> rules) {
  auto made = GroupRules::make(std::move(rules));
  EXPECT_TRUE(made) << made.error().text;
  return std::move(*made);
}

std::string error_of(std::vector<GroupRule> rules) {
  const auto made = GroupRules::make(std::move(rules));
  if (made) return "no error";
  EXPECT_EQ(made.error().kind, ErrorKind::malformed);
  return made.error().text;
}

ProcessIdentity process(std::string_view comm, std::string_view exe = {},
                        std::string_view cmdline = {}) {
  ProcessIdentity made;
  made.comm = comm;
  made.exe = exe;
  made.cmdline = cmdline;
  made.user = "builder";
  made.uid = 1000;
  made.cgroup = "/system.slice/ci.service";
  return made;
}

TEST(GroupRules, GroupByCommWithoutConfiguration) {
  const auto rules = compiled({});
  EXPECT_EQ(rules.classify(process("bash")).group, "bash");
  EXPECT_EQ(rules.classify(process("")).group, "(no name)");
}

TEST(GroupRules, NeedNothingBeyondCommUntilARuleLooksAtMore) {
  const auto needs = [](GroupRule one) { return compiled({std::move(one)}).needs(); };
  EXPECT_EQ(compiled({}).needs(), IdentityNeeds{});
  EXPECT_EQ(needs(rule("{{.ExeBase}}")), IdentityNeeds{.exe = true});
  EXPECT_EQ(needs(rule("{{.ExeFull}}")), IdentityNeeds{.exe = true});
  EXPECT_EQ(needs(rule("{{.Username}}")), IdentityNeeds{.user = true});
  EXPECT_EQ(needs(rule("{{.Cgroup}}")), IdentityNeeds{.cgroup = true});
  EXPECT_EQ(needs(rule("{{.Unit}}")), IdentityNeeds{.cgroup = true});
  GroupRule every = rule("x-{{.Matches.id}}");
  every.cmdline = {"(?P<id>.)"};
  EXPECT_EQ(needs(every), IdentityNeeds{.cmdline = true});
  every.comm = {"a"};
  every.exe = {"b"};
  every.cgroup = {"c"};
  every.user = {"d"};
  EXPECT_EQ(needs(every),
            (IdentityNeeds{.exe = true, .cmdline = true, .cgroup = true, .user = true}));
  EXPECT_EQ(compiled({rule("{{.Unit}}"), rule("{{.Username}}")}).needs(),
            (IdentityNeeds{.cgroup = true, .user = true}));
}

TEST(GroupRules, KeepKernelThreadsInOneGroupBeforeAnyRule) {
  auto thread = process("ksoftirqd/0");
  thread.kernel_thread = true;
  EXPECT_EQ(compiled({rule("all")}).classify(thread).group, "kernel");
}

TEST(GroupRules, LetNoProcessHideBehindTheNameOfKernelOrOther) {
  EXPECT_EQ(compiled({}).classify(process("kernel")).group, "kernel (process)");
  EXPECT_EQ(compiled({}).classify(process("other")).group, "other (process)");
  const auto by_exe = compiled({rule("{{.ExeBase}}")});
  EXPECT_EQ(by_exe.classify(process("x", "/tmp/kernel")).group, "kernel (process)");
  const auto in_parts = compiled({rule("ker{{.Comm}}")});
  EXPECT_EQ(in_parts.classify(process("nel")).group, "kernel (process)");
  EXPECT_EQ(in_parts.classify(process("nels")).group, "kernels");
  EXPECT_EQ(compiled({rule("other")}).classify(process("x")).group, "other") << "the user's word";
}

// The examples of process-exporter's README.
TEST(GroupRules, UnderstandTheExamplesOfProcessExporter) {
  auto comm = rule("{{.Comm}}");
  comm.comm = {"bash"};
  auto exe = rule("{{.ExeBase}}");
  exe.exe = {"postgres", "/usr/local/bin/process-exporter"};
  auto config = rule("{{.ExeFull}}:{{.Matches.Cfgfile}}");
  config.exe = {"/usr/local/bin/node-exporter"};
  config.cmdline = {R"(-config.path\s+(?P<Cfgfile>\S+))"};
  const auto rules = compiled({comm, exe, config});
  EXPECT_EQ(rules.classify(process("bash", "/bin/bash")).group, "bash");
  EXPECT_EQ(rules.classify(process("postgres", "/usr/lib/postgresql/15/bin/postgres")).group,
            "postgres");
  EXPECT_EQ(rules.classify(process("x", "/usr/local/bin/process-exporter")).group,
            "process-exporter");
  EXPECT_EQ(rules.classify(process("x", "/opt/bin/process-exporter")).group, "other");
  EXPECT_EQ(rules
                .classify(process("node-exporter", "/usr/local/bin/node-exporter",
                                  "/usr/local/bin/node-exporter -config.path /etc/n.yml -v"))
                .group,
            "/usr/local/bin/node-exporter:/etc/n.yml");
  EXPECT_EQ(rules.classify(process("node-exporter", "/usr/local/bin/node-exporter", "-v")).group,
            "other");
}

TEST(GroupRules, AskForAllSelectorsAndAllCommandLineRegexes) {
  auto wanted = rule("found");
  wanted.comm = {"cc1plus", "cc1"};
  wanted.user = {"root", "builder"};
  wanted.cmdline = {"-O2", "-quiet"};
  wanted.cgroup = {"docker", "ci"};
  const auto rules = compiled({wanted});
  EXPECT_EQ(rules.classify(process("cc1", {}, "cc1 -quiet -O2")).group, "found");
  EXPECT_EQ(rules.classify(process("cc1", {}, "cc1 -quiet -O3")).group, "other");
  EXPECT_EQ(rules.classify(process("cc2", {}, "cc1 -quiet -O2")).group, "other");
  auto elsewhere = process("cc1", {}, "cc1 -quiet -O2");
  elsewhere.cgroup = "/user.slice";
  EXPECT_EQ(rules.classify(elsewhere).group, "other");
}

TEST(GroupRules, TakeTheFirstRuleThatMatches) {
  auto first = rule("first");
  first.comm = {"a"};
  first.memory_limit_bytes = 7;
  const auto rules = compiled({first, rule("second")});
  EXPECT_EQ(rules.classify(process("a")).group, "first");
  EXPECT_EQ(rules.classify(process("a")).memory_limit_bytes, 7U);
  EXPECT_EQ(rules.classify(process("b")).group, "second");
  EXPECT_EQ(rules.classify(process("b")).memory_limit_bytes, std::nullopt);
}

TEST(GroupRules, KnowUsersByNameAndNumber) {
  auto by_number = rule("mine");
  by_number.user = {"1000"};
  EXPECT_EQ(compiled({by_number}).classify(process("x")).group, "mine");
  by_number.user = {"1001"};
  EXPECT_EQ(compiled({by_number}).classify(process("x")).group, "other");
}

TEST(GroupRules, FillEveryPlaceholder) {
  auto all = rule("{{.Comm}}|{{ .ExeBase }}|{{.ExeFull}}|{{.Username}}|{{.Cgroup}}|{{.Unit}}");
  EXPECT_EQ(compiled({all}).classify(process("c", "/usr/bin/e")).group,
            "c|e|/usr/bin/e|builder|/system.slice/ci.service|ci.service");
}

TEST(GroupRules, NameAProcessWithoutReadableExeByItsComm) {
  EXPECT_EQ(compiled({rule("{{.ExeBase}}")}).classify(process("zombie")).group, "zombie");
}

TEST(GroupRules, CaptureFromTheCgroupToo) {
  auto job = rule("{{.Matches.job}}");
  job.cgroup = {"nothing", R"(/(?P<job>[a-z]+)\.service)"};
  EXPECT_EQ(compiled({job}).classify(process("x")).group, "ci");
}

TEST(GroupRules, MakeNamesPrintableAndShort) {
  const auto rules = compiled({rule("{{.Comm}}")});
  EXPECT_EQ(rules.classify(process("a\n\xff")).group, "a\\x0A\\xFF");
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "\u00e9";  // two bytes each
  const auto odd = rules.classify(process("x" + accents)).group;
  EXPECT_EQ(odd.size(), 127U);  // 128 would cut a character in two
  EXPECT_EQ(odd, "x" + accents.substr(0, 126));
}

TEST(GroupRules, RefuseAnUnknownPlaceholderAndNameTheKnown) {
  const auto text = error_of({rule("ok"), rule("{{.Com}}")});
  EXPECT_TRUE(
      text.starts_with("groups.rules[1].name: unknown placeholder {{.Com}}, did you mean "
                       "{{.Comm}}?"))
      << text;
  EXPECT_NE(text.find("{{.Unit}}"), std::string::npos);
  EXPECT_NE(text.find("{{.Matches.NAME}}"), std::string::npos);
}

TEST(GroupRules, RefuseASeriesForEveryProcessWithTheReason) {
  EXPECT_TRUE(
      error_of({rule("{{.PID}}")}).starts_with("groups.rules[0].name: {{.PID}} is refused"));
  EXPECT_NE(error_of({rule("{{.StartTime}}")}).find("no bound"), std::string::npos);
}

TEST(GroupRules, RefuseACaptureThatNoRegexHas) {
  auto unknown = rule("{{.Matches.conf}}");
  EXPECT_NE(error_of({unknown}).find("no regex of this rule captures \"conf\""), std::string::npos);
  unknown.cmdline = {"(?P<config>.*)"};
  EXPECT_NE(error_of({unknown}).find("captures: config"), std::string::npos);
}

TEST(GroupRules, RefuseWhatIsNoTemplateOrRegex) {
  EXPECT_EQ(error_of({rule("")}), "groups.rules[0].name: is empty");
  EXPECT_EQ(error_of({rule("a{{")}), "groups.rules[0].name: \"{{\" at byte 1 has no \"}}\"");
  auto regex = rule("x");
  regex.cmdline = {"ok", "(foo"};
  EXPECT_EQ(error_of({regex}), "groups.rules[0].cmdline[1]: missing ): (foo");
  regex.cmdline = {};
  regex.cgroup = {"((a{1,1000}){1,1000})"};
  EXPECT_TRUE(error_of({regex}).starts_with("groups.rules[0].cgroup[0]: ")) << error_of({regex});
}

TEST(GroupRules, StayLinearOnAHostileCommandLine) {
  auto evil = rule("{{.Matches.x}}");
  evil.cmdline = {"(?P<x>(a+)+)b"};
  const auto rules = compiled({evil});
  const std::string line(4096, 'a');
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(rules.classify(process("x", {}, line)).group, "other");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
}

TEST(SystemdUnit, IsTheInnermostOne) {
  EXPECT_EQ(systemd_unit("/system.slice/ssh.service"), "ssh.service");
  EXPECT_EQ(systemd_unit("/user.slice/user-1.slice/user@1.service/app.slice/a.scope"), "a.scope");
  EXPECT_EQ(systemd_unit("/system.slice/ci.service/worker"), "ci.service");
  EXPECT_EQ(systemd_unit("/user.slice/user-1.slice/x"), "user-1.slice");
  EXPECT_EQ(systemd_unit("/docker/abc"), "");
  EXPECT_EQ(systemd_unit("/"), "");
  EXPECT_EQ(systemd_unit(""), "");
  EXPECT_EQ(systemd_unit("/.service"), "");
}

}  // namespace
}  // namespace perfwatch
