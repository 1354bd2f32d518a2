// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest_input.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

class BacktestInputTest : public testing::Test {
 protected:
  // "TIME=VALUE " for each row, then the error without the path.
  std::string replay(const std::string& text, const std::string& column = {}, bool index = false) {
    std::ofstream(path_, std::ios::binary) << text;
    auto input = BacktestInput::open({path_, column, index, false, {}});
    if (!input) return without_path(input.error().text);
    std::string out;
    BacktestRow row;
    for (;;) {
      const auto more = input->next(row);
      if (!more) return out + without_path(more.error().text);
      if (!*more) return out;
      out += std::string(row.time_text) + "=" +
             (std::isnan(row.value) ? "nan" : std::string(row.value_text)) + " ";
      last_ = row;
    }
  }
  std::string without_path(const std::string& text) const {
    return text.starts_with(path_) ? text.substr(path_.size()) : text;
  }

  test::TempTree tree_;
  std::string path_ = tree_.path() + "/input.csv";
  BacktestRow last_;
};

TEST_F(BacktestInputTest, ReadsTimesAndValues) {
  EXPECT_EQ(replay("timestamp,value\n1,2.5\n2023-11-14 22:13:20,3\n"),
            "1=2.5 2023-11-14 22:13:20=3 ");
  EXPECT_EQ(last_.seconds, 1700000000);
  EXPECT_EQ(replay("timestamp,value\r\n1,2\r\n\r\n2,3"), "1=2 2=3 ") << "CRLF, no last line break";
  EXPECT_EQ(replay("\xEF\xBB\xBFtimestamp,value\n1,2\n"), "1=2 ") << "byte order mark";
  EXPECT_EQ(replay("timestamp,value\n"), "");
}

TEST_F(BacktestInputTest, ChoosesTheColumn) {
  EXPECT_EQ(replay("a,time,b\n1,2,3\n"), "2=1 ");
  EXPECT_EQ(replay("a,time,b\n1,2,3\n", "b"), "2=3 ");
  EXPECT_EQ(replay("timestamp_seconds,rss_bytes,heap_bytes\n1,20,10\n"), "1=10 ");
  EXPECT_EQ(replay("time,rss_bytes\n1,20\n"), "1=20 ");
  EXPECT_EQ(replay("time,b\n1,2\n", "c"), ":1: no column c; there are time, b");
  EXPECT_EQ(replay("time,b\n1,2\n", "time"), ":1: the column time is the time");
  EXPECT_EQ(replay("time\n1\n"), ":1: no value column beside time");
}

TEST_F(BacktestInputTest, TakesNamesInAnyCaseAndBlanksAroundThem) {
  EXPECT_EQ(replay("Timestamp, Value\n1,2\n"), "1=2 ");
  EXPECT_EQ(replay("DATE,x, y \n1,2,3\n", "y"), "1=3 ");
  EXPECT_EQ(replay("time, HEAP_BYTES\n 1 ,2\n"), " 1 =2 ") << "the time as it stands there";
  EXPECT_EQ(replay("time,Value\n1,2\n", "value"), ":1: no column value; there are time, Value");
}

TEST_F(BacktestInputTest, TakesAnIndexOnlyWhereTimesDoNotMatter) {
  EXPECT_EQ(replay("index,value\n0,5\n", "", true), "0=5 ");
  EXPECT_EQ(replay("index,value\n0,5\n"),
            ":1: the rows have an index instead of times, which only changepoint can do with");
  EXPECT_EQ(replay("index,time,value\n0,9,5\n"), "9=5 ") << "no value of its own";
  EXPECT_EQ(replay("index,time,value\n0,9,5\n", "index"), "9=0 ");
}

TEST_F(BacktestInputTest, ReadsResidentMemoryWhereItIsWanted) {
  const std::string text = "time,rss_bytes,heap_bytes,all\n1,20,10,30\n";
  std::ofstream(path_, std::ios::binary) << text;
  const auto resident = [&](const std::string& column, const std::string& named) {
    BacktestInput::Wish wish{path_, column, false, true, named};
    auto input = BacktestInput::open(wish);
    if (!input) return without_path(input.error().text);
    BacktestRow row;
    EXPECT_TRUE(*input->next(row));
    return std::to_string(row.resident);
  };
  EXPECT_EQ(resident("", ""), "20.000000");
  EXPECT_EQ(resident("", "all"), "30.000000");
  EXPECT_EQ(resident("", "heap_bytes"), "10.000000") << "the column itself: nothing besides";
  EXPECT_EQ(resident("rss_bytes", ""), "nan");
  EXPECT_EQ(resident("", "pss"), ":1: no column pss; there are time, rss_bytes, heap_bytes, all");
  EXPECT_EQ(resident("", "time"), ":1: the column time is the time");
}

TEST_F(BacktestInputTest, LooksAtNoOtherColumn) {
  EXPECT_EQ(replay("time,value,rss_bytes,note\n1,2,n/a,x\n"), "1=2 ");
}

TEST_F(BacktestInputTest, KnowsMissingValues) {
  EXPECT_EQ(replay("time,value\n1,\n2,NaN\n3, 7 \n"), "1=nan 2=nan 3= 7  ");
  EXPECT_EQ(replay("time,value\n1,inf\n"), "1=inf ");
}

TEST_F(BacktestInputTest, NamesFileLineAndReason) {
  EXPECT_EQ(replay(""),
            ":1: the file is empty; its first line names the columns, as in \"timestamp,value\"");
  EXPECT_EQ(replay("value\n1\n"),
            ":1: no time column among value; it is called timestamp, time, ts, date, datetime, "
            "timestamp_seconds or index");
  EXPECT_EQ(replay("time,value\n1,2\n3\n"), "1=2 :3: the line has 1 fields, the header 2");
  EXPECT_EQ(replay("time,value\n\n1,x\n"),
            ":3: \"x\" is no number; a missing value is an empty field or NaN");
  EXPECT_EQ(replay("time,value\nlunch,1\n"),
            ":2: \"lunch\" is no time: epoch seconds or YYYY-MM-DD HH:MM:SS");
  EXPECT_EQ(replay("time,value\n1,\"2\n"), ":2: field 2: its quote is not closed");
}

TEST_F(BacktestInputTest, RefusesMillisecondsAndTwoColumnsOfOneName) {
  EXPECT_EQ(
      replay("time,value\n1700000000000,1\n"),
      ":2: \"1700000000000\" is no time in seconds; if it is milliseconds or less, divide it");
  EXPECT_EQ(replay("time,value,value\n1,2,3\n"), ":1: two columns are called value");
  EXPECT_EQ(replay("time,value, time\n1,2,3\n"), ":1: two columns are called time");
  EXPECT_EQ(replay("time,value,other,other\n1,2,3,4\n"), "1=2 ");
}

TEST_F(BacktestInputTest, BoundsALine) {
  const std::string value(60'000, '1');
  EXPECT_EQ(replay("time,value\n1,0." + value + "\n2,3\n").substr(0, 6), "1=0.11");
  EXPECT_EQ(replay("time,value\n1,2\n" + std::string(200'000, 'x')),
            "1=2 :3: the line is longer than 64 KiB");
}

TEST_F(BacktestInputTest, SaysThatThereIsNoFile) {
  const auto input = BacktestInput::open({"/nowhere/at/all.csv", {}, false, false, {}});
  ASSERT_FALSE(input);
  EXPECT_NE(input.error().text.find("/nowhere/at/all.csv"), std::string::npos);
  EXPECT_NE(input.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace perfwatch
