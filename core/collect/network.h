// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/roots.h"
#include "core/collect/collector.h"
#include "core/collect/first_readable.h"

namespace perfwatch {

// The first four columns of either direction; the rest (fifo, frame, colls...) is not used.
enum class NetworkColumn : std::uint8_t { bytes, packets, errors, dropped };
inline constexpr std::size_t kNetworkColumns = 4;
using NetworkCounters = std::array<std::optional<std::uint64_t>, kNetworkColumns>;

// Counters are since the interface came up.
struct NetworkInterface {
  std::string name;  // the kernel's bytes
  NetworkCounters received;
  NetworkCounters transmitted;
};

// /proc/net/dev:
//   Inter-|   Receive                                                |  Transmit
//    face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs ...
//       lo:    3267      29    0    0    0     0          0         0     3267      29    0 ...
//     eth0: 200986702    6292    0    0    0     0          0         0   247739    3428    0 ...
// Malformed without any interface: even an empty network namespace has lo.
[[nodiscard]] Result<std::vector<NetworkInterface>> parse_network(std::string_view text);

// All interfaces but lo.
class NetworkCollector final : public Collector {
 public:
  explicit NetworkCollector(const Roots& roots);

  [[nodiscard]] std::string_view name() const override { return "network"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] bool optional() const override { return true; }
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  [[nodiscard]] Samples describe(const std::vector<NetworkInterface>& interfaces);

  FirstReadable file_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
