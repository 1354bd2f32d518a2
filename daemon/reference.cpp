// SPDX-License-Identifier: Apache-2.0
#include "daemon/reference.h"

#include <memory>
#include <string_view>

#include "core/account/group_series.h"
#include "core/collect/catalogue.h"
#include "daemon/alerting.h"
#include "daemon/own_metrics.h"
#include "daemon/own_process.h"
#include "daemon/sampler.h"

namespace perfwatch {
namespace {

void append_section(std::string& out, std::string_view title, MetricList metrics) {
  out.append("### ").append(title).append(
      "\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n");
  for (const Metric* metric : metrics) {
    std::string labels;
    for (std::size_t i = 0; i < metric->label_count(); ++i) {
      labels.append(i == 0 ? "" : ", ").append(metric->labels[i]);
    }
    out.append("| `").append(metric->name).append("` | ").append(to_string(metric->type));
    out.append(" | ").append(labels).append(" | ").append(metric->help).append(" |\n");
  }
  out.append("\n");
}

}  // namespace

std::string metric_reference() {
  std::string out;
  for (const auto& collector : make_collectors(CollectSettings{})) {
    append_section(out, "Collector `" + std::string(collector->name()) + "`", collector->metrics());
  }
  append_section(out, "Collector `processes`", group_metrics());
  append_section(out, "Collectors themselves", Sampler::metrics());
  append_section(out, "Alerts", Alerting::metrics());
  append_section(out, "The daemon", OwnMetrics::metrics());
  append_section(out, "Its own process", OwnProcess::metrics());
  return out;
}

}  // namespace perfwatch
