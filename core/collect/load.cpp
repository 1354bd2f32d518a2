// SPDX-License-Identifier: Apache-2.0
#include "core/collect/load.h"

#include <utility>

#include "core/base/text.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kLoadAverage{"perfwatch_load_average",
                              MetricType::gauge,
                              "Tasks that run, wait for a CPU or wait for a disk, on average.",
                              {"window"}};

constexpr const Metric* kMetrics[] = {&kLoadAverage};

}  // namespace

Result<LoadAverage> parse_load(std::string_view text) {
  std::string_view line;
  if (!next_line(text, line)) return fail(ErrorKind::malformed, "empty");
  const auto one = to_decimal(next_word(line));
  const auto five = to_decimal(next_word(line));
  const auto fifteen = to_decimal(next_word(line));
  if (!one || !five || !fifteen) return fail(ErrorKind::malformed, "not three load averages");
  return LoadAverage{*one, *five, *fifteen};
}

LoadCollector::LoadCollector(const Roots& roots) : file_(roots.procfs + "/loadavg") {}

MetricList LoadCollector::metrics() const { return kMetrics; }

Result<Samples> LoadCollector::collect(Instant) {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto load = parse_load(*text);
  if (!load) return tl::unexpected(within("parsing " + file_.path(), std::move(load.error())));
  return describe(*load);
}

Samples LoadCollector::describe(const LoadAverage& load) {
  SampleWriter out(schema_);
  out.add(kLoadAverage, load.one_minute, {"1m"});
  out.add(kLoadAverage, load.five_minutes, {"5m"});
  out.add(kLoadAverage, load.fifteen_minutes, {"15m"});
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
