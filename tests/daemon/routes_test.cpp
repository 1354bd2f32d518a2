// SPDX-License-Identifier: Apache-2.0
#include "daemon/routes.h"

#include <gtest/gtest.h>

#include "core/model/exits.h"

namespace perfwatch {
namespace {

constexpr Metric kValue{"perfwatch_test_value", MetricType::gauge, "A value."};

std::shared_ptr<const Frame> frame_with(double value, std::chrono::seconds at) {
  auto frame = std::make_shared<Frame>();
  frame->at.monotonic += at;
  SampleWriter out(nullptr);
  out.add(kValue, value);
  frame->blocks.push_back(
      std::make_shared<const Block>(Block{"test", frame->at, std::move(out).finish()}));
  return frame;
}

class RoutesTest : public ::testing::Test {
 protected:
  HttpResponse get(std::string_view target, std::string_view method = "GET", bool trusted = false) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.trusted = trusted;
    return routes.handle(request);
  }

  Board board;
  int reloads = 0;
  Result<void> outcome;
  Routes routes{board, false, [this] {
                  ++reloads;
                  return outcome;
                }};
};

TEST_F(RoutesTest, IsHealthyAtOnceAndReadyWithTheFirstFrame) {
  EXPECT_EQ(get("/-/healthy").status, 200U);
  EXPECT_EQ(get("/-/ready").status, 503U);
  EXPECT_EQ(get("/metrics").status, 503U);
  board.frame = frame_with(1, std::chrono::seconds(1));
  EXPECT_EQ(get("/-/ready").status, 200U);
  EXPECT_EQ(get("/metrics").status, 200U);
}

TEST_F(RoutesTest, RendersAFrameOnceForAllWhoAsk) {
  board.frame = frame_with(1, std::chrono::seconds(1));
  const auto first = get("/metrics");
  EXPECT_NE(first.body->find("perfwatch_test_value 1\n"), std::string::npos);
  EXPECT_EQ(first.body.get(), get("/metrics").body.get());
  board.frame = frame_with(2, std::chrono::seconds(2));
  EXPECT_NE(get("/metrics").body->find("perfwatch_test_value 2\n"), std::string::npos);
  EXPECT_NE(first.body->find("perfwatch_test_value 1\n"), std::string::npos)
      << "an answer under way is not touched";
}

TEST_F(RoutesTest, ServesEveryPageOfTheInterface) {
  board.frame = frame_with(1, std::chrono::seconds(1));
  for (const auto* path :
       {"/", "/metrics", "/api/v1/status", "/api/v1/groups", "/api/v1/alerts", "/api/v1/oom",
        "/api/v1/findings", "/api/v1/findings?severity=warning&limit=5", "/api/v1/oom?limit=3",
        "/api/v1/series", "/api/v1/series?prefix=perfwatch_test&limit=5", "/api/v1/runs",
        "/api/v1/runs?component=a&operation=b%20c&since=7d&limit=200",
        "/api/v1/runs?since=2026-03-01T12:30:00Z", "/api/v1/runs?since=2026-03-01",
        "/api/v1/runs?since=1700000000"}) {
    EXPECT_EQ(get(path).status, 200U) << path;
    EXPECT_EQ(get(path, "HEAD").status, 200U) << path;
  }
}

TEST_F(RoutesTest, OnePathMayBeReadAndWritten) {
  board.frame = frame_with(1, std::chrono::seconds(1));
  EXPECT_EQ(get("/api/v1/runs", "POST").status, 404U) << "nobody takes them here";
  EXPECT_EQ(get("/api/v1/runs", "DELETE").allow, "GET, HEAD, POST, PUT");
  EXPECT_EQ(get("/api/v1/runs/begin").allow, "POST, PUT");
  EXPECT_EQ(get("/api/v1/status", "POST").allow, "GET, HEAD");
  EXPECT_EQ(get("/api/v1/runs?since=soon").status, 400U);
  EXPECT_EQ(get("/api/v1/runs?since=1e300").status, 400U);
  EXPECT_EQ(get("/api/v1/runs?limit=201").status, 400U);
  EXPECT_EQ(get("/api/v1/runs?id=1").status, 400U);
  EXPECT_GT(Routes::body_limit("POST", "/api/v1/runs?"), 1U << 20U);
  EXPECT_EQ(Routes::body_limit("GET", "/api/v1/runs"), 0U);
  EXPECT_EQ(Routes::body_limit("POST", "/api/v1/runs/begin"), 0U);
  EXPECT_EQ(Routes::body_limit("POST", "/metrics"), 0U);
}

TEST_F(RoutesTest, TakesTheAbsoluteFormOfATarget) {
  board.frame = frame_with(1, std::chrono::seconds(1));
  EXPECT_EQ(get("http://build-host:10117/metrics").status, 200U);
  EXPECT_EQ(get("http://build-host").status, 200U);
}

TEST_F(RoutesTest, SaysWhatIsMissingOrWrong) {
  board.frame = frame_with(1, std::chrono::seconds(1));
  EXPECT_EQ(get("/nonsense").status, 404U);
  EXPECT_EQ(get("/nonsense").route, "other") << "no series for what strangers ask";
  EXPECT_EQ(get("/metrics", "POST").status, 405U);
  EXPECT_EQ(get("/metrics", "POST").allow, "GET, HEAD");
  EXPECT_EQ(get("/api/v1/processes").status, 400U);
  EXPECT_EQ(get("/api/v1/processes?group=%6eone&limit=5").status, 404U);
  EXPECT_EQ(get("/api/v1/series?limit=0").status, 400U);
  EXPECT_EQ(get("/api/v1/series?limit=x").status, 400U);
  EXPECT_EQ(get("/api/v1/series?limit=10001").status, 400U);
  EXPECT_EQ(get("/api/v1/findings?limit=0").status, 400U);
  EXPECT_EQ(get("/api/v1/findings?limit=1001").status, 400U);
  EXPECT_EQ(get("/api/v1/findings?severity=bad").status, 400U);
  EXPECT_EQ(get("/api/v1/findings?severity=").status, 400U);
  EXPECT_EQ(get("/api/v1/findings?kind=alert").status, 400U);
  EXPECT_EQ(get("/%zz?&&=&%").status, 404U);
}

TEST_F(RoutesTest, ChecksTheParametersOfTheExitsBeforeItLooksForThem) {
  auto frame = std::make_shared<Frame>(*frame_with(1, std::chrono::seconds(1)));
  board.frame = frame;
  EXPECT_EQ(get("/api/v1/exits").status, 503U) << "no sweep yet";
  auto table = std::make_shared<ProcessTable>();
  table->accounting = std::make_shared<const Accounting>();
  frame->processes = table;
  EXPECT_EQ(get("/api/v1/exits").status, 501U) << "the tier does not see exits";
  table->exits = std::make_shared<const ExitTable>();
  EXPECT_EQ(get("/api/v1/exits").status, 200U);
  EXPECT_EQ(get("/api/v1/exits?minutes=15&limit=1000&recent=200&sort=time").status, 200U);
  for (const auto* wrong :
       {"minutes=0", "minutes=16", "minutes=", "minutes=-1", "minutes=5m", "limit=0", "limit=1001",
        "recent=0", "recent=201", "recent=x", "sort=", "sort=size", "sort=CPU"}) {
    EXPECT_EQ(get(std::string("/api/v1/exits?") + wrong).status, 400U) << wrong;
  }
  EXPECT_NE(get("/api/v1/exits?minutes=99").body->find("minutes must be 1 to 15"),
            std::string::npos);
  EXPECT_NE(get("/api/v1/exits?sort=x").body->find("cpu, count, memory or time"),
            std::string::npos);
}

TEST_F(RoutesTest, ReloadsOnlyForThoseWhoMay) {
  EXPECT_EQ(get("/-/reload").status, 405U);
  EXPECT_EQ(get("/-/reload", "POST").status, 403U);
  EXPECT_EQ(reloads, 0);
  EXPECT_EQ(get("/-/reload", "POST", true).status, 200U);
  EXPECT_EQ(reloads, 1);
  outcome = fail(ErrorKind::malformed, "/sampling: wrong");
  const auto failed = get("/-/reload", "POST", true);
  EXPECT_EQ(failed.status, 500U);
  EXPECT_NE(failed.body->find("/sampling: wrong"), std::string::npos);
}

}  // namespace
}  // namespace perfwatch
