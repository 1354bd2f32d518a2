// SPDX-License-Identifier: Apache-2.0
// What every collector of the catalogue promises, whatever it reads. A new collector is held to it
// by its line in catalogue.cpp.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "core/collect/catalogue.h"
#include "tests/support/source_path.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

namespace fs = std::filesystem;
using test::TempTree;
using Collectors = std::vector<std::shared_ptr<Collector>>;

bool is_process_folder(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A copy of the fixture host that may be damaged, and collectors that read it. The processes of the
// fixture belong to another suite.
class FixtureHost {
 public:
  FixtureHost() {
    const fs::path source = fs::path(test::source_path("tests/fixtures/host"));
    for (auto entry = fs::recursive_directory_iterator(source); entry != fs::end(entry); ++entry) {
      if (entry->is_directory() && is_process_folder(entry->path())) {
        entry.disable_recursion_pending();
      } else if (entry->is_regular_file()) {
        const std::string name = fs::relative(entry->path(), source).string();
        tree_.write(name, read_text(entry->path()));
        if (name.starts_with("proc/")) inputs_.push_back(name);
      }
    }
    std::ranges::sort(inputs_);
  }

  // The kernel's texts, relative to the tree.
  [[nodiscard]] const std::vector<std::string>& inputs() const { return inputs_; }
  [[nodiscard]] fs::path path(const std::string& input) const {
    return fs::path(tree_.path()) / input;
  }
  void write(const std::string& input, std::string_view text) const { tree_.write(input, text); }

  [[nodiscard]] Collectors collectors() const {
    return make_collectors({.roots = {.procfs = tree_.path() + "/proc",
                                      .sysfs = tree_.path() + "/sys",
                                      .rootfs = tree_.path()},
                            .stat = [](const std::string&) -> Result<FilesystemUsage> {
                              return FilesystemUsage{1000, 500, 400, 100, 50};
                            }});
  }

 private:
  TempTree tree_;
  std::vector<std::string> inputs_;
};

std::string series_name(const Series& series) {
  std::string name(series.metric->name);
  for (const auto& value : series.label_values) name += "|" + value;
  return name;
}

// What holds for samples of any origin, however damaged.
void expect_sane(const Collector& collector, const Samples& samples) {
  ASSERT_NE(samples.schema, nullptr) << collector.name();
  const auto& series = samples.schema->series;
  ASSERT_EQ(series.size(), samples.values.size()) << collector.name();
  const auto declared = collector.metrics();
  std::set<const Metric*> finished;
  std::set<std::string> names;
  const Metric* current = nullptr;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Metric* metric = series[i].metric;
    const std::string name = series_name(series[i]);
    if (metric != current) {
      EXPECT_TRUE(finished.insert(metric).second) << name << " stands apart from its family";
      EXPECT_NE(std::ranges::find(declared, metric), declared.end()) << name << " is not declared";
      current = metric;
    }
    EXPECT_EQ(series[i].label_values.size(), metric->label_count()) << name;
    EXPECT_TRUE(names.insert(name).second) << name << " comes twice";
    const double value = samples.values[i];
    EXPECT_TRUE(is_absent(value) || (std::isfinite(value) && value >= 0)) << name << " " << value;
  }
}

// One round of all collectors; how many had something to tell.
std::size_t collect_all(const Collectors& collectors) {
  std::size_t successes = 0;
  for (const auto& collector : collectors) {
    const auto samples = collector->collect(Instant{});
    if (samples) {
      expect_sane(*collector, *samples);
      ++successes;
    } else {
      EXPECT_FALSE(samples.error().text.empty()) << collector->name();
    }
  }
  return successes;
}

TEST(CollectorContract, EveryCollectorReadsTheFixtureHostWithoutAnyError) {
  const FixtureHost host;
  for (const auto& collector : host.collectors()) {
    const auto samples = collector->collect(Instant{});
    ASSERT_TRUE(samples) << collector->name() << ": " << samples.error().text;
    expect_sane(*collector, *samples);
    EXPECT_EQ(samples->item_error_text, "") << collector->name();
    for (std::size_t i = 0; i < samples->values.size(); ++i) {
      const std::string name = series_name(samples->schema->series[i]);
      const bool nobody_can_fill_it =
          name.starts_with("perfwatch_filesystem_available_bytes|/srv/build artifacts|");
      EXPECT_EQ(is_absent(samples->values[i]), nobody_can_fill_it) << name;
    }
    for (const auto* metric : collector->metrics()) {
      EXPECT_TRUE(std::ranges::any_of(samples->schema->series,
                                      [&](const Series& one) { return one.metric == metric; }))
          << metric->name << " is declared, but the fixture host gives none";
    }
  }
}

