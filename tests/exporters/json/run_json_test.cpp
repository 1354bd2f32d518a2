// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/run_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/model/run_limits.h"
#include "tests/support/sample_run.h"

namespace perfwatch {
namespace {

using test::RunValue;
using test::sample_run;
using testing::HasSubstr;
using testing::StartsWith;

std::string problem_of(const Json& document) {
  const auto run = run_from_json(document.dump());
  return run ? "none" : run.error().text;
}

TEST(RunJson, GivesBackWhatWasWritten) {
  RunValue run = sample_run(1);
  run.cold = true;
  run.reason = "3 exits were lost";
  run.component = "\xC3\xA9";
  const std::string text = run_to_json(run);
  const auto read = run_from_json(text);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(run_to_json(*read), text);
  EXPECT_EQ(run_to_json(*run_from_json(run_to_json(run, true))), text) << "as for terminals";
}

TEST(RunJson, LeavesOutWhatIsNotKnown) {
  const Json json = Json::parse(run_to_json(sample_run(1)));
  EXPECT_FALSE(json["figures"].contains("cgroup_peak_bytes"));
  EXPECT_EQ(json["figures"]["major_faults"], 0) << "which is known";
  EXPECT_EQ(json["figures"]["cpu_seconds"], 100.25);
  EXPECT_FALSE(json["timeline"][2].contains("cpu_cores"));
  EXPECT_FALSE(json["by_memory"][1].contains("largest_bytes"));
  EXPECT_EQ(json["started"], "2023-11-14T22:13:21.000Z");
  EXPECT_EQ(json["host"]["class"], "8 x AMD EPYC 7B13, 32 GiB");
  EXPECT_EQ(json["labels"]["commit"], "c0ffee");
  EXPECT_FALSE(json.contains("signal"));
  EXPECT_EQ(Json::parse(run_to_json(RunValue()))["figures"], Json::object());
}

TEST(RunJson, TellsHowItEnded) {
  RunValue run = sample_run(1, RunOutcome::killed);
  run.exit_code = 9;
  Json json = run_object(run);
  EXPECT_EQ(json["signal"], 9);
  EXPECT_FALSE(json.contains("exit_code"));
  EXPECT_EQ(run_from_json(json.dump())->exit_code, 9);
  run.outcome = RunOutcome::timed_out;
  EXPECT_FALSE(run_object(run).contains("signal"));
}

TEST(RunJson, NamesThePlaceOfWhatIsWrong) {
  const Json good = run_object(sample_run(1));
  EXPECT_EQ(problem_of(good), "none");
  const auto with = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return problem_of(bad);
  };
  EXPECT_EQ(with("/id", "nobody"), "/id: no id of a run (26 characters, ULID)");
  EXPECT_EQ(with("/component", 7), "/component: a text is expected");
  EXPECT_EQ(with("/operation", nullptr), "/operation: is missing, or no text");
  EXPECT_EQ(with("/outcome", "fine"), "/outcome: none of the outcomes of a run");
  EXPECT_EQ(with("/exit_code", 256), "/exit_code: a whole number from 0 to 255 is expected");
  EXPECT_EQ(with("/exit_code", -1), "/exit_code: a whole number from 0 to 255 is expected");
  EXPECT_EQ(with("/tier", "guess"), "/tier: poll, taskstats or ebpf is expected");
  EXPECT_EQ(with("/started", 5), "/started: a time like 2026-03-01T12:30:00.250Z is expected");
  EXPECT_THAT(with("/started", "9999-01-01T00:00:00Z"), StartsWith("/started: a time like"));
  EXPECT_EQ(with("/started", nullptr), "/started: is missing");
  EXPECT_EQ(with("/figures/cpu_seconds", -1),
            "/figures/cpu_seconds: a number from 0 up is expected");
  EXPECT_EQ(with("/figures", 1), "/figures: an object is expected");
  EXPECT_EQ(with("/labels/commit", 1), "/labels/commit: a text is expected");
  EXPECT_EQ(with("/command/1", 1), "/command/1: a text is expected");
  EXPECT_EQ(with("/timeline/1/seconds", 1e9),
            "/timeline/2/seconds: a moment is expected, and none before the one above");
  EXPECT_EQ(with("/by_cpu/0", "x"), "/by_cpu/0: an object is expected");
  EXPECT_EQ(with("/by_cpu/0/count", 1.5),
            "/by_cpu/0/count: a whole number from 0 to 4611686018427387904 is expected");
  EXPECT_EQ(with("/exact", "yes"), "/exact: true or false is expected");
}

TEST(RunJson, PassesOverWhatANewerOneWrote) {
  Json json = run_object(sample_run(1));
  json["figures"]["joules"] = 5;
  json["weather"] = {{"sun", true}};
  EXPECT_EQ(problem_of(json), "none");
}

// Of nlohmann's ordered objects and its parser with a callback each took hours.
TEST(RunJson, ManySmallPartsCostNoMoreThanTheirText) {
  const auto filled = [](char open, std::string_view part, char close) {
    std::string text(1, open);
    while (text.size() + part.size() < kRunJsonBytes - 100) text.append(part) += ',';
    text.back() = close;
    return text;
  };
  EXPECT_EQ(run_from_json(filled('[', "{}", ']')).error().text,
            "has more values than perfwatch writes");
  EXPECT_EQ(run_from_json(filled('[', "[[[[[[[[]]]]]]]]", ']')).error().text,
            "has more values than perfwatch writes");
  std::string members = "{";
  for (int i = 0; i < 300'000; ++i) members += "\"" + std::to_string(i) + "\":0,";
  members.back() = '}';
  EXPECT_EQ(run_from_json(members).error().text, "an object has more than 1000 entries");
}

TEST(RunJson, SurvivesHostileText) {
  for (const char* text : {"", "{", "[]", "7", "null", "\xFF", "{\"figures\":1e999}"}) {
    EXPECT_FALSE(run_from_json(text)) << text;
  }
  EXPECT_EQ(run_from_json("[]").error().text, "the document: an object is expected");
  EXPECT_EQ(run_from_json(std::string(100'000, '[')).error().text,
            "nested deeper than perfwatch writes it");
  EXPECT_THAT(run_from_json(std::string(kRunJsonBytes + 1, ' ')).error().text,
              HasSubstr("larger than"));
  const std::string good = run_to_json(sample_run(1));
  for (std::size_t size = 0; size + 2 < good.size(); size += 7) {
    EXPECT_FALSE(run_from_json(std::string_view(good).substr(0, size))) << size;
  }
}

TEST(RunJson, BoundsWhatItReads) {
  Json json = run_object(sample_run(1));
  json["component"] = std::string(100'000, 'x');
  for (int i = 0; i < 5000; ++i) json["command"].push_back("w");
  const auto run = run_from_json(json.dump());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->component.size(), kRunNameBytes);
  EXPECT_EQ(run->command.size(), kRunWords);
}

}  // namespace
}  // namespace perfwatch
