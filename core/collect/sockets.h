// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// Sockets of the host's network namespace. Absent is what the kernel does not say.
struct SocketCounts {
  std::optional<double> used;  // of all kinds
  std::optional<double> tcp_in_use, tcp_orphaned, tcp_time_wait, tcp_allocated;
  std::optional<double> udp_in_use;
};

// /proc/net/sockstat:
//   sockets: used 171
//   TCP: inuse 5 orphan 0 tw 12 alloc 9 mem 1
//   UDP: inuse 2 mem 1
// Unknown lines and words are passed over. Malformed without the first.
[[nodiscard]] Result<SocketCounts> parse_sockets(std::string_view text);

class SocketsCollector final : public Collector {
 public:
  explicit SocketsCollector(const Roots& roots);

  [[nodiscard]] std::string_view name() const override { return "sockets"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] Samples describe(const SocketCounts& counts);

  RepeatedFile file_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
