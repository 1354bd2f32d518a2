// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <nlohmann/json.hpp>

#include "daemon/run_measurer.h"
#include "exporters/json/run_json.h"
#include "tests/support/sample_run.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::system_clock;
using test::RunValue;
using test::sample_run;
using testing::HasSubstr;

constexpr std::uint32_t kStranger = 4242;

// A run that ended just now.
RunValue fresh_run(std::uint8_t number = 0) {
  RunValue run = sample_run(1);
  run.started = system_clock::now() - 10s;
  run.id = make_ulid(run.started, {0, 1, 2, 3, 4, 5, 6, 7, 8, number});
  return run;
}

class RunRegistrationTest : public testing::Test {
 protected:
  RunRegistrationTest() {
    auto storage = open_storage(tree.path(), true);
    EXPECT_TRUE(storage);
    database = storage->database;
    journal = std::make_unique<RunJournal>(workers, *storage, RunRetention{});
    // A busy disk takes longer for a write than the daemon waits, and is not what is tested.
    wait_for_disk(1min);
  }
  void wait_for_disk(std::chrono::milliseconds patience) {
    registration = std::make_unique<RunRegistration>(
        loop, workers, *journal, inbox, [this] { ++hurries; }, HostClass{"this CPU", 2, 4096},
        patience);
  }
  using Page = HttpResponse (RunRegistration::*)(const HttpRequest&);

  HttpResponse ask(Page page, const std::string& body, std::optional<std::uint32_t> uid = kStranger,
                   bool trusted = false, std::string_view type = "application/json") {
    HttpRequest request;
    request.method = "POST";
    request.content_type = type;
    request.body = body;
    request.uid = uid;
    request.trusted = trusted;
    HttpResponse response = (registration.get()->*page)(request);
    if (!response.later) return response;
    std::optional<HttpResponse> answer;
    response.later([&](HttpResponse given) { answer = std::move(given); });
    for (int i = 0; i < 7000 && !answer; ++i) loop.run_for(10ms);
    EXPECT_TRUE(answer) << "no answer";
    return answer.value_or(HttpResponse{});
  }
  HttpResponse finished(const RunValue& run, bool trusted = false) {
    return ask(&RunRegistration::finished, run_to_json(run), kStranger, trusted);
  }
  std::string begin_body(std::int32_t pid) {
    return json{{"component", "kernel"},
                {"operation", "build"},
                {"labels", {{"commit", "c0ffee"}}},
                {"pid", pid}}
        .dump();
  }

  test::TempTree tree;
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(loop);
  Workers workers{loop.get_executor(), 2};
  std::shared_ptr<Database> database;
  std::shared_ptr<RunInbox> inbox = std::make_shared<RunInbox>();
  int hurries = 0;  // said to who empties the inbox
  std::unique_ptr<RunJournal> journal;
  std::unique_ptr<RunRegistration> registration;
};

TEST_F(RunRegistrationTest, AnswersWhenTheRunIsOnTheDisk) {
  const RunValue run = fresh_run();
  const auto answer = finished(run);
  EXPECT_EQ(answer.status, 202U);
  const json body = json::parse(*answer.body);
  EXPECT_EQ(body["data"]["id"], run.id);
  EXPECT_EQ(body["data"]["kept"], true);
  const auto stored = find_run(*database, run.id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->host_class.cpu_model, "this CPU")
      << "the peer is on this host, whatever it says";
  EXPECT_THAT(stored->method, HasSubstr("registered by user 4242"));
  EXPECT_EQ(finished(run).status, 409U);
}

TEST_F(RunRegistrationTest, DoesNotWaitForADiskThatIsAway) {
  ASSERT_TRUE(database->execute("ALTER TABLE runs RENAME TO hidden"));
  wait_for_disk(RunRegistration::kPatience);
  const auto answer = finished(fresh_run());
  EXPECT_EQ(answer.status, 202U);
  EXPECT_EQ(json::parse(*answer.body)["data"]["kept"], false);
}

TEST_F(RunRegistrationTest, RefusesWhatComesOverTheNetworkOrIsNoJson) {
  const auto page = &RunRegistration::finished;
  EXPECT_EQ(ask(page, run_to_json(fresh_run()), std::nullopt).status, 403U);
  EXPECT_EQ(ask(&RunRegistration::begin, begin_body(::getpid()), std::nullopt).status, 403U);
  EXPECT_EQ(ask(&RunRegistration::end, "{}", std::nullopt).status, 403U);
  EXPECT_EQ(ask(page, run_to_json(fresh_run()), kStranger, false, "text/plain").status, 415U);
  EXPECT_EQ(ask(page, run_to_json(fresh_run()), kStranger, false, "").status, 415U);
  EXPECT_EQ(ask(page, "not json").status, 400U);
  EXPECT_EQ(ask(page, "").status, 400U);
}

