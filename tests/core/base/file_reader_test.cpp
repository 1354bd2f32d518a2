// SPDX-License-Identifier: Apache-2.0
#include "core/base/file_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;

TEST(RepeatedFile, ReadsTheNewTextEachTime) {
  TempTree tree{{"stat", "one"}};
  RepeatedFile file(tree.path() + "/stat");
  EXPECT_EQ(*file.read(), "one");
  tree.write("stat", std::string(10000, 'x'));
  EXPECT_EQ(file.read()->size(), 10000U);
  tree.write("stat", "");
  EXPECT_EQ(*file.read(), "");
}

TEST(RepeatedFile, SaysWhatItReadAndWhy) {
  RepeatedFile file("/nonexistent/stat");
  const auto text = file.read();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(text.error().text, "reading /nonexistent/stat: No such file or directory");
}

TEST(RepeatedFile, RefusesAFileOverTheLimitInsteadOfCuttingIt) {
  TempTree tree{{"big", std::string(101, 'x')}};
  RepeatedFile file(tree.path() + "/big", 100);
  const auto text = file.read();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::malformed);
}

TEST(RepeatedFile, ComesBackAfterTheFileWasMissing) {
  TempTree tree;
  RepeatedFile file(tree.path() + "/late");
  EXPECT_FALSE(file.read());
  tree.write("late", "here");
  EXPECT_EQ(*file.read(), "here");
}

TEST(FileReader, DoesNotBlockOnAFifo) {
  TempTree tree;
  ASSERT_EQ(::mkfifo((tree.path() + "/fifo").c_str(), 0600), 0);
  FileReader reader;
  EXPECT_FALSE(reader.read((tree.path() + "/fifo").c_str()));  // a pipe cannot be read at an offset
}

}  // namespace
}  // namespace perfwatch