TEST(CollectorContract, AnEmptyRootIsAClearError) {
  const TempTree empty;
  const std::string root = empty.path();
  for (const auto& collector :
       make_collectors({.roots = {.procfs = root, .sysfs = root, .rootfs = root}})) {
    const auto samples = collector->collect(Instant{});
    ASSERT_FALSE(samples) << collector->name();
    EXPECT_EQ(samples.error().kind, ErrorKind::unsupported) << collector->name();
    EXPECT_NE(samples.error().text.find(root), std::string::npos)
        << collector->name() << " does not say what it read: " << samples.error().text;
  }
}

TEST(CollectorContract, EveryTruncationOfEveryInputIsSurvived) {
  const FixtureHost host;
  ASSERT_GE(host.inputs().size(), 10U);
  const auto collectors = host.collectors();
  for (const auto& input : host.inputs()) {
    const std::string text = read_text(host.path(input));
    for (std::size_t length = text.size(); length-- > 0;) {
      ASSERT_EQ(::truncate(host.path(input).c_str(), static_cast<off_t>(length)), 0);
      const std::size_t successes = collect_all(collectors);
      ASSERT_FALSE(HasFailure()) << input << " cut to " << length << " bytes";
      EXPECT_GE(successes + 1, collectors.size()) << input << " took others down with it";
    }
    host.write(input, text);
    EXPECT_EQ(collect_all(collectors), collectors.size()) << input << " is whole again";
  }
}

TEST(CollectorContract, GarbageInEveryInputIsSurvived) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::string garbage[] = {
      every_byte,
      std::string(100000, 'x'),
      std::string(100000, '\n'),
      std::string(100000, ' '),
      std::string(1000, '\0'),
      "cpu -1 -1 -1\nMemTotal: -5 kB\nsome avg10=-1 total=-1\n-1 -1 -1\n",
      "8 0 sda -1 -2 -3 -4 -5\neth0: -1 -1\n/dev/sda / ext4 rw -1\n",
      "cpu 99999999999999999999 1\nMemTotal: 18446744073709551615 kB\n"};
  const FixtureHost host;
  const auto collectors = host.collectors();
  for (const auto& text : garbage) {
    SCOPED_TRACE(text.substr(0, 40));
    for (const auto& input : host.inputs()) host.write(input, text);
    collect_all(collectors);  // which expects every value to be finite or absent, none negative
    ASSERT_FALSE(HasFailure());
  }
}

TEST(CollectorContract, TwoRoundsShareTheirSchema) {
  const FixtureHost host;
  for (const auto& collector : host.collectors()) {
    const auto first = collector->collect(Instant{});
    const auto second = collector->collect(Instant{});
    ASSERT_TRUE(first && second) << collector->name();
    EXPECT_EQ(first->schema.get(), second->schema.get()) << collector->name();
    const auto same = [](double a, double b) { return a == b || (is_absent(a) && is_absent(b)); };
    EXPECT_TRUE(std::ranges::equal(first->values, second->values, same)) << collector->name();
  }
}

TEST(CollectorContract, NamesAreThoseThatPrometheusExpects) {
  const std::regex metric_name("perfwatch_[a-z0-9_:]+");
  const std::regex word("[a-z][a-z0-9_]*");
  const FixtureHost host;
  std::set<std::string_view> collectors;
  std::set<std::string_view> metrics;
  for (const auto& collector : host.collectors()) {
    EXPECT_TRUE(collectors.insert(collector->name()).second) << collector->name();
    EXPECT_TRUE(std::regex_match(std::string(collector->name()), word)) << collector->name();
    EXPECT_FALSE(collector->metrics().empty()) << collector->name();
    for (const auto* metric : collector->metrics()) {
      const std::string name(metric->name);
      EXPECT_TRUE(metrics.insert(metric->name).second) << name << " is declared twice";
      EXPECT_TRUE(std::regex_match(name, metric_name)) << name;
      EXPECT_TRUE(metric->type == MetricType::counter || metric->type == MetricType::gauge) << name;
      EXPECT_EQ(name.ends_with("_total"), metric->type == MetricType::counter) << name;
      EXPECT_GT(metric->help.size(), 1U) << name;
      EXPECT_TRUE(metric->help.ends_with('.')) << name;
      for (std::size_t i = 0; i < metric->label_count(); ++i) {
        const std::string label(metric->labels[i]);
        EXPECT_TRUE(std::regex_match(label, word)) << name << " " << label;
        EXPECT_TRUE(label != "job" && label != "instance") << name << " " << label;
      }
    }
  }
}

}  // namespace
}  // namespace perfwatch
