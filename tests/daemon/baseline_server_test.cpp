// SPDX-License-Identifier: Apache-2.0
#include "daemon/baseline_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/daemon/answering_server.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

BaselineKey key_of(const std::string& operation) {
  BaselineKey key;
  key.component = "kernel";
  key.operation = operation;
  key.host_class = "2 x CPU, 4 GiB";
  return key;
}

class BaselineServerTest : public testing::Test {
 protected:
  ~BaselineServerTest() override {
    asked.reset();
    EXPECT_TRUE(resolver.close());
  }
  void start(const std::string& url, BaselineServer::Pace pace = {0ms, 10ms}) {
    asked =
        std::make_unique<BaselineServer>(loop, resolver, Config::SharedBaseline{url, 24h}, pace);
    asked->when_told([this](SharedAnswer answer, const std::string& run) {
      runs.push_back(run);
      told.push_back(std::move(answer));
    });
  }
  template <class Condition>
  void run_until(Condition condition) {
    for (int i = 0; i < 6000 && !condition(); ++i) loop.run_for(10ms);
    EXPECT_TRUE(condition());
  }

  asio::io_context loop{1};
  Resolver resolver{loop};
  test::AnsweringServer server{loop};
  std::unique_ptr<BaselineServer> asked;
  std::vector<SharedAnswer> told;
  std::vector<std::string> runs;
};

TEST_F(BaselineServerTest, AsksNobodyWithoutAnAddress) {
  start("");
  EXPECT_FALSE(asked->is_there());
  asked->want(key_of("make"), "run1");
  loop.run_for(50ms);
  EXPECT_EQ(asked->counts().asked, 0U);
}

TEST_F(BaselineServerTest, TellsTheAnswerAndWhoWantedIt) {
  start(server.url() + "/prefix/");
  asked->want(key_of("make"), "run1");
  asked->want(key_of("make"), "run2");
  run_until([&] { return !told.empty(); });
  EXPECT_THAT(runs, ElementsAre("run2")) << "the newest of them";
  EXPECT_EQ(told[0].key, key_of("make"));
  EXPECT_EQ(told[0].status, 200U);
  EXPECT_EQ(told[0].body, "{}");
  EXPECT_THAT(told[0].server.address, StartsWith("http://127.0.0.1:"));
  ASSERT_EQ(server.requests.size(), 1U);
  EXPECT_THAT(server.requests[0], StartsWith("GET /prefix/api/v1/query?query="));
  EXPECT_THAT(server.requests[0], HasSubstr("86400s"));
  EXPECT_THAT(server.requests[0], HasSubstr("Authorization: Basic dTpzZWNyZXQ="));
}

TEST_F(BaselineServerTest, HoldsOneAnswerAtATimeAndAsksOnceAnHourForAKey) {
  start(server.url());
  asked->want(key_of("a"), "run1");
  asked->want(key_of("b"), "run2");
  run_until([&] { return !told.empty(); });
  loop.run_for(50ms);
  EXPECT_EQ(told.size(), 1U) << "the first is not taken yet";
  asked->took(SharedImport{});
  run_until([&] { return told.size() == 2; });
  asked->took(SharedImport{});
  asked->want(key_of("a"), "run3");
  asked->want(key_of("b"), "run4");
  loop.run_for(50ms);
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(asked->counts().asked, 2U);
  EXPECT_EQ(asked->counts().failed, 0U);
}

TEST_F(BaselineServerTest, PausesBetweenTwoQuestions) {
  start(server.url(), {1h, 10ms});
  asked->want(key_of("a"), "run1");
  asked->want(key_of("b"), "run2");
  run_until([&] { return !told.empty(); });
  asked->took(SharedImport{});
  loop.run_for(100ms);
  EXPECT_EQ(asked->counts().asked, 1U);
}

TEST_F(BaselineServerTest, AsksForTheOthersFirstWhereOneHasNoAnswerOfUse) {
  start(server.url());
  asked->want(key_of("a"), "run1");
  asked->want(key_of("b"), "run2");
  asked->when_told([&](const SharedAnswer& answer, const std::string& run) {
    runs.push_back(run);
    EXPECT_EQ(asked->trouble(), runs.size() == 2 ? "status 503" : "");
    const bool bad = answer.key.operation == "a" && runs.size() < 3;
    asked->took(bad ? fail(ErrorKind::denied, "status 503") : Result<SharedImport>());
  });
  run_until([&] { return runs.size() == 3; });
  EXPECT_THAT(runs, ElementsAre("run1", "run2", "run1"));
  EXPECT_EQ(asked->counts().failed, 1U);
}