TEST_F(RunRegistrationTest, NamesThePlaceOfWhatIsWrong) {
  const auto error_of = [&](const RunValue& run) {
    const auto answer = finished(run);
    EXPECT_EQ(answer.status, 400U);
    return json::parse(*answer.body)["error"].get<std::string>();
  };
  RunValue run = fresh_run();
  run.outcome = RunOutcome::running;
  EXPECT_THAT(error_of(run), HasSubstr("/outcome"));
  run = fresh_run();
  run.started += std::chrono::hours(2);
  EXPECT_THAT(error_of(run), HasSubstr("/started"));
  run = fresh_run();
  run.started -= std::chrono::hours(24 * 40);
  EXPECT_THAT(error_of(run), HasSubstr("/started"));
  run = fresh_run();
  run.id = test::run_id(1);  // of another year
  EXPECT_THAT(error_of(run), HasSubstr("/id"));
  run = fresh_run();
  run.figures[RunMetric::wall_seconds] = 1e308;
  EXPECT_THAT(error_of(run), HasSubstr("/figures/wall_seconds: too large"));
  run.figures[RunMetric::wall_seconds] = 3600;
  EXPECT_THAT(error_of(run), HasSubstr("/figures/wall_seconds: is missing, or longer"));
  run.figures[RunMetric::wall_seconds] = kAbsent;
  EXPECT_THAT(error_of(run), HasSubstr("/figures/wall_seconds: is missing, or longer"));
  run = fresh_run();
  run.figures[RunMetric::cpu_seconds] = 1e6;
  EXPECT_THAT(error_of(run), HasSubstr("/figures/cpu_seconds: more than all cores"));
  json body = json::parse(run_to_json(fresh_run()));
  body["figures"]["cpu_seconds"] = "many";
  const auto answer = ask(&RunRegistration::finished, body.dump());
  EXPECT_THAT(*answer.body, HasSubstr("/figures/cpu_seconds"));
}

// Its id can be read at /api/v1/runs while it goes on.
TEST_F(RunRegistrationTest, NobodyForgesTheEndOfARunThatGoesOn) {
  RunValue open = fresh_run();
  open.outcome = RunOutcome::running;
  ASSERT_TRUE(begin_run(*database, open, this_measurer()));
  RunValue forged = open;
  forged.outcome = RunOutcome::succeeded;
  EXPECT_EQ(finished(forged).status, 409U);
  EXPECT_EQ(find_run(*database, open.id)->outcome, RunOutcome::running);
}

TEST_F(RunRegistrationTest, RootTellsARunOnce) {
  const RunValue run = fresh_run();
  EXPECT_EQ(finished(run, true).status, 202U);
  EXPECT_EQ(finished(run, true).status, 409U);
}

TEST_F(RunRegistrationTest, OneWhoOpensManyTakesNobodysEnd) {
  const auto id_of = [&](std::uint32_t uid, bool trusted) {
    const auto begun = ask(&RunRegistration::begin, begin_body(::getpid()), uid, trusted);
    EXPECT_EQ(begun.status, 200U) << *begun.body;
    (void)inbox->take();
    return json::parse(*begun.body)["data"]["id"].get<std::string>();
  };
  const std::string first = id_of(::geteuid(), false);
  for (int i = 0; i < 300; ++i) (void)id_of(kStranger, true);
  const std::string end = json{{"id", first}, {"exit_code", 0}}.dump();
  EXPECT_EQ(ask(&RunRegistration::end, end, ::geteuid()).status, 202U);
}

TEST_F(RunRegistrationTest, HandsABeginAndItsEndToWhoMeasures) {
  const auto begun = ask(&RunRegistration::begin, begin_body(::getpid()), ::geteuid());
  ASSERT_EQ(begun.status, 200U) << *begun.body;
  EXPECT_EQ(hurries, 1) << "its process may live for a moment only";
  const std::string id = json::parse(*begun.body)["data"]["id"];
  EXPECT_TRUE(is_ulid(id));
  const std::string end = json{{"id", id}, {"exit_code", 3}}.dump();
  EXPECT_EQ(ask(&RunRegistration::end, end, kStranger).status, 404U) << "not theirs";
  EXPECT_EQ(ask(&RunRegistration::end, end, ::geteuid()).status, 202U);
  EXPECT_EQ(ask(&RunRegistration::end, end, ::geteuid()).status, 404U) << "once";
  const auto orders = inbox->take();
  ASSERT_EQ(orders.size(), 2U);
  const auto& first = std::get<RunOrder>(orders[0]);
  EXPECT_EQ(first.id, id);
  EXPECT_EQ(first.component, "kernel");
  EXPECT_EQ(first.root, ::getpid());
  EXPECT_EQ(first.start_ticks, this_measurer().process.start_ticks)
      << "its pid may be another's when it is measured";
  EXPECT_EQ(std::get<RunEndOrder>(orders[1]).exit_code, 3);
}

TEST_F(RunRegistrationTest, MeasuresNobodyElsesProcesses) {
  const auto page = &RunRegistration::begin;
  EXPECT_EQ(ask(page, begin_body(::getpid()), kStranger).status, 403U);
  EXPECT_EQ(ask(page, begin_body(::getpid()), kStranger, true).status, 200U) << "root may";
  EXPECT_EQ(ask(page, begin_body(1)).status, 400U);
  EXPECT_EQ(ask(page, begin_body(-5)).status, 400U);
  EXPECT_EQ(ask(page, begin_body((1 << 22) - 1), ::geteuid()).status, 404U);
  EXPECT_EQ(ask(page, R"({"component":"x"})").status, 400U);
  EXPECT_EQ(ask(page, "[]").status, 400U);
}

TEST_F(RunRegistrationTest, SaysWhenTooManyWait) {
  for (std::size_t i = 0; i < RunInbox::kMostPending; ++i) {
    ASSERT_EQ(ask(&RunRegistration::begin, begin_body(::getpid()), ::geteuid()).status, 200U);
  }
  EXPECT_EQ(ask(&RunRegistration::begin, begin_body(::getpid()), ::geteuid()).status, 503U);
}

}  // namespace
}  // namespace perfwatch
