// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/text.h"
#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

GroupRow group(std::string name, double cores, double resident) {
  GroupRow row;
  row.key = row.name = std::move(name);
  row.processes = 3;
  row.cpu_cores = cores;
  row.resident = resident;
  return row;
}

StatusPicture picture() {
  use_utf8_locale();
  StatusPicture out;
  StatusAnswer& status = out.status;
  status.hostname = "build-07";
  status.kernel = "6.1.0";
  status.version = "0.1.0";
  status.tier = "poll";
  status.tier_note = "short processes are not seen";
  status.verdict = "strained";
  status.reasons = {"/tmp is nearly full"};
  status.uptime_seconds = 90000;
  status.cpu_cores = 16;
  status.cpu_busy_ratio = 0.83;
  status.memory_total = 64.0 * (1U << 30U);
  status.memory_available = 16.0 * (1U << 30U);
  status.swap_total = 0;
  status.firing_warning = 1;
  status.taken = 1000;
  status.collectors = {{"cpu", true, false, 0, ""}, {"disk", false, false, 0, "denied"}};
  status.self_cores = 0.0034;
  status.self_resident = 17.0 * (1U << 20U);
  out.groups = {group("ld", 1, 9e9), group("cc1plus", 12.5, 1e9)};
  out.alerts = {{"DiskFull", "warning", "firing", "/tmp has 4% left", 400},
                {"Quiet", "warning", "pending", "not yet", 400}};
  return out;
}

TEST(RenderStatus, SaysHowTheHostIsWhatFiresAndWhatCosts) {
  const std::string page = render_status(picture(), Style{});
  EXPECT_EQ(page,
            "build-07: Linux 6.1.0, up 1d 1h, perfwatch 0.1.0, tier poll\n"
            "The host is strained.\n"
            "  - /tmp is nearly full\n"
            "\n"
            "Host\n"
            "  cpu     83% of 16 cores busy, load - - -, pressure -\n"
            "  memory  75% used, 16.0 GiB of 64.0 GiB available, pressure -\n"
            "  swap    none\n"
            "  disk    pressure -\n"
            "\n"
            "Firing\n"
            "  warning  DiskFull for 10m 0s: /tmp has 4% left\n"
            "\n"
            "What costs\n"
            "  BY CPU                PROCS              BY MEMORY             PROCS\n"
            "  cc1plus                   3 12.50 cpu    ld                        3   8.4 GiB\n"
            "  ld                        3  1.00 cpu    cc1plus                   3   954 MiB\n"
            "\n"
            "perfwatch\n"
            "  1 of 2 collectors work; the daemon costs 0.3% of a core and 17.0 MiB\n"
            "  disk: denied\n"
            "  tier poll: short processes are not seen\n");
}

TEST(RenderStatus, SaysWhatBoundsTheHostAndWhatToDo) {
  StatusPicture bound = picture();
  bound.findings.state = "bound";
  bound.findings.bottlenecks = {
      {"memory", "critical", "96% is in use", "Run fewer jobs.", "perfwatch top", 940},
      {"cpu", "info", "all cores are busy", "", "", std::nullopt}};
  bound.alerts[0].recommendation = "Find what grew.";
  bound.alerts[0].command = "perfwatch status";
  Style style;
  EXPECT_THAT(render_status(bound, style),
              HasSubstr("\nBound by\n"
                        "  critical memory for 1m 0s: 96% is in use\n"
                        "    do:  Run fewer jobs.\n"
                        "    see: perfwatch top\n"
                        "  info     cpu: all cores are busy\n"
                        "\n"
                        "Firing\n"
                        "  warning  DiskFull for 10m 0s: /tmp has 4% left\n"
                        "    do:  Find what grew.\n"
                        "    see: perfwatch status\n"));
  style.colour = true;
  EXPECT_THAT(render_status(bound, style), HasSubstr("\x1b[1;31m  critical "));
}

TEST(RenderStatus, SaysWhenNothingBoundsTheHostAndWhenThatIsNotKnownYet) {
  StatusPicture calm = picture();
  calm.findings = {"none", "no work waits long", {}};
  EXPECT_THAT(render_status(calm, Style{}),
              HasSubstr("\nNothing bounds the host\n  no work waits long\n"));
  calm.findings = {"insufficient data", "4 of 10 samples", {}};
  EXPECT_THAT(render_status(calm, Style{}),
              HasSubstr("\nBound by\n  insufficient data: 4 of 10 samples\n"));
}