TEST_F(BaselineServerTest, GivesAKeyUpThatNeverHasAnAnswer) {
  start("http://127.0.0.1:1", {0ms, 1ms});
  asked->want(key_of("make"), "run1");
  run_until([&] { return asked->counts().failed == BaselineServer::kTries; });
  asked->want(key_of("make"), "run2");
  loop.run_for(200ms);
  EXPECT_EQ(asked->counts().asked, BaselineServer::kTries);
}

TEST_F(BaselineServerTest, CountsThatNothingIsKnownAsAnAnswer) {
  start(server.url());
  asked->want(key_of("make"), "run1");
  run_until([&] { return !told.empty(); });
  asked->took(fail(ErrorKind::gone, "nothing is known"));
  EXPECT_EQ(asked->counts().failed, 0U);
  asked->want(key_of("make"), "run2");
  loop.run_for(50ms);
  EXPECT_EQ(asked->counts().asked, 1U);
}

TEST_F(BaselineServerTest, AsksOnceForAnAnswerThatIsNone) {
  start(server.url());
  asked->want(key_of("make"), "run1");
  run_until([&] { return !told.empty(); });
  asked->took(fail(ErrorKind::malformed, "is not JSON"));
  EXPECT_EQ(asked->counts().failed, 1U);
  EXPECT_EQ(asked->trouble(), "is not JSON");
  loop.run_for(100ms);
  EXPECT_EQ(asked->counts().asked, 1U);
  asked->set({});
  EXPECT_EQ(asked->trouble(), "") << "another source has said nothing yet";
}

TEST_F(BaselineServerTest, ReadsNoAnswerWithoutEnd) {
  server.body = std::string(BaselineServer::kAnswerBytes + 1, ' ');
  start(server.url(), {0ms, 1h});
  asked->want(key_of("make"), "run1");
  run_until([&] { return asked->counts().failed == 1; });
  EXPECT_TRUE(told.empty());
}

TEST_F(BaselineServerTest, TakesAnotherAddressAtOnce) {
  start("http://127.0.0.1:1", {1h, 1h});
  asked->want(key_of("make"), "run1");
  run_until([&] { return asked->counts().failed == 1; });
  asked->set({server.url(), 24h});
  run_until([&] { return !told.empty(); });
  EXPECT_THAT(runs, ElementsAre("run1"));
}

TEST_F(BaselineServerTest, DoesNotTakeTheAnswerOfAnAddressThatWasLeft) {
  test::AnsweringServer before(loop);
  before.body = "before";
  before.waits = 100ms;
  start(before.url());
  asked->want(key_of("make"), "run1");
  run_until([&] { return !before.requests.empty(); });
  asked->set({server.url(), 24h});
  run_until([&] { return !told.empty(); });
  EXPECT_EQ(told[0].body, "{}");
  // The other way round, with an answer that is on its way into the database.
  asked->set({"", 24h});
  asked->took(SharedImport{28, 0});
  asked->set({server.url(), 24h});
  loop.run_for(50ms);
  EXPECT_EQ(told.size(), 1U) << "nobody waits any more";
  asked->want(key_of("make"), "run2");
  run_until([&] { return told.size() == 2; });
  EXPECT_EQ(asked->counts().failed, 0U);
}

TEST_F(BaselineServerTest, HasALimitOfKeysThatWait) {
  start("http://127.0.0.1:1", {0ms, 1h});
  for (std::size_t i = 0; i < 3 * BaselineServer::kKeys; ++i) {
    asked->want(key_of("make" + std::to_string(i)), "run" + std::to_string(i));
  }
  run_until([&] { return asked->counts().failed == 1; });
  asked->when_told([&](const SharedAnswer&, const std::string& run) {
    runs.push_back(run);
    asked->took(SharedImport{});
  });
  asked->set({server.url(), 24h});
  run_until([&] { return runs.size() >= BaselineServer::kKeys; });
  loop.run_for(100ms);
  EXPECT_EQ(runs.size(), BaselineServer::kKeys);
}

}  // namespace
}  // namespace perfwatch
