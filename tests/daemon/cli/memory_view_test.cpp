// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/memory_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace perfwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

MemoryRow row(std::int32_t pid, const char* group, std::uint64_t proportional_mib) {
  MemoryRow made;
  made.key = {pid, 500};
  made.comm = "java";
  made.group = group;
  made.resident_bytes = 999 * kMiB;
  made.outcome = MemoryOutcome::read;
  made.memory.resident_bytes = 2 * proportional_mib * kMiB;
  made.memory.proportional_bytes = proportional_mib * kMiB;
  made.memory.private_bytes = kMiB;
  made.memory.swapped_bytes = 512;
  return made;
}

MemoryRow unread(std::int32_t pid, MemoryOutcome outcome, std::string error = {}) {
  MemoryRow made = row(pid, "java", 0);
  made.outcome = outcome;
  made.memory = {};
  made.error = std::move(error);
  return made;
}

TEST(MemoryView, ShowsTheLargestShareFirstAndTheSum) {
  EXPECT_EQ(render_processes({row(7, "java", 10), row(8, "java", 30)}, {}),
            "    PID COMMAND              RSS     PSS     USS    SWAP\n"
            "      8 java               60.0M   30.0M    1.0M    512B\n"
            "      7 java               20.0M   10.0M    1.0M    512B\n"
            "        total              80.0M   40.0M    2.0M    1.0K\n");
}

TEST(MemoryView, ShowsWhatIsKnownOfTheUnreadAndLeavesItOutOfTheSum) {
  const auto text = render_processes(
      {unread(7, MemoryOutcome::denied), row(8, "java", 30), unread(9, MemoryOutcome::ended)}, {});
  EXPECT_EQ(text,
            "    PID COMMAND              RSS     PSS     USS    SWAP\n"
            "      8 java               60.0M   30.0M    1.0M    512B\n"
            "      7 java                999M       -       -       -\n"
            "        total              60.0M   30.0M    1.0M    512B\n");
}

TEST(MemoryView, SumsUpByGroup) {
  EXPECT_EQ(render_groups({row(7, "a", 10), row(8, "b", 30), row(9, "a", 1)}, {}),
            "GROUP             PROCS   READ     RSS     PSS     USS    SWAP\n"
            "b                     1      1   60.0M   30.0M    1.0M    512B\n"
            "a                     2      2   22.0M   11.0M    2.0M    1.0K\n"
            "total                 3      3   82.0M   41.0M    3.0M    1.5K\n");
}

TEST(MemoryView, SaysAsJsonWhatWasReadAndWhatWasNot) {
  const auto json = nlohmann::json::parse(
      memory_json({row(7, "java", 10), unread(8, MemoryOutcome::too_large), row(9, "", 1)}, true));
  EXPECT_EQ(json["processes"].size(), 3U);
  EXPECT_EQ(json["processes"][0]["pid"], 7);
  EXPECT_EQ(json["processes"][0]["proportional_bytes"], 10 * kMiB);
  EXPECT_EQ(json["processes"][1].contains("group"), false);
  EXPECT_EQ(json["processes"][2]["outcome"], "too_large");
  EXPECT_EQ(json["processes"][2].contains("proportional_bytes"), false);
  EXPECT_EQ(json["groups"].size(), 1U);
  EXPECT_EQ(json["groups"][0]["name"], "java");
  EXPECT_EQ(json["groups"][0]["processes"], 2);
  EXPECT_EQ(json["groups"][0]["read"], 1);
  EXPECT_EQ(json["total"]["proportional_bytes"], 11 * kMiB);
}

TEST(MemoryView, ExplainsWhatWasNotRead) {
  EXPECT_THAT(explain_unread({row(7, "java", 1), unread(8, MemoryOutcome::ended)}, {}), IsEmpty());
  const auto problems =
      explain_unread({unread(7, MemoryOutcome::denied), unread(8, MemoryOutcome::too_large),
                      unread(9, MemoryOutcome::late), unread(10, MemoryOutcome::failed, "no Pss:"),
                      unread(11, MemoryOutcome::ended)},
                     {});
  EXPECT_THAT(problems, ElementsAre(HasSubstr("1 of 4 processes may not be read by this user"),
                                    HasSubstr("more than 4.0 GiB: --force"), HasSubstr("--timeout"),
                                    HasSubstr("process 10: no Pss:")));
}

}  // namespace
}  // namespace perfwatch