TEST(RenderStatus, SaysWhatTheDaemonGivesUpAndWhatItLost) {
  StatusPicture low = picture();
  low.status.budget.reason = "intervals are 2 times as long";
  low.status.collectors[1].paused = true;
  low.status.features = {{"sweep", "procfs", ""}, {"oom", "none", "no kmsg"}};
  low.status.events_lost = 12;
  low.status.not_durable = "the disk is full";
  low.status.source_trouble = "http://prometheus:9090: status 503";
  const std::string page = render_status(low, Style{});
  EXPECT_EQ(page.substr(page.find("\nperfwatch\n")),
            "\nperfwatch\n"
            "  1 of 2 collectors work; the daemon costs 0.3% of a core and 17.0 MiB\n"
            "  over budget: intervals are 2 times as long\n"
            "  disk: paused to keep the budget\n"
            "  nothing new is kept over a restart: the disk is full\n"
            "  no baselines of other hosts: http://prometheus:9090: status 503\n"
            "  tier poll: short processes are not seen\n"
            "  oom: no kmsg\n"
            "  lost: 12 events of processes since the start; their costs are incomplete\n");
}

TEST(RenderStatus, NamesWhoWasKilledBecauseMemoryRanOut) {
  StatusPicture shown = picture();
  OomRow kill;
  kill.comm = "cc1plus";
  kill.group = "gcc";
  kill.scope = "cgroup";
  kill.limit_cgroup = "/ci";
  kill.cgroup = "/ci/job 7";
  kill.largest = "cc1plus 1.5 GiB, ld 1.0 GiB";
  kill.at = 940;
  kill.pid = 77;
  kill.resident = 1.5 * (1U << 30U);
  shown.status.oom_kills_last = {kill, OomRow{}};
  Style style;
  style.width = 200;
  EXPECT_THAT(render_status(shown, style),
              HasSubstr("\nKilled because memory ran out\n"
                        "  - cc1plus (pid 77, group gcc) with 1.5 GiB 1m 0s ago, limit of /ci, in "
                        "/ci/job 7\n"
                        "    largest then: cc1plus 1.5 GiB, ld 1.0 GiB\n"
                        "  - a process, nobody saw which, not known whose limit\n"));
}

TEST(RenderStatus, KeepsWithinTheTerminal) {
  StatusPicture wide = picture();
  wide.status.hostname = std::string(200, 'h');
  wide.findings.state = "bound";
  wide.findings.bottlenecks = {{"io", "warning", std::string(300, 'e'), std::string(300, 'x'),
                                "perfwatch top --group " + std::string(99, 'g'), 940}};
  wide.status.reasons = {std::string(300, 'r'), "日本語 " + std::string(90, 'x')};
  for (const std::size_t width : {40U, 60U, 71U, 72U, 80U, 200U}) {
    Style style;
    style.width = width;
    const std::string page = render_status(wide, style);
    std::string_view rest = page;
    std::string_view line;
    while (next_line(rest, line)) EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(RenderStatus, UsesColourOnlyWhenAsked) {
  Style style;
  EXPECT_THAT(render_status(picture(), style), Not(HasSubstr("\x1b")));
  style.colour = true;
  EXPECT_THAT(render_status(picture(), style), HasSubstr("\x1b[33mThe host is strained.\x1b[0m"));
}

TEST(RenderStatus, ManagesWithoutAnything) {
  use_utf8_locale();
  const std::string page = render_status(StatusPicture{}, Style{});
  EXPECT_THAT(page, HasSubstr("The host is in an unknown state."));
  EXPECT_THAT(page, HasSubstr("Nothing fires"));
  EXPECT_THAT(page, HasSubstr("no processes were read yet"));
}

TEST(StatusExitCode, FollowsTheWorst) {
  StatusAnswer status;
  EXPECT_EQ(status_exit_code(status), 3);
  status.verdict = "well";
  EXPECT_EQ(status_exit_code(status), 0);
  status.firing_warning = 1;
  EXPECT_EQ(status_exit_code(status), 1);
  status.firing_critical = 1;
  EXPECT_EQ(status_exit_code(status), 2);
  StatusAnswer suffering;
  suffering.verdict = "suffering";
  EXPECT_EQ(status_exit_code(suffering), 2);
}

}  // namespace
}  // namespace perfwatch
