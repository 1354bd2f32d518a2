// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/report/report.h"
#include "tests/exporters/report/sample_runs.h"

namespace perfwatch {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// What is open at the end, or the first tag that closes another than the last opened; "" when every
// tag is closed in its order and stands for itself.
std::string unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::string tag = html.substr(at + 1, html.find('>', at) - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" /\n", 1));
    if (tag.back() == '/' || name == "!DOCTYPE" || name == "meta") continue;
    if (name[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != name) {
      return tag;
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

std::vector<std::string> tag_names(const std::string& html) {
  std::vector<std::string> names;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    names.push_back(html.substr(at + 1, html.find_first_of(" />\n", at + 2) - at - 1));
  }
  return names;
}

RunReport sample_report() {
  RunReport report;
  report.host = "builder-3";
  report.operations = {sample_operation(),
                       summarise_runs(std::vector<perfwatch::Run>{sample_run(1, 1, 1)})};
  return report;
}

TEST(ReportHtml, IsOneSoundFileThatFetchesNothing) {
  const std::string html = report_html(sample_report());
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_THAT(html, HasSubstr("default-src 'none'; style-src 'unsafe-inline'"));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  for (const char* fetching : {"http:", "https:", "url(", "src=", "@import", "<link", "<script"}) {
    EXPECT_THAT(html, Not(HasSubstr(fetching)));
  }
}

TEST(ReportHtml, TellsRegressionsAndDrawsThem) {
  const std::string html = report_html(sample_report());
  EXPECT_THAT(html, HasSubstr("2 regressions in 1 of 2 operations."));
  EXPECT_THAT(html, HasSubstr("cc1 grew most, since commit c0ffee140"));
  EXPECT_THAT(html, HasSubstr(">+27 %</text>"));
  EXPECT_THAT(html, HasSubstr("CPU went from 19 min 50 s to 25 min 11 s (+27 %)"));
  EXPECT_THAT(html, HasSubstr("All 30 runs"));
  EXPECT_THAT(html, HasSubstr("Statistics of 26 runs that succeeded with warm caches"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST(ReportHtml, LetsNoNameOutOfItsPlace) {
  for (const std::string& html :
       {report_html(hostile_report()),
        run_html(hostile_run(), {{{RunVerdictLine::Kind::unknown, hostile_name()}},
                                 {hostile_name()},
                                 {hostile_name()}})}) {
    EXPECT_EQ(unbalanced(html), "");
    EXPECT_THAT(tag_names(html), Each(Not(::testing::AnyOf("script", "img"))));
    EXPECT_THAT(html, Not(HasSubstr("\x1B")));
    EXPECT_THAT(html, Not(HasSubstr("\xFF")));
    EXPECT_THAT(html, Not(HasSubstr("\xE2\x80\xAE")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)"));
  }
}

TEST(ReportHtml, SaysThatThereIsNothing) {
  const std::string html = report_html({});
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_THAT(html, HasSubstr("No runs."));
  RunReport empty;
  empty.operations.resize(2);
  EXPECT_EQ(unbalanced(report_html(empty)), "");
}

TEST(ReportHtml, StaysBoundedWithManyRuns) {
  std::vector<perfwatch::Run> runs;
  for (int i = 0; i < 5000; ++i) {
    runs.push_back(sample_run(i, 100 + i % 7, 700));
    runs.back().timeline.clear();
  }
  RunReport report;
  report.operations = {summarise_runs(runs)};
  const std::string html = report_html(report);
  EXPECT_THAT(html, HasSubstr("The last 400 of 5000 runs are drawn."));
  EXPECT_THAT(html, HasSubstr("The last 50 runs"));
  EXPECT_LT(html.size(), 500000U);
}

TEST(RunHtml, TellsFiguresTimelineCommandsAndMethod) {
  RunRemarks remarks;
  remarks.verdicts = {{RunVerdictLine::Kind::regressed, "wall time regressed"}};
  const std::string html = run_html(sample_run(3, 212, 1190), remarks);
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_THAT(html, HasSubstr("verdict bad"));
  EXPECT_THAT(html, HasSubstr("3 min 32 s"));
  EXPECT_THAT(html, HasSubstr("5.61 cores on average of 8"));
  EXPECT_THAT(html, HasSubstr("Anonymous memory of all processes alive"));
  EXPECT_THAT(html, HasSubstr("ld -m elf_x86_64"));
  EXPECT_THAT(html, HasSubstr("subreaper and own cgroup, tier ebpf, exact"));
  EXPECT_THAT(html, HasSubstr("make -j8 bzImage &#39;CC=ccache gcc&#39;"));
}

TEST(RunHtml, ShowsADashForWhatIsNotKnown) {
  const std::string html = run_html(perfwatch::Run());
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_THAT(html, HasSubstr("<div class=\"value\">–</div>"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace perfwatch
