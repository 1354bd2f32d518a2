// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/metric.h"

namespace perfwatch {

// One series: a metric and its label values, in the order of metric->labels.
// `suffix` is empty but for the parts of a histogram ("_bucket", "_sum", "_count"); a bucket's `le`
// is its last label value, beyond metric->labels.
struct Series {
  const Metric* metric = nullptr;
  std::string_view suffix;  // static storage
  std::vector<std::string> label_values;
};

// The series of one collector, shared by all its rounds until a series comes or goes. The series of
// one metric stand together. The position of a series is its small integer for as long as the
// schema lives; who keeps something per series (rendered text, a rule's history) keys it by the
// Schema's address and rebuilds it when the address changes, holding the shared_ptr so that the
// address is not reused.
struct Schema {
  std::vector<Series> series;
};

// "Not known this round". Exporters leave the series out; absent is never 0.
inline constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
[[nodiscard]] inline bool is_absent(double value) { return std::isnan(value); }

// What stands behind a value, as the run that a histogram's bucket counted last. It is no label: it
// makes no series. https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars
struct Exemplar {
  std::size_t series = 0;  // its position in the schema: a bucket or a counter
  std::string_view label;  // static storage; label and text have at most 128 characters together
  std::string text;
  double value = 0;  // in the unit of the metric, within the bucket
  double time = 0;   // seconds since 1970-01-01 UTC
};

struct ProcessTable;

// What one round of one collector found: values[i] belongs to schema->series[i].
struct Samples {
  std::shared_ptr<const Schema> schema;
  std::vector<double> values;
  std::vector<Exemplar> exemplars;  // in the order of their series
  // Items (a mount, a device, a process) that could not be read this round, by ErrorKind; the rest
  // is there.
  std::array<std::uint32_t, kErrorKinds> item_errors{};
  std::string item_error_text;  // the first of them, for the log
  // Only from the processes collector: who stands behind the groups.
  std::shared_ptr<const ProcessTable> processes;
};

// Writes one round of samples against the schema of the round before. As long as the same series
// come in the same order nothing is allocated but the array of values; the first difference starts
// a new schema.
//
//   SampleWriter out(schema_);
//   out.add(kCpuSeconds, stat.user, {"user"});
//   Samples samples = std::move(out).finish();
//   schema_ = samples.schema;
class SampleWriter {
 public:
  explicit SampleWriter(std::shared_ptr<const Schema> previous);

  // The series of one metric must be added together. `labels` has as many values as the metric has
  // label names.
  void add(const Metric& metric, double value, std::initializer_list<std::string_view> labels = {});
  // The parts of a histogram; `labels` then may have one value more (le).
  void add_part(const Metric& metric, std::string_view suffix, double value,
                std::initializer_list<std::string_view> labels);
  void add_part(const Metric& metric, std::string_view suffix, double value,
                const std::vector<std::string_view>& labels);

  // Of the value that was added last; one at most.
  void exemplar(std::string_view label, std::string text, double value, double time);

  // Counts an item that could not be read.
  void item_error(const Error& error);

  [[nodiscard]] Samples finish() &&;

 private:
  void put(const Metric& metric, std::string_view suffix, double value,
           const std::string_view* labels, std::size_t label_count);

  std::shared_ptr<const Schema> previous_;
  std::shared_ptr<Schema> fresh_;  // null while the round repeats the previous one
  Samples samples_;
};

}  // namespace perfwatch
