// SPDX-License-Identifier: Apache-2.0
#include "core/model/samples.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

constexpr Metric kUp{"test_up", MetricType::gauge, "Up."};
constexpr Metric kBytes{"test_bytes_total", MetricType::counter, "Bytes.", {"device"}};

Samples round(std::shared_ptr<const Schema> previous,
              std::initializer_list<std::string_view> devices) {
  SampleWriter out(std::move(previous));
  out.add(kUp, 1);
  for (const auto device : devices) out.add(kBytes, 2, {device});
  return std::move(out).finish();
}

TEST(SampleWriter, KeepsTheSchemaWhileTheSeriesStayTheSame) {
  const Samples first = round(nullptr, {"sda", "sdb"});
  const Samples second = round(first.schema, {"sda", "sdb"});
  EXPECT_EQ(first.schema.get(), second.schema.get());
  EXPECT_EQ(second.values, (std::vector<double>{1, 2, 2}));
}

TEST(SampleWriter, StartsANewSchemaWhenASeriesComesGoesOrChanges) {
  const Samples first = round(nullptr, {"sda", "sdb"});
  for (const auto& devices : {std::initializer_list<std::string_view>{"sda"},
                              {"sda", "sdc"},
                              {"sda", "sdb", "sdc"},
                              {}}) {
    const Samples next = round(first.schema, devices);
    EXPECT_NE(first.schema.get(), next.schema.get());
    ASSERT_EQ(next.schema->series.size(), devices.size() + 1);
    EXPECT_EQ(next.values.size(), next.schema->series.size());
    std::size_t i = 1;
    for (const auto device : devices) EXPECT_EQ(next.schema->series[i++].label_values[0], device);
  }
  EXPECT_EQ(first.schema->series.size(), 3U) << "a published schema never changes";
}

TEST(SampleWriter, CountsItemErrorsAndKeepsTheFirstText) {
  SampleWriter out(nullptr);
  out.item_error({ErrorKind::denied, "first"});
  out.item_error({ErrorKind::denied, "second"});
  const Samples samples = std::move(out).finish();
  EXPECT_EQ(samples.item_errors[static_cast<std::size_t>(ErrorKind::denied)], 2U);
  EXPECT_EQ(samples.item_error_text, "first");
}

}  // namespace
}  // namespace perfwatch
