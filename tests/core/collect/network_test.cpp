// SPDX-License-Identifier: Apache-2.0
#include "core/collect/network.h"

#include <gtest/gtest.h>

#include "core/collect/item_names.h"
#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::item_errors;
using test::series_count;
using test::TempTree;
using test::value_of;

constexpr std::string_view kHeader =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";
constexpr std::string_view kInterfaces =
    "    lo:    3267      29    0    0    0     0          0         0     3267      29    0    0"
    "    0     0       0          0\n"
    "  eth0: 200986702    6292    1    2    3     4          5         6   247739    3428    7    8"
    "    9    10      11         12\n";

std::string with_header(std::string_view lines) { return std::string(kHeader).append(lines); }

TEST(ParseNetwork, ReadsBothDirections) {
  const auto interfaces = parse_network(with_header(kInterfaces));
  ASSERT_TRUE(interfaces);
  ASSERT_EQ(interfaces->size(), 2U);
  EXPECT_EQ((*interfaces)[0].name, "lo");
  EXPECT_EQ((*interfaces)[1].name, "eth0");
  EXPECT_EQ((*interfaces)[1].received, (NetworkCounters{200986702, 6292, 1, 2}));
  EXPECT_EQ((*interfaces)[1].transmitted, (NetworkCounters{247739, 3428, 7, 8}));
}

TEST(ParseNetwork, TakesNamesWithColonsAndNumbersGluedToThem) {
  const auto interfaces = parse_network("eth0:1:12 34 0 0 0 0 0 0 56 78\n");
  ASSERT_TRUE(interfaces);
  EXPECT_EQ((*interfaces)[0].name, "eth0:1");
  EXPECT_EQ((*interfaces)[0].received[0], 12U);
  EXPECT_EQ((*interfaces)[0].transmitted[1], 78U);
}

TEST(ParseNetwork, LeavesAbsentWhatIsMissingOrNoNumber) {
  const auto interfaces = parse_network("eth0: -1 18446744073709551616 x\n");
  ASSERT_TRUE(interfaces);
  EXPECT_EQ((*interfaces)[0].received, NetworkCounters{});
  EXPECT_EQ((*interfaces)[0].transmitted, NetworkCounters{});
}

TEST(ParseNetwork, RefusesATextWithoutInterfaces) {
  EXPECT_FALSE(parse_network(""));
  EXPECT_FALSE(parse_network(kHeader));
  EXPECT_FALSE(parse_network("  : 1 2 3\n"));
}

TEST(NetworkCollector, GivesEveryInterfaceButLo) {
  TempTree tree{{"net/dev", with_header(kInterfaces)}};
  NetworkCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  const auto value = [&](std::string_view metric) { return value_of(*samples, metric, {"eth0"}); };
  EXPECT_EQ(value("perfwatch_network_receive_bytes_total"), 200986702);
  EXPECT_EQ(value("perfwatch_network_transmit_bytes_total"), 247739);
  EXPECT_EQ(value("perfwatch_network_receive_packets_total"), 6292);
  EXPECT_EQ(value("perfwatch_network_transmit_packets_total"), 3428);
  EXPECT_EQ(value("perfwatch_network_receive_errors_total"), 1);
  EXPECT_EQ(value("perfwatch_network_transmit_errors_total"), 7);
  EXPECT_EQ(value("perfwatch_network_receive_dropped_total"), 2);
  EXPECT_EQ(value("perfwatch_network_transmit_dropped_total"), 8);
  EXPECT_EQ(samples->values.size(), 8U);
}

TEST(NetworkCollector, FallsBackToTheOtherPlaces) {
  for (const auto place : {"self/net/dev", "1/net/dev"}) {
    TempTree tree{{place, "eth0: 12\n"}};
    NetworkCollector collector({.procfs = tree.path()});
    const auto samples = collector.collect(Instant{});
    ASSERT_TRUE(samples) << place;
    EXPECT_EQ(value_of(*samples, "perfwatch_network_receive_bytes_total", {"eth0"}), 12);
  }
}

TEST(NetworkCollector, CapsTheFamilyAndCountsTheRest) {
  std::string text;
  for (std::size_t i = 0; i < kMaxItems + 2; ++i) text += "veth" + std::to_string(i) + ": 1\n";
  TempTree tree{{"net/dev", text}};
  NetworkCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(series_count(*samples, "perfwatch_network_receive_bytes_total"), kMaxItems);
  EXPECT_EQ(item_errors(*samples, ErrorKind::unsupported), 2U);
}

}  // namespace
}  // namespace perfwatch
