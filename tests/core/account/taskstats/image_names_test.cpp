// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/image_names.h"

#include <gtest/gtest.h>

#include <string>

namespace perfwatch {
namespace {

using std::chrono::seconds;
constexpr IdentityNeeds kExe{.exe = true};
const ImageNames::Time kStart{seconds(1000)};

ProcessIdentity named(std::string_view exe) {
  ProcessIdentity identity;
  identity.exe = exe;
  return identity;
}

TEST(ImageNames, KeepsTheNamesOfAnImage) {
  ImageNames names;
  EXPECT_EQ(names.find(3), nullptr);
  names.keep(3, named("/bin/sh"), kExe, kStart);
  ASSERT_NE(names.find(3), nullptr);
  EXPECT_EQ(names.find(3)->exe, "/bin/sh");
  EXPECT_EQ(names.find(3)->caught, kExe);
}

TEST(ImageNames, ForgetsThemAWhileAfterTheLastUse) {
  ImageNames names;
  names.keep(3, named("/bin/sh"), kExe, kStart);
  names.keep(4, named("/bin/ls"), kExe, kStart);
  names.use(4, kStart + seconds(5));
  names.end_sweep(kStart + seconds(10));
  EXPECT_EQ(names.size(), 2U);
  names.end_sweep(kStart + seconds(11));
  EXPECT_EQ(names.find(3), nullptr);
  EXPECT_NE(names.find(4), nullptr);
}

TEST(ImageNames, HasAnEndAndMakesRoomOfTheUnused) {
  ImageNames names;
  for (std::uint64_t i = 1; i <= ImageNames::kMostImages + 5; ++i) {
    names.keep(i, named("/bin/true"), kExe, kStart);
  }
  EXPECT_EQ(names.size(), ImageNames::kMostImages);
  EXPECT_EQ(names.find(ImageNames::kMostImages + 1), nullptr);
  // A sweep that saw only the first leaves room for new ones.
  names.use(1, kStart + seconds(2));
  names.end_sweep(kStart + seconds(2));
  names.keep(100'000, named("/bin/false"), kExe, kStart + seconds(3));
  EXPECT_NE(names.find(100'000), nullptr);
  EXPECT_NE(names.find(1), nullptr);
  EXPECT_EQ(names.size(), 2U);
}

TEST(ImageNames, BoundsTheBytesToo) {
  ImageNames names;
  const std::string large(4096, 'x');
  for (std::uint64_t i = 1; i <= 4000; ++i) names.keep(i, named(large), kExe, kStart);
  EXPECT_LE(names.size() * 4096, ImageNames::kMostBytes + 4096);
}

}  // namespace
}  // namespace perfwatch
