// SPDX-License-Identifier: Apache-2.0
#include "core/collect/sockets.h"

#include <cstdint>
#include <utility>

#include "core/base/text.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kUsed{"perfwatch_sockets_used", MetricType::gauge, "Sockets of all kinds."};
constexpr Metric kTcp{"perfwatch_tcp_sockets",
                      MetricType::gauge,
                      "TCP sockets (IPv4) by state; allocated ones count in the other states, too.",
                      {"state"}};
constexpr Metric kUdp{"perfwatch_udp_sockets", MetricType::gauge, "UDP sockets (IPv4) in use."};
constexpr const Metric* kMetrics[] = {&kUsed, &kTcp, &kUdp};

// The number after `name` in "name 1 other 2"; nullopt when it is not there.
std::optional<double> number_after(std::string_view line, std::string_view name) {
  for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
    const auto number = to_number<std::uint64_t>(next_word(line));
    if (word != name) continue;
    if (!number) return std::nullopt;
    return static_cast<double>(*number);
  }
  return std::nullopt;
}

}  // namespace

Result<SocketCounts> parse_sockets(std::string_view text) {
  SocketCounts counts;
  std::string_view line;
  while (next_line(text, line)) {
    const auto kind = next_word(line);
    if (kind == "sockets:") counts.used = number_after(line, "used");
    if (kind == "UDP:") counts.udp_in_use = number_after(line, "inuse");
    if (kind != "TCP:") continue;
    counts.tcp_in_use = number_after(line, "inuse");
    counts.tcp_orphaned = number_after(line, "orphan");
    counts.tcp_time_wait = number_after(line, "tw");
    counts.tcp_allocated = number_after(line, "alloc");
  }
  if (!counts.used) return fail(ErrorKind::malformed, "no line \"sockets: used N\"");
  return counts;
}

SocketsCollector::SocketsCollector(const Roots& roots) : file_(roots.procfs + "/net/sockstat") {}

MetricList SocketsCollector::metrics() const { return kMetrics; }

Result<Samples> SocketsCollector::collect(Instant) {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto counts = parse_sockets(*text);
  if (!counts) return tl::unexpected(within("parsing " + file_.path(), std::move(counts.error())));
  return describe(*counts);
}

Samples SocketsCollector::describe(const SocketCounts& counts) {
  SampleWriter out(schema_);
  out.add(kUsed, counts.used.value_or(kAbsent));
  out.add(kTcp, counts.tcp_in_use.value_or(kAbsent), {"in_use"});
  out.add(kTcp, counts.tcp_orphaned.value_or(kAbsent), {"orphaned"});
  out.add(kTcp, counts.tcp_time_wait.value_or(kAbsent), {"time_wait"});
  out.add(kTcp, counts.tcp_allocated.value_or(kAbsent), {"allocated"});
  out.add(kUdp, counts.udp_in_use.value_or(kAbsent));
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
