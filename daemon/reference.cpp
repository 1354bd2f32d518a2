// SPDX-License-Identifier: Apache-2.0
#include "daemon/reference.h"

#include <memory>
#include <string_view>

#include "core/account/processes.h"
#include "core/collect/catalogue.h"
#include "daemon/alerting.h"
#include "daemon/bottleneck_keeper.h"
#include "daemon/budget_keeper.h"
#include "daemon/collector_series.h"
#include "daemon/own_metrics.h"
#include "daemon/own_process.h"
#include "daemon/run_journal.h"
#include "daemon/wake_sources.h"

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

struct Section {
  std::string title;
  MetricList metrics;
};

std::vector<Section> sections() {
  std::vector<Section> all;
  for (const auto& collector : make_collectors(CollectSettings{})) {
    all.push_back({"Collector `" + std::string(collector->name()) + "`", collector->metrics()});
  }
  all.push_back({"Collector `processes`", process_metrics()});
  all.push_back({"Collector `pss`", pss_metrics()});
  all.push_back({"Collectors themselves", collector_metrics()});
  all.push_back({"Their intervals", WakeSources::metrics()});
  all.push_back({"Alerts", Alerting::metrics()});
  all.push_back({"Runs", RunJournal::metrics()});
  all.push_back({"Bottlenecks", BottleneckKeeper::metrics()});
  all.push_back({"Its budget", BudgetKeeper::metrics()});
  all.push_back({"The daemon", OwnMetrics::metrics()});
  all.push_back({"Its own process", OwnProcess::metrics()});
  return all;
}

}  // namespace

std::string metric_reference() {
  std::string out;
  for (const auto& [title, metrics] : sections()) append_section(out, title, metrics);
  return out;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const auto& [title, metrics] : sections()) {
    for (const Metric* metric : metrics) names.emplace_back(metric->name);
  }
  return names;
}

}  // namespace perfwatch
