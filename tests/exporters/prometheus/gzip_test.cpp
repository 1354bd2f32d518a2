// SPDX-License-Identifier: Apache-2.0
#include "exporters/prometheus/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>

namespace perfwatch {
namespace {

// The text of exactly one gzip member; "refused" for anything else.
std::string gunzip(std::string_view member, std::size_t limit) {
  z_stream z{};
  if (inflateInit2(&z, 15 + 16) != Z_OK) return "refused";
  std::string in(member);
  std::string out(limit, '\0');
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&z, Z_FINISH);
  out.resize(z.total_out);
  const bool all = code == Z_STREAM_END && z.avail_in == 0;
  inflateEnd(&z);
  return all ? out : "refused";
}

TEST(Gzip, WritesOneMemberThatUnpacksToTheText) {
  Gzip gzip;
  std::string out = "left from before";
  const std::string text = "test_free_bytes 4096\n";
  ASSERT_TRUE(gzip.compress(text, out));
  EXPECT_EQ(gunzip(out, 1000), text);
}

TEST(Gzip, StartsAnewWithEachText) {
  Gzip gzip;
  std::string first;
  std::string again;
  std::string other;
  const std::string large(100000, 'a');
  ASSERT_TRUE(gzip.compress("one\n", first));
  ASSERT_TRUE(gzip.compress(large, other));
  ASSERT_TRUE(gzip.compress("one\n", again));
  EXPECT_EQ(again, first);
  EXPECT_LT(other.size(), 2000U);
  EXPECT_EQ(gunzip(other, 200000), large);
}

TEST(Gzip, TakesEmptyAndIncompressibleTexts) {
  Gzip gzip;
  std::string out;
  ASSERT_TRUE(gzip.compress("", out));
  EXPECT_EQ(gunzip(out, 10), "");
  std::string noise;
  std::uint32_t x = 1;
  for (int i = 0; i < 300000; ++i) {
    x = x * 1664525U + 1013904223U;
    noise += static_cast<char>(x >> 24U);
  }
  ASSERT_TRUE(gzip.compress(noise, out));
  EXPECT_EQ(gunzip(out, 400000), noise);
}

}  // namespace
}  // namespace perfwatch
