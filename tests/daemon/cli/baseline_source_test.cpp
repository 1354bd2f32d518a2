// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/baseline_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/baselines.h"
#include "core/store/runs.h"
#include "daemon/cli/run_store.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::sample_run;
using testing::HasSubstr;

TEST(BaselineSource, IsAUrlWithThePortsOfTheWeb) {
  const auto plain = parse_source("http://prometheus.example.com/prefix/", "");
  ASSERT_TRUE(plain) << plain.error().text;
  EXPECT_EQ(plain->text(), "http://prometheus.example.com:80/prefix");
  const auto tls = parse_source("https://ci:a%40b@[::1]", "ca.pem");
  ASSERT_TRUE(tls) << tls.error().text;
  EXPECT_EQ(tls->text(), "https://[::1]:443");
  EXPECT_EQ(tls->user_info, "ci:a@b");
  EXPECT_EQ(tls->ca_file, "ca.pem");
  EXPECT_EQ(parse_source("http://prometheus:9090", "ca.pem")->ca_file, "");
  for (const char* wrong :
       {"", "prometheus:9090", "unix:/run/perfwatch.sock", "/run/x", "ftp://a", "http://a/api/v1/",
        "HTTP://a", "http://", "http://a:0", "http://a b"}) {
    EXPECT_FALSE(parse_source(wrong, "")) << wrong;
  }
  EXPECT_THAT(parse_source("http://u:secret@h:port", "").error().text,
              testing::Not(HasSubstr("secret")));
}

class BaselineSourceStore : public testing::Test {
 protected:
  // Nobody listens there.
  static BaselineSource nobody() {
    BaselineSource source;
    source.address = parse_source("http://127.0.0.1:1", "").value();
    return source;
  }

  test::TempTree tree_;
  Result<Database> database_ = open_run_store(tree_.path() + "/state", RunStoreUse::write);
};

TEST_F(BaselineSourceStore, IsNoDaemon) {
  ASSERT_TRUE(database_);
  const auto done = import_from(*database_, nobody(), key_of(sample_run(1)));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::io);
  EXPECT_EQ(done.error().text, "no server at http://127.0.0.1:1: Connection refused");
}

TEST_F(BaselineSourceStore, IsAskedOnlyWhereTooFewRunsAreKnown) {
  ASSERT_TRUE(database_);
  for (int second = 1; second <= 9; ++second) {
    ASSERT_TRUE(finish_run(*database_, sample_run(second)));
  }
  const BaselineKey key = key_of(sample_run(20));
  EXPECT_FALSE(import_if_needed(*database_, nobody(), key, sample_run(20).id));
  ASSERT_TRUE(finish_run(*database_, sample_run(20)));
  EXPECT_FALSE(import_if_needed(*database_, nobody(), key, sample_run(20).id))
      << "the run itself is no baseline";
  ASSERT_TRUE(finish_run(*database_, sample_run(10)));
  EXPECT_TRUE(import_if_needed(*database_, nobody(), key, sample_run(20).id));
  BaselineKey cold = key;
  cold.cold = true;
  EXPECT_TRUE(import_if_needed(*database_, nobody(), cold, sample_run(20).id));
}

}  // namespace
}  // namespace perfwatch
