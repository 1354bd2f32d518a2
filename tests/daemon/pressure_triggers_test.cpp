// SPDX-License-Identifier: Apache-2.0
#include "daemon/pressure_triggers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

class PressureTriggersTest : public ::testing::Test {
 protected:
  PressureTriggers::Fired note() {
    return [this](WakeSource source) { fired.push_back(source); };
  }
  boost::asio::io_context loop;
  std::vector<WakeSource> fired;
};

TEST_F(PressureTriggersTest, WriteToNobodyButTheKernel) {
  const std::string text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
  const test::TempTree tree{
      {"pressure/cpu", text}, {"pressure/memory", text}, {"pressure/io", text}};
  PressureTriggers triggers(loop, tree.path() + "/pressure", note());
  const auto opened = triggers.open(LoadBounds{});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unsupported);
  EXPECT_NE(opened.error().text.find("/pressure/cpu"), std::string::npos) << opened.error().text;
  std::ifstream file(tree.path() + "/pressure/cpu");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(PressureTriggersTest, SayWhereThereIsNoPressureAtAll) {
  PressureTriggers triggers(loop, "/nonexistent", note());
  const auto opened = triggers.open(LoadBounds{});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unsupported);
}

// Needs a kernel that gives triggers to us: for this window Linux 6.4, or CAP_SYS_RESOURCE.
TEST_F(PressureTriggersTest, AreOpenedAgainAndClosed) {
  PressureTriggers triggers(loop, "/proc/pressure", note(), 2s);
  if (const auto opened = triggers.open(LoadBounds{}); !opened) {
    GTEST_SKIP() << opened.error().text;
  }
  LoadBounds bounds;
  bounds.stalls.push_back({1, true, 0.2});
  EXPECT_TRUE(triggers.open(bounds)) << "and one for a rule";
  triggers.close();
  loop.run_for(50ms);  // the waits of those that were closed end
  EXPECT_TRUE(loop.stopped()) << "nobody waits any more";
}

}  // namespace
}  // namespace perfwatch
