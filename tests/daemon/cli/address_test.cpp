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
       {"", "http://", "https://", "ftp://host", "host:0", "host:65536", "host:http", "[::1",
        "[::1]9", "user:secret@", "ho st", "host/a\r\nX: y", "unix:"}) {
    EXPECT_FALSE(parse_address(input)) << input;
  }
  EXPECT_FALSE(parse_address("unix:/" + std::string(107, 'x'))) << "sockaddr_un has 108 bytes";
  EXPECT_EQ(parse_address("x\x1b:1").error().text,
            "address \"x\\x1B:1\": blanks and control characters are not allowed (examples: "
            "http://127.0.0.1:10117, unix:/run/perfwatch/perfwatch.sock)");
}

TEST(ParseAddress, TakesHttpsAndAUserWhomItNeverShows) {
  const auto address = parse_address("https://ci%40x:a%2Fb@build-07:443/hosts/a");
  ASSERT_TRUE(address) << address.error().text;
  EXPECT_TRUE(address->tls);
  EXPECT_EQ(address->user_info, "ci@x:a/b");
  EXPECT_EQ(address->text(), "https://build-07:443/hosts/a");
  EXPECT_EQ(text_of("https://host"), "https://host:10117");
  EXPECT_EQ(text_of("user:secret@host"), "http://host:10117");
  EXPECT_FALSE(parse_address("host")->tls);
}

TEST(ParseAddress, RepeatsNoPasswordInAnError) {
  for (const std::string_view input :
       {"https://u:secret@host:0", "u:secret@", "ftp://u:secret@host", "https://u:12/secret@host",
        "u:secret @host", "u:80/secret@host", "https://u:secret@ho@st:x"}) {
    const auto address = parse_address(input);
    ASSERT_FALSE(address) << input;
    EXPECT_EQ(address.error().text.find("secret"), std::string::npos) << address.error().text;
  }
  EXPECT_EQ(parse_address("https://u:secret@host:0").error().text,
            "address \"https://***@host:0\": the port is not a number from 1 to 65535 (examples: "
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
