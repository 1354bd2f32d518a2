// SPDX-License-Identifier: Apache-2.0
#include "daemon/own_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "daemon/version.h"

namespace perfwatch {
namespace {

constexpr Metric kBuildInfo{"perfwatch_build_info",
                            MetricType::info,
                            "Version, revision and compiler of the daemon.",
                            {"version", "revision", "compiler"}};
constexpr Metric kRequests{"perfwatch_http_requests_total",
                           MetricType::counter,
                           "HTTP requests answered, by route and status code.",
                           {"path", "code"}};
constexpr Metric kDuration{"perfwatch_http_request_duration_seconds",
                           MetricType::histogram,
                           "Time from the end of a request to the end of its answer, by route.",
                           {"path"}};
constexpr Metric kConnections{"perfwatch_http_connections", MetricType::gauge,
                              "HTTP connections that are open."};
constexpr Metric kRejected{"perfwatch_http_rejected_total",
                           MetricType::counter,
                           "Connections and requests turned away, by reason.",
                           {"reason"}};
constexpr Metric kReloadOk{"perfwatch_config_last_reload_successful", MetricType::gauge,
                           "1 if the last attempt to load the configuration succeeded."};
constexpr Metric kReloadTime{"perfwatch_config_last_reload_success_timestamp_seconds",
                             MetricType::gauge,
                             "When the configuration was last loaded, in seconds since 1970."};
constexpr Metric kSent{"perfwatch_notifications_sent_total",
                       MetricType::counter,
                       "Alerts that the target took, repetitions included.",
                       {"target"}};
constexpr Metric kFailed{"perfwatch_notifications_failed_total",
                         MetricType::counter,
                         "Requests to the target that failed; their alerts are tried again.",
                         {"target"}};
constexpr Metric kDropped{"perfwatch_notifications_dropped_total",
                          MetricType::counter,
                          "Alerts that found the queue full; they are taken up when there is room.",
                          {"target"}};
constexpr Metric kQueue{"perfwatch_notifications_queue_length",
                        MetricType::gauge,
                        "Changes of alerts that the target has not taken yet.",
                        {"target"}};
// Held by the registry.
constexpr const Metric* kRegistered[] = {&kBuildInfo, &kRequests, &kDuration,  &kConnections,
                                         &kRejected,  &kReloadOk, &kReloadTime};
constexpr const Metric* kMetrics[] = {&kBuildInfo, &kRequests, &kDuration,   &kConnections,
                                      &kRejected,  &kReloadOk, &kReloadTime, &kSent,
                                      &kFailed,    &kDropped,  &kQueue};

const prometheus::Histogram::BucketBoundaries kBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                       0.025,  0.05,  0.1,    0.5,   1};

template <class Builder>
auto& registered(Builder builder, const Metric& metric, prometheus::Registry& registry) {
  return builder.Name(std::string(metric.name)).Help(std::string(metric.help)).Register(registry);
}

// Label values in the order of metric.labels.
std::vector<std::string_view> label_values(const Metric& metric,
                                           const prometheus::ClientMetric& from) {
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < metric.label_count(); ++i) {
    const auto at = std::find_if(from.label.begin(), from.label.end(),
                                 [&](const auto& label) { return label.name == metric.labels[i]; });
    values.emplace_back(at == from.label.end() ? std::string_view() : std::string_view(at->value));
  }
  return values;
}

// As all client libraries write it in OpenMetrics: 0.0005, 1.0, +Inf.
std::string bucket_label(double bound) {
  if (std::isinf(bound)) return "+Inf";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, bound, std::chars_format::fixed).ptr;
  std::string label(text, end);
  if (label.find('.') == std::string::npos) label += ".0";
  return label;
}

void add_histogram(SampleWriter& out, const Metric& metric, const prometheus::ClientMetric& from) {
  auto labels = label_values(metric, from);
  const auto& histogram = from.histogram;
  for (const auto& bucket : histogram.bucket) {
    const std::string bound = bucket_label(bucket.upper_bound);
    labels.push_back(bound);
    out.add_part(metric, "_bucket", static_cast<double>(bucket.cumulative_count), labels);
    labels.pop_back();
  }
  out.add_part(metric, "_sum", histogram.sample_sum, labels);
  out.add_part(metric, "_count", static_cast<double>(histogram.sample_count), labels);
}

