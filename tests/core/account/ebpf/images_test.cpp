// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/images.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

bool put(Images& images, std::uint64_t image, std::string exe) {
  Images::Names* names = images.put(image);
  if (names == nullptr) return false;
  names->exe = std::move(exe);
  names->known.exe = true;
  images.account(*names);
  return true;
}

TEST(Images, KnowsWhatWasPut) {
  Images images;
  ASSERT_TRUE(put(images, 7, "/usr/bin/gcc"));
  ASSERT_NE(images.find(7), nullptr);
  EXPECT_EQ(images.find(7)->exe, "/usr/bin/gcc");
  EXPECT_EQ(images.find(8), nullptr);
}

TEST(Images, ForgetsWhatNobodyRuns) {
  Images images;
  put(images, 7, "gone");
  put(images, 8, "runs");
  for (std::uint32_t i = 0; i < Images::kForgetAfter + 2; ++i) {
    EXPECT_NE(images.find(7), nullptr) << i;
    images.touch(8);
    images.end_sweep();
  }
  EXPECT_EQ(images.find(7), nullptr);
  EXPECT_NE(images.find(8), nullptr);
  EXPECT_EQ(images.size(), 1U);
}

TEST(Images, UsesAPlaceAgainWithoutItsNames) {
  Images images;
  put(images, 7, "old");
  for (std::uint32_t i = 0; i < Images::kForgetAfter + 2; ++i) images.end_sweep();
  Images::Names* names = images.put(9);
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(names->exe, "");
  EXPECT_FALSE(names->known.exe);
}

TEST(Images, HasABoundInBytes) {
  Images images;
  const std::string large(4096, 'x');
  std::uint64_t image = 1;
  while (put(images, image, large)) ++image;
  EXPECT_LE(image * large.size(), Images::kMaxBytes + 2 * large.size());
  // What was not seen in the last sweep makes room.
  images.end_sweep();
  images.touch(1);
  images.end_sweep();
  images.touch(1);
  EXPECT_TRUE(put(images, image, large));
  EXPECT_NE(images.find(1), nullptr);
  EXPECT_EQ(images.find(2), nullptr);
}

TEST(Images, HasABoundInPrograms) {
  Images images;
  for (std::uint64_t image = 1; image <= Images::kMaxImages; ++image) {
    ASSERT_TRUE(put(images, image, "x"));
  }
  EXPECT_FALSE(put(images, Images::kMaxImages + 1, "x"));
  EXPECT_TRUE(put(images, 5, "again"));
}

}  // namespace
}  // namespace perfwatch
