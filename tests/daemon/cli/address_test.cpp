// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/address.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

std::string text_of(std::string_view input) {
  const auto address = parse_address(input);
  return address ? address->text() : "error: " + address.error().text;
}

TEST(ParseAddress, TakesWhatPeopleWrite) {
  EXPECT_EQ(text_of("http://build-07:8080"), "http://build-07:8080");
  EXPECT_EQ(text_of("build-07"), "http://build-07:10117");
  EXPECT_EQ(text_of("build-07:"), "http://build-07:10117");
  EXPECT_EQ(text_of("http://[::1]:9"), "http://[::1]:9");
  EXPECT_EQ(text_of("http://proxy/hosts/a//"), "http://proxy:10117/hosts/a");
  EXPECT_EQ(text_of("unix:/run/x.sock"), "unix:/run/x.sock");
  EXPECT_EQ(text_of("/run/x.sock"), "unix:/run/x.sock");
}

TEST(ParseAddress, RefusesTheRestWithAReason) {
  for (const std::string_view input :
       {"", "http://", "https://host", "ftp://host", "host:0", "host:65536", "host:http", "[::1",
        "[::1]9", "user:secret@host", "ho st", "host/a\r\nX: y", "unix:"}) {
    EXPECT_FALSE(parse_address(input)) << input;
  }
  EXPECT_FALSE(parse_address("unix:/" + std::string(107, 'x'))) << "sockaddr_un has 108 bytes";
  EXPECT_EQ(parse_address("x\x1b:1").error().text,
            "address \"x\\x1B:1\": blanks and control characters are not allowed (examples: "
            "http://127.0.0.1:10117, unix:/run/perfwatch/perfwatch.sock)");
}

TEST(ChooseAddress, PrefersTheFlagThenTheEnvironmentThenTheSocket) {
  const auto nobody = [](const Address&) { return false; };
  const auto somebody = [](const Address&) { return true; };
  EXPECT_EQ(choose_address("a:1", "b:2", somebody)->text(), "http://a:1");
  EXPECT_EQ(choose_address("", "b:2", somebody)->text(), "http://b:2");
  EXPECT_EQ(choose_address("", "", somebody)->text(), "unix:/run/perfwatch/perfwatch.sock");
  EXPECT_EQ(choose_address("", nullptr, nobody)->text(), "http://127.0.0.1:10117");
  EXPECT_TRUE(
      choose_address("", "b:x", nobody).error().text.starts_with("PERFWATCH_ADDRESS: address"));
}

}  // namespace
}  // namespace perfwatch
