// SPDX-License-Identifier: Apache-2.0
#include "exporters/prometheus/negotiate.h"

#include <gtest/gtest.h>

#include <string>

namespace perfwatch {
namespace {

constexpr auto kText = Exposition::text_0_0_4;
constexpr auto kOpenMetrics = Exposition::openmetrics_1_0_0;

TEST(NegotiateExposition, AnswersPrometheusInOpenMetrics) {
  // 2.42, then 3.x without and with protobuf, then 2.5 to 2.31.
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;version=1.0.0,"
                                 "application/openmetrics-text;version=0.0.1;q=0.75,"
                                 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;"
                                 "q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                                 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                                 "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("application/vnd.google.protobuf;"
                                 "proto=io.prometheus.client.MetricFamily;encoding=delimited,"
                                 "application/openmetrics-text;version=1.0.0;q=0.8,"
                                 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text; version=0.0.1,"
                                 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            kOpenMetrics);
}

TEST(NegotiateExposition, AnswersEverybodyElseInText) {
  for (const char* accept :
       {"", "*/*", "text/plain", "text/plain;version=0.0.4", "text/*", "image/png",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"}) {
    EXPECT_EQ(negotiate_exposition(accept), kText) << accept;
  }
}

TEST(NegotiateExposition, FollowsTheQuality) {
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;q=0.4,text/plain;q=0.5"), kText);
  EXPECT_EQ(negotiate_exposition("text/plain;q=0.4,application/openmetrics-text;q=0.401"),
            kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;q=0"), kText);
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;q=0,*/*"), kText);
  EXPECT_EQ(negotiate_exposition("text/plain;q=0,*/*;q=0.1"), kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("*/*;q=0"), kText) << "nothing is left to offer";
}

TEST(NegotiateExposition, TakesTheMoreSpecificRangeOfAnyOrder) {
  EXPECT_EQ(negotiate_exposition("*/*,application/openmetrics-text;q=0.1"), kText);
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;version=1.0.0;q=0.1,"
                                 "application/openmetrics-text;q=1,text/plain;q=0.5"),
            kText);
  EXPECT_EQ(negotiate_exposition("*/*,application/openmetrics-text"), kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("application/*"), kOpenMetrics);
}

TEST(NegotiateExposition, TakesTheFirstOfTwoThatAreEquallyWelcome) {
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text,text/plain"), kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("text/plain,application/openmetrics-text"), kText);
}

TEST(NegotiateExposition, DoesNotClaimAVersionThatItDoesNotSpeak) {
  EXPECT_EQ(negotiate_exposition("application/openmetrics-text;version=2.0.0"), kText);
  EXPECT_EQ(negotiate_exposition("text/plain;version=1.0.0,application/openmetrics-text;q=0.5"),
            kOpenMetrics);
}

TEST(NegotiateExposition, IgnoresCaseBlanksAndQuotes) {
  EXPECT_EQ(negotiate_exposition(" Application/OpenMetrics-TEXT ; Version=\"1.0.0\" ; Q=0.9 ,"
                                 "\ttext/plain;q=0.2"),
            kOpenMetrics);
  EXPECT_EQ(negotiate_exposition("text/plain;note=\"a,application/openmetrics-text\\\",b\""),
            kText);
}

TEST(NegotiateExposition, SkipsWhatItCannotUnderstand) {
  for (const char* q : {"", "x", "2", "1.5", "1.001", "0.1234", ".5", "-1", "0x1", "NaN", "1e0"}) {
    EXPECT_EQ(negotiate_exposition("application/openmetrics-text;q=" + std::string(q)), kText) << q;
  }
  for (const char* accept :
       {",", ";", ",,;;==,\"", "\"", "\\", "/", "*", ";q=1", "=;=,q=", "\"\\"}) {
    EXPECT_EQ(negotiate_exposition(accept), kText) << accept;
  }
  EXPECT_EQ(negotiate_exposition(std::string("\0\xFF;q=\0,application/openmetrics-text", 35)),
            kOpenMetrics);
}

TEST(AcceptsGzip, FollowsTheQuality) {
  for (const char* header : {"gzip", "GZip", "x-gzip", "deflate, gzip;q=0.5", "gzip;q=0.001", "*",
                             "br, *;q=0.1", "identity;q=0, gzip", "identity;q=0,*",
                             "gzip, deflate, br, zstd", "gzip;q=0.5, identity;q=0.5"}) {
    EXPECT_TRUE(accepts_gzip(header)) << header;
  }
  for (const char* header :
       {"", "identity", "deflate", "gzip;q=0", "gzip;q=0.0", "gzip;q=0, *", "*;q=0", "identity;q=0",
        "gzip;q=0.5, identity", "gzipped", "gzip;q=oops", ",;=\""}) {
    EXPECT_FALSE(accepts_gzip(header)) << header;
  }
}

}  // namespace
}  // namespace perfwatch
