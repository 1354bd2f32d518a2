// SPDX-License-Identifier: Apache-2.0
#include "core/base/ulid.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;
using Random = std::array<std::uint8_t, kUlidRandomBytes>;

system_clock::time_point at(std::int64_t since) {
  return system_clock::time_point(milliseconds(since));
}

TEST(Ulid, IsWrittenAsTheSpecificationSays) {
  // The time part of the specification's own example.
  EXPECT_EQ(make_ulid(at(1'469'918'176'385), Random{}).substr(0, 10), "01ARYZ6S41");
  Random ones;
  ones.fill(0xFF);
  EXPECT_EQ(make_ulid(at((std::int64_t{1} << 40) - 1), ones), "00ZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_TRUE(is_ulid(make_ulid(system_clock::time_point::max(), ones)));
  EXPECT_TRUE(is_ulid(make_ulid(system_clock::time_point::min(), ones)));
  EXPECT_EQ(make_ulid(at(0), Random{}), "00000000000000000000000000");
  EXPECT_EQ(make_ulid(at(0), {0, 0, 0, 0, 0, 0, 0, 0, 0, 33}), "00000000000000000000000011");
  EXPECT_EQ(make_ulid(at(0), {0x80}).substr(10), "G000000000000000");
}

TEST(Ulid, SortsByTime) {
  Random ones;
  ones.fill(0xFF);
  std::string before;
  for (std::int64_t time = 0; time < (std::int64_t{1} << 43); time = time * 3 + 1) {
    const std::string id = make_ulid(at(time), time % 2 == 0 ? ones : Random{});
    EXPECT_TRUE(is_ulid(id));
    EXPECT_LT(before, id);
    before = id;
  }
}

TEST(Ulid, IsAnotherOneEachTime) {
  const auto at = std::chrono::system_clock::now();
  const std::string one = new_ulid(at);
  EXPECT_TRUE(is_ulid(one));
  EXPECT_NE(one, new_ulid(at));
  EXPECT_EQ(ulid_time(one), std::chrono::floor<std::chrono::milliseconds>(at));
}

TEST(Ulid, SaysWhenItWasMade) {
  EXPECT_EQ(ulid_time(make_ulid(at(1'700'000'000'123), Random{})), at(1'700'000'000'123));
  EXPECT_EQ(ulid_time(make_ulid(at(-5), Random{})), at(0)) << "there is no time before 1970";
  EXPECT_EQ(ulid_time("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), system_clock::time_point::max());
  EXPECT_EQ(ulid_time("01ARYZ6S41"), std::nullopt);
}

TEST(Ulid, KnowsWhatIsNone) {
  const std::string good = make_ulid(at(1'700'000'000'123), Random{});
  EXPECT_TRUE(is_ulid(good));
  EXPECT_FALSE(is_ulid(""));
  EXPECT_FALSE(is_ulid(good.substr(1)));
  EXPECT_FALSE(is_ulid(good + "0"));
  EXPECT_FALSE(is_ulid("8" + good.substr(1))) << "more than 128 bits";
  for (const char wrong : {'I', 'L', 'O', 'U', 'a', '-', '\0', '\xC3'}) {
    std::string bad = good;
    bad[12] = wrong;
    EXPECT_FALSE(is_ulid(bad)) << wrong;
  }
}

TEST(Ulid, ReadsWhatAPersonTypes) {
  EXPECT_EQ(ulid_letters("01aryz6sil"), "01ARYZ6S11");
  EXPECT_EQ(ulid_letters("o"), "0");
  EXPECT_EQ(ulid_letters(""), "");
  EXPECT_EQ(ulid_letters("01ARU"), std::nullopt);
  EXPECT_EQ(ulid_letters("%"), std::nullopt);
  EXPECT_EQ(ulid_letters("\xC3\xA9"), std::nullopt);
}

}  // namespace
}  // namespace perfwatch