void add_family(SampleWriter& out, const Metric& metric, const prometheus::MetricFamily& family) {
  for (const auto& from : family.metric) {
    if (metric.type == MetricType::histogram) {
      add_histogram(out, metric, from);
    } else {
      const bool counter = metric.type == MetricType::counter;
      out.add_part(metric, {}, counter ? from.counter.value : from.gauge.value,
                   label_values(metric, from));
    }
  }
}

}  // namespace

struct OwnMetrics::Registry {
  prometheus::Registry all;
  prometheus::Family<prometheus::Gauge>& build_info =
      registered(prometheus::BuildGauge(), kBuildInfo, all);
  prometheus::Family<prometheus::Counter>& requests =
      registered(prometheus::BuildCounter(), kRequests, all);
  prometheus::Family<prometheus::Histogram>& duration =
      registered(prometheus::BuildHistogram(), kDuration, all);
  prometheus::Gauge& connections = registered(prometheus::BuildGauge(), kConnections, all).Add({});
  prometheus::Family<prometheus::Counter>& rejected =
      registered(prometheus::BuildCounter(), kRejected, all);
  prometheus::Gauge& reload_ok = registered(prometheus::BuildGauge(), kReloadOk, all).Add({});
  prometheus::Gauge& reload_time = registered(prometheus::BuildGauge(), kReloadTime, all).Add({});
};

OwnMetrics::OwnMetrics(const DaemonInfo& daemon) : registry_(std::make_unique<Registry>()) {
  registry_->build_info
      .Add({{"version", daemon.version},
            {"revision", daemon.revision},
            {"compiler", std::string(kCompiler)}})
      .Set(1);
  // At 0 before the first increment.
  for (const char* reason : {"connections", "error", "in_flight", "malformed", "timeout", "tls"}) {
    registry_->rejected.Add({{"reason", reason}});
  }
  registry_->requests.Add({{"path", "/metrics"}, {"code", "200"}});
  registry_->duration.Add({{"path", "/metrics"}}, kBuckets);
}

OwnMetrics::~OwnMetrics() = default;

MetricList OwnMetrics::metrics() { return kMetrics; }

void OwnMetrics::answered(std::string_view path, unsigned code, std::chrono::nanoseconds duration) {
  const std::string route(path);
  registry_->requests.Add({{"path", route}, {"code", std::to_string(code)}}).Increment();
  registry_->duration.Add({{"path", route}}, kBuckets).Observe(Seconds(duration).count());
}

void OwnMetrics::rejected(std::string_view reason) {
  registry_->rejected.Add({{"reason", std::string(reason)}}).Increment();
}

void OwnMetrics::set_connections(std::size_t count) {
  registry_->connections.Set(static_cast<double>(count));
}

void OwnMetrics::reloaded(bool success, std::chrono::system_clock::time_point at) {
  registry_->reload_ok.Set(success ? 1 : 0);
  if (success) registry_->reload_time.Set(unix_seconds(at));
}

Samples OwnMetrics::collect() {
  SampleWriter out(schema_);
  for (const auto& family : registry_->all.Collect()) {
    const auto at = std::find_if(std::begin(kRegistered), std::end(kRegistered),
                                 [&](const Metric* metric) { return metric->name == family.name; });
    if (at != std::end(kRegistered)) add_family(out, **at, family);
  }
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

Samples OwnMetrics::describe(const std::vector<std::unique_ptr<AlertSender>>& senders) {
  SampleWriter out(senders_schema_);
  const auto each = [&](const Metric& metric, auto value) {
    for (const auto& sender : senders) {
      out.add(metric, static_cast<double>(value(*sender)), {sender->target().name});
    }
  };
  each(kSent, [](const AlertSender& s) { return s.counts().sent; });
  each(kFailed, [](const AlertSender& s) { return s.counts().failed; });
  each(kDropped, [](const AlertSender& s) { return s.counts().dropped; });
  each(kQueue, [](const AlertSender& s) { return s.queue_length(); });
  Samples samples = std::move(out).finish();
  senders_schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
