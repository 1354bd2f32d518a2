// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/netlink.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/core/account/taskstats/messages.h"

namespace perfwatch {
namespace {

using test::append;
using test::attribute;
using test::Buffer;
using test::joined;

Buffer message(std::uint16_t type, std::uint32_t length, std::size_t payload) {
  Buffer out;
  append(out, nlmsghdr{length, type, 0, 9, 0});
  out.resize(sizeof(nlmsghdr) + payload);
  return out;
}

TEST(NetlinkMessages, WalksWhatIsThereAndSkipsThePadding) {
  const auto both = joined({message(20, 18, 4), message(21, 16, 0)});
  NetlinkMessages messages(both);
  NetlinkMessage out;
  ASSERT_TRUE(messages.next(out));
  EXPECT_EQ(out.type, 20);
  EXPECT_EQ(out.sequence, 9U);
  EXPECT_EQ(out.payload.size(), 2U);
  ASSERT_TRUE(messages.next(out));
  EXPECT_EQ(out.type, 21);
  EXPECT_TRUE(out.payload.empty());
  EXPECT_FALSE(messages.next(out));
  EXPECT_FALSE(messages.malformed());
}

TEST(NetlinkMessages, RefusesALengthThatIsNotThatOfItsMessage) {
  for (const std::uint32_t length : {0U, 1U, 15U, 21U, 4096U, 0x80000000U, 0xffffffffU}) {
    const auto bytes = message(20, length, 4);
    NetlinkMessages messages(bytes);
    NetlinkMessage out;
    EXPECT_FALSE(messages.next(out)) << length;
    EXPECT_TRUE(messages.malformed()) << length;
  }
}

TEST(NetlinkMessages, SaysWhenTheHeaderIsCutOff) {
  const auto whole = message(20, 16, 0);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    NetlinkMessages messages(Bytes(whole).first(size));
    NetlinkMessage out;
    EXPECT_FALSE(messages.next(out));
    EXPECT_TRUE(messages.malformed());
  }
}

TEST(NetlinkAttributes, WalksThemWithoutTheirFlags) {
  const std::array<std::byte, 3> three{};
  const auto both = joined({attribute(NLA_F_NESTED | 4, three), attribute(2, {})});
  NetlinkAttributes attributes(both);
  NetlinkAttribute out;
  ASSERT_TRUE(attributes.next(out));
  EXPECT_EQ(out.type, 4);
  EXPECT_EQ(out.payload.size(), 3U);
  ASSERT_TRUE(attributes.next(out));
  EXPECT_EQ(out.type, 2);
  EXPECT_FALSE(attributes.next(out));
  EXPECT_FALSE(attributes.malformed());
}

TEST(NetlinkAttributes, RefusesHostileLengths) {
  for (const auto length : std::initializer_list<std::uint16_t>{0, 1, 3, 9, 0xffff}) {
    Buffer bytes;
    append(bytes, nlattr{length, 1});
    bytes.resize(8);
    NetlinkAttributes attributes(bytes);
    NetlinkAttribute out;
    EXPECT_FALSE(attributes.next(out)) << length;
    EXPECT_TRUE(attributes.malformed()) << length;
  }
}

TEST(NetlinkErrno, IsPositiveAndBounded) {
  const auto of = [](std::int32_t value) {
    Buffer bytes;
    append(bytes, value);
    return netlink_errno(bytes);
  };
  EXPECT_EQ(of(0), 0);
  EXPECT_EQ(of(-2), 2);
  EXPECT_EQ(of(1), std::nullopt);
  EXPECT_EQ(of(-4096), std::nullopt);
  EXPECT_EQ(of(std::numeric_limits<std::int32_t>::min()), std::nullopt);
  EXPECT_EQ(netlink_errno({}), std::nullopt);
}

TEST(MakeRequest, IsReadByTheSameRules) {
  const auto bytes = make_request({20, 3, 77, true}, 5, std::string_view("0-3"));
  NetlinkMessages messages(bytes);
  NetlinkMessage message;
  ASSERT_TRUE(messages.next(message));
  EXPECT_EQ(message.type, 20);
  EXPECT_EQ(message.sequence, 77U);
  const auto body = generic_attributes(message.payload, 3);
  ASSERT_TRUE(body);
  EXPECT_FALSE(generic_attributes(message.payload, 4));
  NetlinkAttributes attributes(*body);
  NetlinkAttribute out;
  ASSERT_TRUE(attributes.next(out));
  EXPECT_EQ(out.type, 5);
  ASSERT_EQ(out.payload.size(), 4U);
  EXPECT_EQ(std::memcmp(out.payload.data(), "0-3", 4), 0);
}

}  // namespace
}  // namespace perfwatch
