// SPDX-License-Identifier: Apache-2.0
#include "core/collect/network.h"

#include <utility>

#include "core/base/text.h"
#include "core/collect/item_names.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kReceiveBytes{
    "perfwatch_network_receive_bytes_total", MetricType::counter, "Bytes received.", {"interface"}};
constexpr Metric kTransmitBytes{
    "perfwatch_network_transmit_bytes_total", MetricType::counter, "Bytes sent.", {"interface"}};
constexpr Metric kReceivePackets{"perfwatch_network_receive_packets_total",
                                 MetricType::counter,
                                 "Packets received.",
                                 {"interface"}};
constexpr Metric kTransmitPackets{"perfwatch_network_transmit_packets_total",
                                  MetricType::counter,
                                  "Packets sent.",
                                  {"interface"}};
constexpr Metric kReceiveErrors{"perfwatch_network_receive_errors_total",
                                MetricType::counter,
                                "Packets that arrived damaged.",
                                {"interface"}};
constexpr Metric kTransmitErrors{"perfwatch_network_transmit_errors_total",
                                 MetricType::counter,
                                 "Packets that could not be sent.",
                                 {"interface"}};
constexpr Metric kReceiveDropped{"perfwatch_network_receive_dropped_total",
                                 MetricType::counter,
                                 "Packets that arrived and were thrown away.",
                                 {"interface"}};
constexpr Metric kTransmitDropped{"perfwatch_network_transmit_dropped_total",
                                  MetricType::counter,
                                  "Packets that were thrown away instead of being sent.",
                                  {"interface"}};

constexpr const Metric* kMetrics[] = {&kReceiveBytes,    &kTransmitBytes,  &kReceivePackets,
                                      &kTransmitPackets, &kReceiveErrors,  &kTransmitErrors,
                                      &kReceiveDropped,  &kTransmitDropped};

struct Row {
  const Metric* metric;
  NetworkCounters NetworkInterface::*direction;
  NetworkColumn column;
};
constexpr Row kRows[] = {
    {&kReceiveBytes, &NetworkInterface::received, NetworkColumn::bytes},
    {&kTransmitBytes, &NetworkInterface::transmitted, NetworkColumn::bytes},
    {&kReceivePackets, &NetworkInterface::received, NetworkColumn::packets},
    {&kTransmitPackets, &NetworkInterface::transmitted, NetworkColumn::packets},
    {&kReceiveErrors, &NetworkInterface::received, NetworkColumn::errors},
    {&kTransmitErrors, &NetworkInterface::transmitted, NetworkColumn::errors},
    {&kReceiveDropped, &NetworkInterface::received, NetworkColumn::dropped},
    {&kTransmitDropped, &NetworkInterface::transmitted, NetworkColumn::dropped},
};

constexpr std::size_t kColumnsPerDirection = 8;

void take_direction(std::string_view& line, NetworkCounters& counters) {
  for (std::size_t i = 0; i < kColumnsPerDirection; ++i) {
    const auto value = next_u64(line);
    if (i < counters.size()) counters[i] = value;
  }
}

}  // namespace

Result<std::vector<NetworkInterface>> parse_network(std::string_view text) {
  std::vector<NetworkInterface> interfaces;
  std::string_view line;
  while (next_line(text, line)) {
    // The last colon: old kernels write names with colons (eth0:1) and no blank after the colon.
    const auto colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trim(line.substr(0, colon));
    if (name.empty()) continue;
    line.remove_prefix(colon + 1);
    NetworkInterface interface {
      std::string(name), {}, {}
    };
    take_direction(line, interface.received);
    take_direction(line, interface.transmitted);
    interfaces.push_back(std::move(interface));
  }
  if (interfaces.empty()) return fail(ErrorKind::malformed, "no interface");
  return interfaces;
}

NetworkCollector::NetworkCollector(const Roots& roots)
    : file_{roots.procfs + "/net/dev", roots.procfs + "/self/net/dev",
            roots.procfs + "/1/net/dev"} {}

MetricList NetworkCollector::metrics() const { return kMetrics; }

Result<Samples> NetworkCollector::collect(Instant) {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto interfaces = parse_network(*text);
  if (!interfaces) {
    return tl::unexpected(within("parsing " + file_.path(), std::move(interfaces.error())));
  }
  return describe(*interfaces);
}

Samples NetworkCollector::describe(const std::vector<NetworkInterface>& interfaces) {
  SampleWriter out(schema_);
  ItemNames names("interfaces", out);
  std::vector<std::pair<std::string, const NetworkInterface*>> named;
  for (const auto& interface : interfaces) {
    if (interface.name == "lo") continue;
    if (auto name = names.admit(interface.name)) named.emplace_back(std::move(*name), &interface);
  }
  for (const auto& row : kRows) {
    for (const auto& [name, interface] : named) {
      const auto& counters = interface->*row.direction;
      out.add(*row.metric, or_absent(counters[static_cast<std::size_t>(row.column)]), {name});
    }
  }
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
