// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/landing_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "core/model/bottleneck.h"
#include "core/model/oom.h"
#include "tests/exporters/page/sample_host.h"

namespace perfwatch {
namespace {

using test::SampleHost;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page(const SampleHost& host) { return landing_page(host.overview(), host.summary); }

// What a reader sees: the page without its style and tags, blanks folded.
std::string words(const std::string& html) {
  std::string out;
  std::size_t at = html.find("</style>");
  bool tag = true;
  for (at = at == std::string::npos ? 0 : at; at < html.size(); ++at) {
    if (html[at] == '<') tag = true;
    const bool blank = tag || html[at] == '\n' || html[at] == ' ';
    if (!blank) out += html[at];
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
    if (html[at] == '>') tag = false;
  }
  return out;
}

TEST(LandingPage, SaysWhoSpeaksAndHowTheHostIs) {
  const std::string text = words(page(SampleHost()));
  EXPECT_THAT(text, HasSubstr("build7.example"));
  EXPECT_THAT(text, HasSubstr("perfwatch 0.1.0 (1a2b3c4)"));
  EXPECT_THAT(text, HasSubstr("Linux 6.1.0-18-amd64"));
  EXPECT_THAT(text, HasSubstr("up 10 d 15 h"));
  EXPECT_THAT(text, HasSubstr("as of 2023-11-14 22:13:20 UTC"));
  EXPECT_THAT(text, HasSubstr("The host is well."));
}

TEST(LandingPage, NamesWhoWasKilledBecauseMemoryRanOut) {
  SampleHost host;
  EXPECT_THAT(page(host), Not(HasSubstr("Killed because memory ran out")));
  auto history = std::make_shared<OomHistory>();
  host.frame.oom = history;
  EXPECT_THAT(page(host), Not(HasSubstr("Killed because memory ran out"))) << "nobody";
  OomKill kill;
  kill.at = host.frame.at.wall - std::chrono::seconds(65);
  kill.pid = 77;
  kill.comm = "<cc1>";
  kill.group = "gcc";
  kill.scope = OomScope::cgroup;
  kill.limit_cgroup = "/ci<b>";
  kill.victim_cgroup = "/ci/job";
  kill.anonymous_bytes = 3ULL << 30U;
  kill.largest = {{77, "<cc1>", 3ULL << 30U, 0}};
  history->kills = {kill, OomKill{}};
  history->not_durable = "no <disk>";
  const std::string html = page(host);
  EXPECT_THAT(html, Not(HasSubstr("<cc1>")));
  EXPECT_THAT(html, Not(HasSubstr("/ci<b>")));
  const std::string text = words(html);
  EXPECT_THAT(text, HasSubstr("&lt;cc1&gt; (77)"));
  EXPECT_THAT(text, HasSubstr("3.0 GiB"));
  EXPECT_THAT(text, HasSubstr("Not kept over a restart: no &lt;disk&gt;"));
  EXPECT_THAT(text, HasSubstr("not known whose limit"));
}

TEST(LandingPage, SaysWhatBoundsTheHostAndWhatToDo) {
  SampleHost host;
  EXPECT_THAT(page(host), Not(HasSubstr("What bounds the host"))) << "not judged yet";
  auto bottlenecks = std::make_shared<Bottlenecks>();
  host.frame.bottlenecks = bottlenecks;
  bottlenecks->summary = "4 of 10 samples";
  EXPECT_THAT(words(page(host)),
              HasSubstr("What bounds the host Insufficient data: 4 of 10 samples."));
  bottlenecks->state = Bottlenecks::State::none;
  bottlenecks->summary = "no work waits";
  EXPECT_THAT(words(page(host)), HasSubstr("What bounds the host Nothing: no work waits."));
  bottlenecks->state = Bottlenecks::State::bound;
  Bottleneck memory;
  memory.resource = Resource::memory;
  memory.severity = Severity::critical;
  memory.utilisation = 0.96;
  memory.since = host.frame.at.wall - std::chrono::seconds(65);
  memory.evidence = "<b>96%</b> in use";
  memory.recommendation = "Run <fewer> jobs.";
  memory.command = "perfwatch top --sort memory";
  Bottleneck io;
  io.resource = Resource::io;
  io.group = "<img>";
  io.pressure = 0.5;
  io.since = host.frame.at.wall + std::chrono::seconds(5);
  bottlenecks->list = {memory, io};
  const std::string html = page(host);
  EXPECT_THAT(html, Not(HasSubstr("<b>96%")));
  EXPECT_THAT(html, Not(HasSubstr("<fewer>")));
  EXPECT_THAT(html, Not(HasSubstr("<img>")));
  const std::string text = words(html);
  EXPECT_THAT(text, HasSubstr("memory &lt;b&gt;96%&lt;/b&gt; in use Run &lt;fewer&gt; jobs. "
                              "perfwatch top --sort memory critical for 65 s 96 % –"));
  EXPECT_THAT(text, HasSubstr("io of group &lt;img&gt; info for 0 s – 50 %"));
}

TEST(LandingPage, SaysWhatToDoAboutAnAlert) {
  SampleHost host;
  Alert firing = host.alert(AlertState::firing);
  firing.annotations.emplace_back("recommendation", "Find <what> grew.");
  firing.annotations.emplace_back("command", "perfwatch status");
  host.alerts = {&firing};
  EXPECT_THAT(words(page(host)),
              HasSubstr("mountpoint= /var/tmp Find &lt;what&gt; grew. perfwatch status firing"));
}

TEST(LandingPage, GivesTheReasonsOfItsVerdict) {
  SampleHost host;
  host.summary.verdict = "suffering";
  host.summary.reasons = {"/var/tmp is full", "<memory> ran out"};
  const std::string html = page(host);
  EXPECT_THAT(html, HasSubstr("class=\"card verdict bad\""));
  EXPECT_THAT(html, HasSubstr("<li>/var/tmp is full</li>\n<li>&lt;memory&gt; ran out</li>"));
}

TEST(LandingPage, ShowsTheHostInTiles) {
  const std::string text = words(page(SampleHost()));
  EXPECT_THAT(text, HasSubstr("CPU busy 42 % of 8 cores"));
  EXPECT_THAT(text, HasSubstr("Memory used 62 % 20.0 GiB of 32.0 GiB swap 477 MiB of 1.9 GiB"));
  EXPECT_THAT(text, HasSubstr("Load, one minute 3.50 2.25 in 5 minutes 1.00 in 15 minutes"));
  EXPECT_THAT(text, HasSubstr("Fullest filesystem 88 % /var/tmp"));
  EXPECT_THAT(text, HasSubstr("CPU 12 % Memory 3.1 % I/O 0.0 %"));
}

TEST(LandingPage, ShowsADashForAllThatIsNotKnownAndNeverZero) {
  SampleHost host;
  host.summary = HostSummary{};
  host.frame.processes = nullptr;
  CollectorState waiting;
  waiting.name = "cpu";
  waiting.interval = Seconds(2);
  host.frame.collectors = {waiting};
  const std::string text = words(page(host));
  EXPECT_THAT(text, HasSubstr("CPU busy – of – cores"));
  EXPECT_THAT(text, HasSubstr("Memory used – – of – swap – of –"));
  EXPECT_THAT(text, HasSubstr("Load, one minute – – in 5 minutes – in 15 minutes"));
  EXPECT_THAT(text, HasSubstr("Fullest filesystem – –"));
  EXPECT_THAT(text, HasSubstr("CPU – Memory – I/O –"));
  EXPECT_THAT(text, HasSubstr("No process has been read yet."));
  EXPECT_THAT(text, HasSubstr("cpu waiting – 2 s –"));
  EXPECT_THAT(text, HasSubstr("Its own cost – of one core, – of memory"));
  EXPECT_THAT(text, Not(HasSubstr("The host is")));
}

TEST(LandingPage, SaysThatThereIsNoSwap) {
  SampleHost host;
  host.summary.swap_total_bytes = 0;
  host.summary.swap_free_bytes = 0;
  EXPECT_THAT(words(page(host)), HasSubstr("no swap"));
}

TEST(LandingPage, SaysWhenNothingFires) {
  SampleHost host;
  const Alert resolved = host.alert(AlertState::resolved);
  host.alerts = {&resolved};
  EXPECT_THAT(words(page(host)), HasSubstr("Alerts Nothing fires."));
}

TEST(LandingPage, ListsFiringAndPendingAlertsWithSinceValueAndSummary) {
  SampleHost host;
  const Alert firing = host.alert(AlertState::firing);
  Alert pending = host.alert(AlertState::pending);
  pending.rule = "Other";
  host.alerts = {&firing, &pending};
  const std::string html = page(host);
  EXPECT_THAT(words(html),
              HasSubstr("PerfwatchFilesystemNearlyFull /var/tmp is 95 % full mountpoint= /var/tmp "
                        "firing warning for 5 min 0.9512"));
  EXPECT_THAT(words(html), HasSubstr("Other"));
  EXPECT_THAT(words(html), HasSubstr("pending warning for 20 min 0.9512"));
  EXPECT_THAT(html, HasSubstr("<time title=\"since 2023-11-14 22:08:20 UTC\">5 min</time>"));
}

TEST(LandingPage, ListsTheTenHeaviestGroupsByCpuAndByMemory) {
  SampleHost host;
  std::vector<SampleHost::Group> groups;
  for (int i = 0; i < 12; ++i) {
    groups.push_back({"g" + std::to_string(i), 1, 1.0 + i, static_cast<std::uint64_t>(100 - i)});
  }
  groups.push_back({"idle", 3, 0, 0});
  groups.push_back({"odd", 1, std::numeric_limits<double>::quiet_NaN(), 0});
  host.groups(groups);
  const std::string text = words(page(host));
  const std::size_t memory = text.find("Most memory");
  const std::string by_cpu = text.substr(0, memory);
  EXPECT_THAT(by_cpu, HasSubstr("g11 1 12.00 89 B 44 B g10 1 11.00"));
  EXPECT_THAT(by_cpu, HasSubstr("g2 1 3.00"));
  EXPECT_THAT(by_cpu, Not(HasSubstr("g1 1 2.00"))) << "the eleventh";
  EXPECT_THAT(text.substr(memory), HasSubstr("g0 1 1.00 100 B"));
  EXPECT_THAT(text.substr(memory), Not(HasSubstr("g11")));
  EXPECT_THAT(text, Not(HasSubstr("idle")));
  EXPECT_THAT(text, Not(HasSubstr("odd")));
}

TEST(LandingPage, LinksEachGroupToItsProcesses) {
  SampleHost host;
  host.groups({{"a&b \"c\"", 1, 1, 1}});
  EXPECT_THAT(page(host),
              HasSubstr("href=\"/api/v1/processes?group=a%26b%20%22c%22&amp;limit=100\""));
}

TEST(LandingPage, ShowsHowEachCollectorIs) {
  SampleHost host;
  auto& failing = host.frame.collectors[1];
  failing.success = false;
  failing.last_error = "reading /proc/mounts: <denied>";
  failing.last_success = host.frame.at.wall - std::chrono::hours(3);
  host.frame.collectors[2].stuck = true;
  const std::string text = words(page(host));
  EXPECT_THAT(text, HasSubstr("cpu ok 120 µs 2 s 1 s ago"));
  EXPECT_THAT(text, HasSubstr("filesystem reading /proc/mounts: &lt;denied&gt; failing 2.1 ms 2 s "
                              "3 h 0 min ago"));
  EXPECT_THAT(text, HasSubstr("processes stuck 55 ms 2 s 1 s ago"));
}

TEST(LandingPage, ShowsADashWhereTheFirstSweepKnowsNoRates) {
  SampleHost host;
  host.groups({{"cc1plus", 8, kAbsent, 4096}});
  const std::string text = words(page(host));
  EXPECT_THAT(text, HasSubstr("Most CPU Group Processes Cores Memory Largest –"));
  EXPECT_THAT(text, HasSubstr("cc1plus 8 – 4.0 KiB")) << "among those with the most memory";
}

TEST(LandingPage, NamesTheTierAndWhatItCostsItself) {
  const std::string text = words(page(SampleHost()));
  EXPECT_THAT(text, HasSubstr("Accounting tier poll Processes that live shorter than a sweep"));
  EXPECT_THAT(text, HasSubstr("Its own cost 1.0 % of one core, 12.0 MiB of memory"));
  EXPECT_THAT(text, HasSubstr("for 25 h 50 min, since 2023-11-13 20:23:20 UTC"));
}

TEST(LandingPage, SaysWhatTheAccountingMissesAndLost) {
  SampleHost host;
  host.account({AccountingTier::ebpf,
                "",
                {{"sweep", "task iterator", ""}, {"oom", "tracepoint", "no /dev/kmsg"}},
                {{"exit", "ring_full", 12}, {"exec", "ring_full", 0}},
                true});
  EXPECT_THAT(words(page(host)), HasSubstr("Accounting tier ebpf, exact oom: no /dev/kmsg "
                                           "12 exit events lost (ring_full) Its own cost"));
  host.frame.processes = nullptr;
  EXPECT_THAT(words(page(host)), HasSubstr("Accounting tier – Its own cost"));
}

TEST(LandingPage, SaysWhatTheBudgetIsAndWhatIsGivenUpForIt) {
  SampleHost host;
  auto& budget = host.frame.budget.emplace();
  EXPECT_THAT(words(page(host)),
              HasSubstr("– of one core in a minute; the budget is 1.0 % and 32.0 MiB Running"));
  budget.cpu_ratio = 0.008;
  budget.reason = "intervals are 2 times as long";
  host.frame.collectors[0].paused = true;
  const std::string text = words(page(host));
  EXPECT_THAT(text, HasSubstr("0.8 % of one core in a minute; the budget is 1.0 % and 32.0 MiB "
                              "intervals are 2 times as long Running"));
  EXPECT_THAT(text, HasSubstr("cpu paused 120 µs"));
}

TEST(LandingPage, DoesNotGuessItsCostWithoutAFrameBefore) {
  SampleHost host;
  host.summary.own_cpu_cores.reset();
  EXPECT_THAT(words(page(host)), HasSubstr("cost – of one core, 12.0 MiB"));
}

TEST(LandingPage, LinksToAllThatCanBeRead) {
  const std::string html = page(SampleHost());
  for (const char* path : {"/metrics", "/api/v1/status", "/api/v1/groups", "/api/v1/alerts",
                           "/api/v1/series", "/-/healthy", "/-/ready"}) {
    EXPECT_THAT(html, HasSubstr("href=\"" + std::string(path))) << path;
  }
}

TEST(LandingPage, EscapesEveryTextOfTheHost) {
  const std::string evil = "</td><script>alert('x')</script>\" onload=\"y\xFF";
  SampleHost host;
  host.daemon = {evil, evil, evil, evil, host.daemon.started};
  host.summary.verdict = evil;
  host.summary.reasons = {evil};
  host.summary.fullest_filesystem->mountpoint = evil;
  host.groups({{evil, 1, 1, 1}});
  host.account({AccountingTier::poll, evil, {{evil, evil, evil}}, {{evil, evil, 1}}, false});
  host.frame.budget.emplace().reason = evil;
  host.frame.collectors[0].last_error = evil;
  Alert alert = host.alert(AlertState::firing);
  alert.rule = evil;
  alert.labels = {{"mountpoint", evil}};
  alert.annotations = {{"summary", evil}};
  host.alerts = {&alert};
  const std::string html = page(host);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("\" onload")));
  EXPECT_THAT(html, Not(HasSubstr("\xFF")));
}

