// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/whole_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(WriteWholeFile, MakesAndReplaces) {
  const test::TempTree tree{{"old", "what was there before"}};
  EXPECT_TRUE(write_whole_file(tree.path() + "/new", "text"));
  EXPECT_TRUE(write_whole_file(tree.path() + "/old", "text"));
  EXPECT_EQ(text_of(tree.path() + "/new"), "text");
  EXPECT_EQ(text_of(tree.path() + "/old"), "text");
  const std::filesystem::directory_iterator files(tree.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "and leaves nothing beside";
}

TEST(WriteWholeFile, LeavesTheOldTextWhenItCannotBeWritten) {
  const test::TempTree tree;
  const auto nowhere = write_whole_file(tree.path() + "/none/file", "text");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().text.find("writing " + tree.path() + "/none/file: "), 0U);
  EXPECT_FALSE(write_whole_file(tree.path(), "text")) << "a folder";
  EXPECT_FALSE(write_whole_file("/dev/full", "text"));
  EXPECT_TRUE(write_whole_file("/dev/null", "text")) << "is not replaced by a file";
  EXPECT_FALSE(std::filesystem::is_regular_file("/dev/null"));
}

TEST(ReadWholeFile, ReadsAPipeToo) {
  const test::TempTree tree{{"file", "text"}};
  EXPECT_EQ(read_whole_file(tree.path() + "/file", 4).value_or("none"), "text");
  EXPECT_EQ(read_whole_file(tree.path() + "/file", 3).error().kind, ErrorKind::malformed);
  EXPECT_FALSE(read_whole_file(tree.path() + "/none", 3));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "through", 7), 7);
  ::close(ends[1]);
  const auto text = read_whole_file("/dev/fd/" + std::to_string(ends[0]), 100);
  EXPECT_EQ(text.value_or("none"), "through");
  ::close(ends[0]);
}

}  // namespace
}  // namespace perfwatch
