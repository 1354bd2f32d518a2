// SPDX-License-Identifier: Apache-2.0
#include "core/account/kmsg.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <vector>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;

TEST(ParseKmsg, TakesARecordApart) {
  const auto record = parse_kmsg("6,1234,5678901,-;text; with, everything");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->level, 6);
  EXPECT_EQ(record->facility, 0U);
  EXPECT_EQ(record->sequence, 1234U);
  EXPECT_EQ(record->since_boot.count(), 5678901);
  EXPECT_FALSE(record->fragment);
  EXPECT_EQ(record->caller, "");
  EXPECT_EQ(record->text, "text; with, everything");
}

TEST(ParseKmsg, KnowsWhoSpeaksFragmentsAndCallers) {
  const auto record = parse_kmsg("30,1,2,c,caller=T77,more=x;y");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->facility, 3U) << "a daemon that writes to /dev/kmsg";
  EXPECT_TRUE(record->fragment);
  EXPECT_EQ(record->caller, "T77");
}

TEST(ParseKmsg, RefusesWhatIsNoRecord) {
  for (const auto* text : {"", ";", "6;x", "6,1;x", "6,1,2;x", "a,1,2,-;x", "6,-1,2,-;x",
                           "6,1,-2,-;x", " KEY=value", "6,99999999999999999999,2,-;x"}) {
    EXPECT_FALSE(parse_kmsg(text)) << text;
  }
}

TEST(UnescapeKmsg, GivesTheBytesBack) {
  EXPECT_EQ(unescape_kmsg("a\\x5cb\\x0ac\\xc3\\xa9"), "a\\b\nc\xc3\xa9");
  EXPECT_EQ(unescape_kmsg("\\x5"), "\\x5");
  EXPECT_EQ(unescape_kmsg("\\xZZ\\x"), "\\xZZ\\x");
}

std::vector<std::string> texts(KmsgReader& reader) {
  std::vector<std::string> out;
  while (true) {
    const auto record = reader.next();
    EXPECT_TRUE(record) << record.error().text;
    if (!record || !*record) return out;
    out.emplace_back((*record)->text);
  }
}

TEST(KmsgReader, ReadsFromTheBeginningAndGoesOn) {
  const TempTree tree{{"kmsg", "6,7,1,-;one\n KEY=1\n6,8,2,-;two\n6,9,3,-;unfin"}};
  KmsgReader reader(tree.path() + "/kmsg");
  ASSERT_TRUE(reader.open());
  EXPECT_EQ(texts(reader), (std::vector<std::string>{"one", "two"}));
  std::ofstream(tree.path() + "/kmsg", std::ios::app) << "ished\nrubbish\n6,15,4,-;five lost\n";
  EXPECT_EQ(texts(reader), (std::vector<std::string>{"unfinished", "five lost"}));
  EXPECT_EQ(reader.lost(), 5U);
  EXPECT_EQ(reader.malformed(), 1U);
  EXPECT_EQ(texts(reader), std::vector<std::string>{});
}

TEST(KmsgReader, GivesUpALineThatNeverEnds) {
  const TempTree tree{{"kmsg", std::string(100'000, 'x') + "\n6,1,1,-;after\n"}};
  KmsgReader reader(tree.path() + "/kmsg");
  ASSERT_TRUE(reader.open());
  EXPECT_EQ(texts(reader), (std::vector<std::string>{"after"}));
  EXPECT_GT(reader.malformed(), 0U);
}

TEST(KmsgReader, SaysWhatItCannotOpen) {
  KmsgReader missing("/nonexistent/kmsg");
  const auto opened = missing.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text.find("reading /nonexistent/kmsg: "), 0U);
}

TEST(KmsgReader, ReadsTheKernelOfThisHost) {
  KmsgReader reader("/dev/kmsg");
  if (const auto opened = reader.open(); !opened) GTEST_SKIP() << opened.error().text;
  const auto first = reader.next();
  ASSERT_TRUE(first) << first.error().text;
  if (!*first) GTEST_SKIP() << "the kernel's log is empty";
  std::size_t more = 0;
  while (more < 1'000'000) {
    const auto record = reader.next();
    ASSERT_TRUE(record) << record.error().text;
    if (!*record) break;
    ++more;
  }
  EXPECT_EQ(reader.malformed(), 0U);
}

}  // namespace
}  // namespace perfwatch
