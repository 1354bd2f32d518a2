// SPDX-License-Identifier: Apache-2.0
#include "core/collect/sockets.h"

#include <gtest/gtest.h>

#include "tests/core/collect/value_of.h"
#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

using test::TempTree;
using test::value_of;

constexpr const char* kText =
    "sockets: used 171\n"
    "TCP: inuse 5 orphan 1 tw 12 alloc 9 mem 3\n"
    "UDP: inuse 2 mem 1\n"
    "UDPLITE: inuse 0\n"
    "RAW: inuse 0\n"
    "FRAG: inuse 0 memory 0\n";

TEST(SocketsCollector, GivesWhatTheKernelCounts) {
  TempTree tree{{"net/sockstat", kText}};
  SocketsCollector collector({.procfs = tree.path()});
  const auto samples = collector.collect(Instant{});
  ASSERT_TRUE(samples);
  EXPECT_EQ(value_of(*samples, "perfwatch_sockets_used"), 171);
  EXPECT_EQ(value_of(*samples, "perfwatch_tcp_sockets", {"in_use"}), 5);
  EXPECT_EQ(value_of(*samples, "perfwatch_tcp_sockets", {"orphaned"}), 1);
  EXPECT_EQ(value_of(*samples, "perfwatch_tcp_sockets", {"time_wait"}), 12);
  EXPECT_EQ(value_of(*samples, "perfwatch_tcp_sockets", {"allocated"}), 9);
  EXPECT_EQ(value_of(*samples, "perfwatch_udp_sockets"), 2);
}

TEST(ParseSockets, LeavesOutWhatIsNotThere) {
  const auto counts = parse_sockets("sockets: used 3\nTCP: orphan 1\n");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->used, 3);
  EXPECT_EQ(counts->tcp_orphaned, 1);
  EXPECT_FALSE(counts->tcp_in_use);
  EXPECT_FALSE(counts->udp_in_use);
}

TEST(ParseSockets, RefusesWhatTheKernelNeverWrites) {
  for (const auto* text : {"", "\n", "sockets:", "sockets: used", "sockets: used -3",
                           "sockets: used 99999999999999999999999", "used 3", "TCP: inuse 3"}) {
    const auto counts = parse_sockets(text);
    ASSERT_FALSE(counts) << text;
    EXPECT_EQ(counts.error().kind, ErrorKind::malformed);
  }
}

}  // namespace
}  // namespace perfwatch
