// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_values.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsUnitsFromLargeToSmall) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("2s"), 2s);
  EXPECT_EQ(parse_duration("1m30s"), 90s);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "1.5s", "30s1m", "1s1s", "5S",
                           "5 parsecs", "1h30", "99999999999999999999s", "36501d", "1us"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(FormatDuration, WritesWhatParseDurationReads) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(100ms), "100ms");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(7 * 24h), "7d");
}

TEST(ParseSize, KnowsPowersOfThousandAndOf1024) {
  EXPECT_EQ(parse_size("2GiB"), 2147483648U);
  EXPECT_EQ(parse_size("1.5GB"), 1500000000U);
  EXPECT_EQ(parse_size("512 MiB"), 536870912U);
  EXPECT_EQ(parse_size("0.5KiB"), 512U);
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("9007199254740993"), 9007199254740993U) << "exact beyond doubles";
  EXPECT_EQ(parse_size("9223372036854775807"), 9223372036854775807U);
}

TEST(ParseSize, RefusesAmbiguousAndTooLargeOnes) {
  for (const char* text :
       {"", "2G", "2M", "GiB", "1.5", "1.5B", "-1", "1e3", ".5GiB", "5.GiB", "1.2.3GiB", "2gib",
        "9223372036854775808", "8388608TiB", "9000000000.5TiB", "2GiB ", "99999999999999999999"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(ParseHttpUrl, TakesAUrlApart) {
  const auto url = parse_http_url("https://user:p%40ss@am.example.org:9093/prefix?x=1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->user_info, "user:p%40ss");
  EXPECT_EQ(url->host, "am.example.org");
  EXPECT_EQ(url->port, "9093");
  EXPECT_EQ(url->target, "/prefix?x=1");
  EXPECT_EQ(url->host_and_port(), "am.example.org:9093");
}

TEST(ParseHttpUrl, FillsInPortAndTarget) {
  EXPECT_EQ(parse_http_url("http://a")->host_and_port(), "a:80");
  EXPECT_EQ(parse_http_url("https://a")->host_and_port(), "a:443");
  EXPECT_EQ(parse_http_url("http://a")->target, "/");
  EXPECT_EQ(parse_http_url("http://a?b")->target, "/?b");
  EXPECT_EQ(parse_http_url("http://[::1]:9093/x")->host, "::1");
  EXPECT_EQ(parse_http_url("http://[::1]:9093/x")->host_and_port(), "[::1]:9093");
}

TEST(ParseHttpUrl, SaysWhatIsWrong) {
  const auto why = [](const char* text) {
    const auto url = parse_http_url(text);
    return url ? "accepted" : url.error().text;
  };
  EXPECT_EQ(why("ftp://a"), "it must begin with http:// or https://");
  EXPECT_EQ(why("127.0.0.1:9093"), "it must begin with http:// or https://");
  EXPECT_EQ(why("http://"), "it names no host");
  EXPECT_EQ(why("http://:9093"), "it names no host");
  EXPECT_EQ(why("http://user@/x"), "it names no host");
  EXPECT_EQ(why("http://a:0"), "the port must be 1 to 65535");
  EXPECT_EQ(why("http://a:65536"), "the port must be 1 to 65535");
  EXPECT_EQ(why("http://a:"), "the port must be 1 to 65535");
  EXPECT_EQ(why("http://a b"), "blanks and characters outside ASCII must be percent-encoded");
  EXPECT_EQ(why("http://a/\r\nX: y"),
            "blanks and characters outside ASCII must be percent-encoded");
  EXPECT_EQ(why("http://a/#b"), "a fragment (#...) means nothing here");
  EXPECT_EQ(why("http://a,b"), "the host may only have letters, digits, \".\", \"-\" and \"_\"");
  EXPECT_EQ(why("http://[::1"), "the \"[\" before the host has no \"]\"");
  EXPECT_EQ(why("http://[a]"), "between the brackets must be an IPv6 address");
  EXPECT_EQ(why("http://[::1]x"), "only a port may follow the \"]\"");
}

}  // namespace
}  // namespace perfwatch
