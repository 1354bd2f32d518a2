// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/exits_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/model/exits.h"
#include "exporters/page/landing_page.h"
#include "tests/exporters/page/sample_host.h"

namespace perfwatch {
namespace {

using std::chrono::minutes;
using test::SampleHost;
using ::testing::HasSubstr;
using ::testing::Not;

ExitKind kind(std::string_view name, std::uint64_t count, double user) {
  ExitKind out;
  std::memcpy(out.comm.data(), name.data(), std::min(name.size(), kCommSize));
  out.group = "make";
  out.count = count;
  out.user_seconds = user;
  return out;
}

void set(SampleHost& host, std::vector<ExitKind> kinds, bool exact = true) {
  auto exits = std::make_shared<ExitTable>();
  exits->since = host.frame.at.wall - minutes(60);
  exits->minutes = {
      std::make_shared<ExitMinute>(ExitMinute{host.frame.at.wall - minutes(1), std::move(kinds)})};
  auto accounting = std::make_shared<Accounting>();
  accounting->exact = exact;
  auto table = std::make_shared<ProcessTable>(*host.frame.processes);
  table->accounting = std::move(accounting);
  table->exits = std::move(exits);
  host.frame.processes = std::move(table);
}

std::string section(const SampleHost& host) {
  std::string out;
  append_exits(out, host.overview());
  return out;
}

TEST(ExitsTable, ListsTheTenKindsThatTookTheMostCpu) {
  SampleHost host;
  std::vector<ExitKind> kinds;
  for (int i = 0; i < 12; ++i) kinds.push_back(kind("k" + std::to_string(i), 1, i));
  kinds[11].failed = 2;
  kinds[11].signalled = 1;
  kinds[11].largest_peak_bytes = 1U << 30U;
  kinds[11].lived_seconds = 3;
  kinds[11].lived_known = 1;
  set(host, kinds);
  const std::string html = section(host);
  EXPECT_THAT(html, HasSubstr("Ended in the last 5 minutes"));
  EXPECT_THAT(html, HasSubstr("k11"));
  EXPECT_THAT(html, HasSubstr(">3</td><td class=\"num\">11 s</td>"));
  EXPECT_THAT(html, HasSubstr("1.0 GiB"));
  EXPECT_THAT(html, HasSubstr("k2"));
  EXPECT_THAT(html, Not(HasSubstr(">k1<"))) << "the eleventh";
  EXPECT_THAT(html, HasSubstr("12 processes of 12 kinds ended in 5 min"));
  EXPECT_THAT(html, Not(HasSubstr("missing")));
}

TEST(ExitsTable, SaysWhenSomeMayBeMissing) {
  SampleHost host;
  set(host, {kind("sh", 1, 1)}, false);
  EXPECT_THAT(section(host), HasSubstr("Some may be missing."));
}

TEST(ExitsTable, SaysThatNothingEndedButOnlyWhereItWouldKnow) {
  SampleHost host;
  EXPECT_EQ(section(host), "");
  host.frame.processes = nullptr;
  EXPECT_EQ(section(host), "");
  SampleHost quiet;
  set(quiet, {});
  EXPECT_THAT(section(quiet), HasSubstr("Nothing ended."));
}

TEST(ExitsTable, ShowsADashForWhatIsNotKnown) {
  SampleHost host;
  set(host, {kind("sh", 7, 0)});
  EXPECT_THAT(section(host), HasSubstr("<td class=\"num\">–</td><td class=\"num wide\">–</td>"));
}

TEST(ExitsTable, IsEscapedAndWellFormedOnThePage) {
  SampleHost host;
  ExitKind evil = kind("<script>\"\xFF\x1b", 1, 1);
  evil.group = "</td><script>";
  set(host, {evil});
  const std::string html = landing_page(host.overview(), host.summary);
  EXPECT_THAT(html, HasSubstr("Ended in the last 5 minutes"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("\xFF")));
  const auto count = [&](const std::string& text) {
    std::size_t n = 0;
    for (auto at = html.find(text); at != std::string::npos; at = html.find(text, at + 1)) ++n;
    return n;
  };
  for (const std::string tag : {"section", "table", "tbody", "tr", "th", "td", "div", "p", "bdi"}) {
    EXPECT_EQ(count("<" + tag + " ") + count("<" + tag + ">"), count("</" + tag + ">")) << tag;
  }
}

}  // namespace
}  // namespace perfwatch
