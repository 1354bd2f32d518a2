// SPDX-License-Identifier: Apache-2.0
// What others say of our text: promtool's linter and Prometheus' own OpenMetrics parser.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "core/base/text.h"
#include "tests/exporters/prometheus/frames.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::block;
using test::frame;
using test::render;

constexpr Metric kGroupCpu{"test_group_cpu_seconds_total",
                           MetricType::counter,
                           "CPU \"time\" of a group.",
                           {"group", "mode"},
                           true};
constexpr Metric kResident{
    "test_resident_bytes", MetricType::gauge, "Back\\slash\nline.", {"group"}};
constexpr Metric kRatio{"test_fill_ratio", MetricType::gauge, "Fill."};
constexpr Metric kBuild{"test_build_info", MetricType::info, "Build.", {"version"}};
constexpr Metric kWait{"test_wait_seconds", MetricType::histogram, "Waiting.", {"path"}};
constexpr Metric kAbsentOnly{"test_absent_bytes", MetricType::gauge, "Never there."};

struct Outcome {
  int code = -1;
  std::string text;
};

Outcome run(const std::string& command) {
  Outcome outcome;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer{};
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    outcome.text.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

bool has_promtool() { return run("promtool --version").code == 0; }

// Every kind of series with the names that a hostile host gives.
Frame varied_frame() {
  const auto groups = block("groups", [](SampleWriter& out) {
    std::string every_byte;
    for (int c = 1; c < 256; ++c) every_byte += static_cast<char>(c);
    const std::array<std::string, 6> names = {"cc1plus",  "a\\b\"c\nd",
                                              every_byte, "caf\xC3\xA9 \xF0\x9F\x94\xA5",
                                              "",         "{x=\"y\"} 1 # EOF"};
    for (const auto& name : names) {
      out.add(kGroupCpu, 1e-7, {name, "user"});
      out.add(kGroupCpu, 12345678.25, {name, "system"});
    }
    double value = 1;
    for (const auto& name : names) out.add(kResident, value *= 1e5, {name});
  });
  const auto rest = block("rest", [](SampleWriter& out) {
    out.add(kRatio, -std::numeric_limits<double>::infinity());
    out.add(kBuild, 1, {"0.1"});
    out.add_part(kWait, "_bucket", 3, {"/metrics", "0.1"});
    out.add_part(kWait, "_bucket", 4, {"/metrics", "+Inf"});
    out.add_part(kWait, "_sum", 0.75, {"/metrics"});
    out.add_part(kWait, "_count", 4, {"/metrics"});
    out.add(kAbsentOnly, kAbsent);
  });
  return frame(1, {groups, rest});
}

TEST(Promtool, FindsNothingWrongWithTheText) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed (package prometheus)";
  ExpositionRenderer renderer;
  const test::TempTree tree{{"metrics", render(renderer, varied_frame())}};
  const Outcome outcome = run("promtool check metrics < " + tree.path() + "/metrics");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(outcome.text, "");
}

TEST(Promtool, FindsWhatIsWrongWithABrokenText) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed (package prometheus)";
  ExpositionRenderer renderer;
  const std::string text = render(renderer, varied_frame());
  const test::TempTree tree{{"metrics", text + text}};
  EXPECT_NE(run("promtool check metrics < " + tree.path() + "/metrics").code, 0);
}

// promtool reads OpenMetrics only to backfill, and then wants a time behind each sample.
std::string with_times(std::string_view text) {
  std::string out;
  std::string_view line;
  while (next_line(text, line)) {
    out.append(line);
    if (!line.starts_with("#")) out.append(" 1700000000");
    out += '\n';
  }
  return out;
}

TEST(Promtool, ReadsTheOpenMetricsWithPrometheusOwnParser) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed (package prometheus)";
  ExpositionRenderer renderer;
  const std::string text = render(renderer, varied_frame(), Exposition::openmetrics_1_0_0);
  const test::TempTree tree{{"metrics", with_times(text)}, {"broken", "# EOF\nafter the end"}};
  const std::string command = "promtool tsdb create-blocks-from openmetrics ";
  const Outcome outcome = run(command + tree.path() + "/metrics " + tree.path() + "/blocks");
  EXPECT_EQ(outcome.code, 0) << outcome.text << text;
  EXPECT_NE(run(command + tree.path() + "/broken " + tree.path() + "/blocks").code, 0);
}

}  // namespace
}  // namespace perfwatch
