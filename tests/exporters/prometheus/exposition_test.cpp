// SPDX-License-Identifier: Apache-2.0
#include "exporters/prometheus/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <vector>

#include "tests/exporters/prometheus/allocations.h"
#include "tests/exporters/prometheus/frames.h"

namespace perfwatch {
namespace {

using test::block;
using test::BlockPointer;
using test::frame;
using test::openmetrics_of;
using test::render;
using test::text_of;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kOpenMetrics = Exposition::openmetrics_1_0_0;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr Metric kLoad{"test_load", MetricType::gauge, "Load.", {"window"}};
constexpr Metric kFree{"test_free_bytes", MetricType::gauge, "Free."};
constexpr Metric kCpu{"test_cpu_seconds_total", MetricType::counter, "CPU time.", {"mode"}};
constexpr Metric kBuild{"test_build_info", MetricType::info, "Build.", {"version"}};
constexpr Metric kWait{"test_wait_seconds", MetricType::histogram, "Waiting.", {"path"}};
constexpr Metric kStarted{
    "test_started_total", MetricType::counter, "Started.", {"group"}, /*born_at_zero=*/true};

TEST(Exposition, WritesFamiliesWithHelpTypeAndSamples) {
  EXPECT_EQ(text_of([](SampleWriter& out) {
              out.add(kCpu, 1.5, {"user"});
              out.add(kCpu, 2, {"system"});
              out.add(kFree, 4096);
            }),
            "# HELP test_cpu_seconds_total CPU time.\n"
            "# TYPE test_cpu_seconds_total counter\n"
            "test_cpu_seconds_total{mode=\"user\"} 1.5\n"
            "test_cpu_seconds_total{mode=\"system\"} 2\n"
            "# HELP test_free_bytes Free.\n"
            "# TYPE test_free_bytes gauge\n"
            "test_free_bytes 4096\n");
}

TEST(Exposition, WritesOpenMetricsFamiliesWithoutTotalAndWithUnits) {
  EXPECT_EQ(openmetrics_of([](SampleWriter& out) {
              out.add(kCpu, 1.5, {"user"});
              out.add(kFree, 4096);
              out.add(kLoad, 1, {"1m"});
            }),
            "# HELP test_cpu_seconds CPU time.\n"
            "# TYPE test_cpu_seconds counter\n"
            "# UNIT test_cpu_seconds seconds\n"
            "test_cpu_seconds_total{mode=\"user\"} 1.5\n"
            "# HELP test_free_bytes Free.\n"
            "# TYPE test_free_bytes gauge\n"
            "# UNIT test_free_bytes bytes\n"
            "test_free_bytes 4096\n"
            "# HELP test_load Load.\n"
            "# TYPE test_load gauge\n"
            "test_load{window=\"1m\"} 1\n"
            "# EOF\n");
}

TEST(Exposition, GivesNoUnitToANameThatIsOnlyTheUnit) {
  static constexpr Metric kBare{"bytes", MetricType::gauge, "Bare."};
  static constexpr Metric kGlued{"test_kilobytes", MetricType::gauge, "Glued."};
  const std::string text = openmetrics_of([](SampleWriter& out) {
    out.add(kBare, 1);
    out.add(kGlued, 1);
  });
  EXPECT_THAT(text, Not(HasSubstr("# UNIT")));
}

TEST(Exposition, CallsInfoAGaugeInTextAndInfoInOpenMetrics) {
  const auto fill = [](SampleWriter& out) { out.add(kBuild, 1, {"0.1"}); };
  EXPECT_EQ(text_of(fill),
            "# HELP test_build_info Build.\n"
            "# TYPE test_build_info gauge\n"
            "test_build_info{version=\"0.1\"} 1\n");
  EXPECT_EQ(openmetrics_of(fill),
            "# HELP test_build Build.\n"
            "# TYPE test_build info\n"
            "test_build_info{version=\"0.1\"} 1\n"
            "# EOF\n");
}

TEST(Exposition, NeverCallsACounterWithoutTotalACounterInOpenMetrics) {
  static constexpr Metric kOdd{"test_odd", MetricType::counter, "Odd."};
  const auto fill = [](SampleWriter& out) { out.add(kOdd, 1); };
  EXPECT_THAT(text_of(fill), HasSubstr("# TYPE test_odd counter\n"));
  EXPECT_THAT(openmetrics_of(fill), HasSubstr("# TYPE test_odd unknown\n"));
}

TEST(Exposition, WritesTheBucketsOfAHistogramWithLeLast) {
  const auto fill = [](SampleWriter& out) {
    out.add_part(kWait, "_bucket", 3, {"/metrics", "0.1"});
    out.add_part(kWait, "_bucket", 4, {"/metrics", "+Inf"});
    out.add_part(kWait, "_sum", 0.75, {"/metrics"});
    out.add_part(kWait, "_count", 4, {"/metrics"});
  };
  const std::string samples =
      "test_wait_seconds_bucket{path=\"/metrics\",le=\"0.1\"} 3\n"
      "test_wait_seconds_bucket{path=\"/metrics\",le=\"+Inf\"} 4\n"
      "test_wait_seconds_sum{path=\"/metrics\"} 0.75\n"
      "test_wait_seconds_count{path=\"/metrics\"} 4\n";
  EXPECT_EQ(text_of(fill),
            "# HELP test_wait_seconds Waiting.\n"
            "# TYPE test_wait_seconds histogram\n" +
                samples);
  EXPECT_EQ(openmetrics_of(fill),
            "# HELP test_wait_seconds Waiting.\n"
            "# TYPE test_wait_seconds histogram\n"
            "# UNIT test_wait_seconds seconds\n" +
                samples + "# EOF\n");
}

TEST(Exposition, WritesExemplarsInOpenMetricsOnly) {
  const auto fill = [](SampleWriter& out) {
    out.add_part(kWait, "_bucket", 3, {"/", "0.1"});
    out.exemplar("run_id", "01\"M7", 0.05, 1732218000.25);
    out.add_part(kWait, "_bucket", 4, {"/", "+Inf"});
    out.add_part(kWait, "_sum", 0.75, {"/"});
    out.add_part(kWait, "_count", 4, {"/"});
    out.add(kCpu, 7, {"user"});
    out.exemplar("run_id", "01M8", 2, 1732218001);
  };
  const std::string openmetrics = openmetrics_of(fill);
  EXPECT_THAT(openmetrics, HasSubstr("test_wait_seconds_bucket{path=\"/\",le=\"0.1\"} 3"
                                     " # {run_id=\"01\\\"M7\"} 0.05 1732218000.25\n"
                                     "test_wait_seconds_bucket{path=\"/\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(openmetrics, HasSubstr("test_cpu_seconds_total{mode=\"user\"} 7"
                                     " # {run_id=\"01M8\"} 2 1732218001\n"));
  EXPECT_THAT(text_of(fill), Not(HasSubstr("run_id")));
}

TEST(Exposition, LeavesOutTheExemplarOfWhatIsAbsent) {
  const std::string text = openmetrics_of([](SampleWriter& out) {
    out.add(kCpu, kAbsent, {"user"});
    out.exemplar("run_id", "01M7", 2, 1);
    out.add(kCpu, 1, {"system"});
    out.exemplar("run_id", "01M8", 2, 1);
  });
  EXPECT_THAT(text, Not(HasSubstr("01M7")));
  EXPECT_THAT(text,
              HasSubstr("test_cpu_seconds_total{mode=\"system\"} 1 # {run_id=\"01M8\"} 2 1\n"));
}

TEST(Exposition, EscapesLabelValuesAlikeInBothFormats) {
  const auto fill = [](SampleWriter& out) { out.add(kLoad, 1, {"a\\b\"c\nd"}); };
  constexpr std::string_view kExpected = "test_load{window=\"a\\\\b\\\"c\\nd\"} 1\n";
  EXPECT_THAT(text_of(fill), HasSubstr(std::string(kExpected)));
  EXPECT_THAT(openmetrics_of(fill), HasSubstr(std::string(kExpected)));
}

TEST(Exposition, EscapesQuotesInHelpOnlyForOpenMetrics) {
  static constexpr Metric kQuoted{"test_quoted", MetricType::gauge, "A \"b\" \\ c\nd"};
  const auto fill = [](SampleWriter& out) { out.add(kQuoted, 1); };
  EXPECT_THAT(text_of(fill), HasSubstr("# HELP test_quoted A \"b\" \\\\ c\\nd\n"));
  EXPECT_THAT(openmetrics_of(fill), HasSubstr("# HELP test_quoted A \\\"b\\\" \\\\ c\\nd\n"));
}

TEST(Exposition, MakesInvalidUtf8AndControlCharactersVisible) {
  const std::string text = text_of([](SampleWriter& out) {
    out.add(kLoad, 1, {"a\xFF\x1B[2J"});
    out.add(kLoad, 2, {"caf\xC3\xA9"});
  });
  EXPECT_THAT(text, HasSubstr("test_load{window=\"a\\\\xFF\\\\x1B[2J\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_load{window=\"caf\xC3\xA9\"} 2\n"));
}

TEST(Exposition, LeavesAbsentSeriesAndEmptyFamiliesOut) {
  const std::string text = text_of([](SampleWriter& out) {
    out.add(kCpu, kAbsent, {"user"});
    out.add(kCpu, 2, {"system"});
    out.add(kFree, kAbsent);
  });
  EXPECT_EQ(text,
            "# HELP test_cpu_seconds_total CPU time.\n"
            "# TYPE test_cpu_seconds_total counter\n"
            "test_cpu_seconds_total{mode=\"system\"} 2\n");
}

TEST(Exposition, WritesTheShortestNumberThatReadsBackTheSame) {
  const std::vector<std::pair<double, std::string_view>> numbers = {
      {0, "0"},
      {-0.0, "0"},
      {0.1, "0.1"},
      {100000, "100000"},
      {1234567890123, "1234567890123"},
      {-17, "-17"},
      {9007199254740992.0, "9007199254740992"},
      {1e300, "1e+300"},
      {1.0 / 3, "0.3333333333333333"},
      {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
      {5e-324, "5e-324"},
      {1700000000.123, "1700000000.123"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
  };
  for (const auto& [value, text] : numbers) {
    const auto fill = [&](SampleWriter& out) { out.add(kFree, value); };
    EXPECT_THAT(text_of(fill), HasSubstr("\ntest_free_bytes " + std::string(text) + "\n"));
    EXPECT_EQ(std::strtod(std::string(text).c_str(), nullptr), value);
  }
}

TEST(Exposition, EndsAnEmptyOpenMetricsFrameWithEof) {
  ExpositionRenderer renderer;
  EXPECT_EQ(render(renderer, frame(1, {}), kOpenMetrics), "# EOF\n");
  EXPECT_EQ(render(renderer, frame(1, {})), "");
}

TEST(Exposition, KeepsTheFirstOfTwoFamiliesOfOneName) {
  static constexpr Metric kTwin{"test_free_bytes", MetricType::counter, "Twin."};
  ExpositionRenderer renderer;
  const auto first = block("first", [](SampleWriter& out) {
    out.add(kFree, 1);
    out.add(kLoad, 2, {"1m"});
    out.add(kFree, 3);
  });
  const auto second = block("second", [](SampleWriter& out) { out.add(kTwin, 4); });
  EXPECT_EQ(render(renderer, frame(1, {first, second})),
            "# HELP test_free_bytes Free.\n"
            "# TYPE test_free_bytes gauge\n"
            "test_free_bytes 1\n"
            "# HELP test_load Load.\n"
            "# TYPE test_load gauge\n"
            "test_load{window=\"1m\"} 2\n");
  EXPECT_THAT(render(renderer, frame(2, {second})), HasSubstr("test_free_bytes 4\n"))
      << "once it is alone it shows";
}

TEST(Exposition, FollowsBlocksThatComeGoAndChangeTheirSchema) {
  ExpositionRenderer renderer;
  const auto load = [](std::string_view window) {
    return block("load", [=](SampleWriter& out) { out.add(kLoad, 1, {window}); });
  };
  const auto free = block("free", [](SampleWriter& out) { out.add(kFree, 7); });
  EXPECT_THAT(render(renderer, frame(1, {load("1m"), free})), HasSubstr("window=\"1m\""));
  const std::string changed = render(renderer, frame(2, {load("5m"), free}));
  EXPECT_THAT(changed, HasSubstr("window=\"5m\""));
  EXPECT_THAT(changed, Not(HasSubstr("window=\"1m\"")));
  EXPECT_THAT(render(renderer, frame(3, {free})), Not(HasSubstr("test_load")));
  EXPECT_THAT(render(renderer, frame(4, {free, load("1m")})), HasSubstr("window=\"1m\""));
}

TEST(Exposition, SurvivesTwoBlocksOfOneCollector) {
  ExpositionRenderer renderer;
  const auto twin = block("twin", [](SampleWriter& out) { out.add(kStarted, 7, {"a"}); });
  EXPECT_THAT(render(renderer, frame(1, {twin, twin})), HasSubstr("{group=\"a\"} 7\n"));
  EXPECT_THAT(render(renderer, frame(2, {twin})), HasSubstr("{group=\"a\"} 7\n"));
  EXPECT_THAT(render(renderer, frame(3, {twin, twin})), HasSubstr("{group=\"a\"} 7\n"));
}

// Groups and their started_total; what a renderer shows for them.
class BornAtZero : public ::testing::Test {
 protected:
  using Groups = std::vector<std::pair<std::string_view, double>>;

  Frame groups_at(int second, const Groups& groups) {
    block_ = block(
        "processes",
        [&](SampleWriter& out) {
          for (const auto& [group, value] : groups) out.add(kStarted, value, {group});
        },
        block_);
    return frame(second, {block_});
  }
  // "cc 1, ld 2": what the samples say.
  std::string shown(const Frame& frame, Exposition exposition = Exposition::text_0_0_4) {
    const std::string text = render(renderer_, frame, exposition);
    std::string result;
    std::size_t at = 0;
    while ((at = text.find("{group=\"", at)) != std::string::npos) {
      at += 8;
      const std::size_t quote = text.find('"', at);
      const std::size_t line = text.find('\n', at);
      if (!result.empty()) result += ", ";
      result += text.substr(at, quote - at) + text.substr(quote + 2, line - quote - 2);
    }
    return result;
  }

  ExpositionRenderer renderer_;
  BlockPointer block_;
};

TEST_F(BornAtZero, ShowsTheValuesOfTheFirstFrame) {
  EXPECT_EQ(shown(groups_at(1, {{"cc", 5}})), "cc 5");
  EXPECT_EQ(shown(groups_at(2, {{"cc", 6}})), "cc 6");
}

TEST_F(BornAtZero, ShowsANewSeriesAsZeroInItsFirstFrame) {
  EXPECT_EQ(shown(groups_at(1, {{"cc", 5}})), "cc 5");
  EXPECT_EQ(shown(groups_at(2, {{"as", 3}, {"cc", 6}})), "as 0, cc 6");
  EXPECT_EQ(shown(groups_at(3, {{"as", 4}, {"cc", 6}})), "as 4, cc 6");
}

TEST_F(BornAtZero, ShowsTheSameZeroInBothFormatsOfAFrame) {
  EXPECT_EQ(shown(groups_at(1, {})), "");
  const Frame second = groups_at(2, {{"cc", 3}});
  EXPECT_EQ(shown(second, kOpenMetrics), "cc 0");
  EXPECT_EQ(shown(second), "cc 0");
  EXPECT_EQ(shown(second, kOpenMetrics), "cc 0");
  const Frame third = groups_at(3, {{"cc", 4}});
  EXPECT_EQ(shown(third), "cc 4") << "either format counts as shown";
  EXPECT_EQ(shown(third, kOpenMetrics), "cc 4");
}

TEST_F(BornAtZero, CarriesWhatWasShownOverToANewSchema) {
  EXPECT_EQ(shown(groups_at(1, {{"cc", 5}})), "cc 5");
  EXPECT_EQ(shown(groups_at(2, {{"cc", 5}, {"ld", 1}})), "cc 5, ld 0");
  EXPECT_EQ(shown(groups_at(3, {{"ar", 9}, {"cc", 5}, {"ld", 1}})), "ar 0, cc 5, ld 1");
}

TEST_F(BornAtZero, KeepsTheZeroOfASeriesThatWasNeverRendered) {
  EXPECT_EQ(shown(groups_at(1, {{"cc", 5}})), "cc 5");
  EXPECT_EQ(shown(groups_at(2, {{"cc", 5}, {"ld", kAbsent}})), "cc 5");
  EXPECT_EQ(shown(groups_at(3, {{"ar", kAbsent}, {"cc", 5}, {"ld", kAbsent}})), "cc 5");
  EXPECT_EQ(shown(groups_at(4, {{"ar", 2}, {"cc", 5}, {"ld", 3}})), "ar 0, cc 5, ld 0");
  EXPECT_EQ(shown(groups_at(5, {{"ar", 2}, {"cc", 5}, {"ld", 3}})), "ar 2, cc 5, ld 3");
}

TEST_F(BornAtZero, ForgetsASeriesThatIsGone) {
  EXPECT_EQ(shown(groups_at(1, {{"cc", 5}, {"ld", 7}})), "cc 5, ld 7");
  EXPECT_EQ(shown(groups_at(2, {{"cc", 5}})), "cc 5");
  EXPECT_EQ(shown(groups_at(3, {{"cc", 5}, {"ld", 1}})), "cc 5, ld 0");
}

TEST_F(BornAtZero, DoesNotResetTheCountersOfACollectorThatIsBack) {
  EXPECT_EQ(shown(groups_at(1, {{"cc", 5}})), "cc 5");
  EXPECT_EQ(shown(frame(2, {})), "") << "the collector is stuck";
  EXPECT_EQ(shown(groups_at(3, {{"cc", 6}, {"ld", 2}})), "cc 6, ld 2");
}

TEST_F(BornAtZero, LeavesOtherCountersAlone) {
  EXPECT_EQ(shown(groups_at(1, {})), "");
  const auto cpu = [](std::initializer_list<std::string_view> modes) {
    return block("cpu", [=](SampleWriter& out) {
      for (const auto mode : modes) out.add(kCpu, 8, {mode});
    });
  };
  EXPECT_THAT(render(renderer_, frame(2, {cpu({"user"})})), HasSubstr("{mode=\"user\"} 8\n"));
  EXPECT_THAT(render(renderer_, frame(3, {cpu({"user", "irq"})})), HasSubstr("{mode=\"irq\"} 8\n"));
}

TEST(Exposition, AllocatesNothingWhileTheSeriesStayTheSame) {
  ExpositionRenderer renderer;
  const auto many = block("many", [](SampleWriter& out) {
    for (int i = 0; i < 1000; ++i) out.add(kStarted, i * 1.1e10, {"group " + std::to_string(i)});
  });
  std::string out;
  renderer.render(frame(1, {many}), kOpenMetrics, out);
  const Frame second = frame(2, {many});
  const std::uint64_t before = test::allocations();
  renderer.render(second, kOpenMetrics, out);
  renderer.render(second, Exposition::text_0_0_4, out);
  EXPECT_EQ(test::allocations() - before, 0U);
  ASSERT_GT(before, 1000U) << "the counter counts";
}

TEST(Exposition, AllocatesOnceForATextOfItsOwn) {
  ExpositionRenderer renderer;
  const auto many = block("many", [](SampleWriter& out) {
    for (int i = 0; i < 1000; ++i) out.add(kStarted, i * 1.1e10, {"group " + std::to_string(i)});
  });
  std::string out;
  renderer.render(frame(1, {many}), kOpenMetrics, out);
  const Frame second = frame(2, {many});
  const std::uint64_t before = test::allocations();
  std::string fresh;
  renderer.render(second, kOpenMetrics, fresh);
  EXPECT_EQ(test::allocations() - before, 1U);
}

TEST(ContentType, NamesFormatVersionAndCharset) {
  EXPECT_EQ(content_type(Exposition::text_0_0_4), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type(kOpenMetrics),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace perfwatch
