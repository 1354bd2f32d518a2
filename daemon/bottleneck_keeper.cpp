// SPDX-License-Identifier: Apache-2.0
#include "daemon/bottleneck_keeper.h"

#include <utility>

#include "core/analyse/bottleneck.h"

namespace perfwatch {
namespace {

constexpr Metric kBottleneck{
    "perfwatch_bottleneck",
    MetricType::gauge,
    "1 while the resource bounds the host or one of its groups, by its use and by what waits for "
    "it, over the last minute; absent where that cannot be told.",
    {"resource"}};
constexpr const Metric* kMetrics[] = {&kBottleneck};

}  // namespace

MetricList BottleneckKeeper::metrics() { return kMetrics; }

std::shared_ptr<const Bottlenecks> BottleneckKeeper::judge(const Frame& frame) {
  window_.take(frame);
  latest_ = std::make_shared<const Bottlenecks>(
      find_bottlenecks(window_.load(), latest_.get(), frame.at.wall));
  return latest_;
}

Samples BottleneckKeeper::describe() {
  SampleWriter out(schema_);
  for (const Resource resource : kResources) {
    const auto bound =
        latest_ ? latest_->bound[static_cast<std::size_t>(resource)] : std::optional<bool>();
    out.add(kBottleneck, bound ? (*bound ? 1 : 0) : kAbsent, {to_string(resource)});
  }
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