TEST(LandingPage, LoadsNothingAndRunsNothing) {
  const std::string html = page(SampleHost());
  for (const char* foreign :
       {"<script", "<link", "<img", "src=", "url(", "@import", "http://", "//"}) {
    EXPECT_THAT(html, Not(HasSubstr(foreign))) << foreign;
  }
  EXPECT_THAT(html, HasSubstr("<meta http-equiv=\"refresh\" content=\"10\">"));
}

TEST(LandingPage, ClosesEveryTagThatItOpens) {
  SampleHost host;
  const Alert firing = host.alert(AlertState::firing);
  host.alerts = {&firing};
  const std::string html = page(host);
  const auto count = [&](const std::string& text) {
    std::size_t n = 0;
    for (std::size_t at = html.find(text); at != std::string::npos; at = html.find(text, at + 1))
      ++n;
    return n;
  };
  for (const std::string tag :
       {"html",    "head",  "body",  "header", "main", "footer", "section", "nav", "table",
        "caption", "thead", "tbody", "tr",     "div",  "ul",     "li",      "dl",  "dt",
        "dd",      "svg",   "span",  "bdi",    "time", "style",  "title"}) {
    EXPECT_EQ(count("<" + tag + " ") + count("<" + tag + ">"), count("</" + tag + ">")) << tag;
  }
}

}  // namespace
}  // namespace perfwatch
