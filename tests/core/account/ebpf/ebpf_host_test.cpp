// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/ebpf_host.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

TEST(MissingCapabilities, NamesThem) {
  EXPECT_EQ(missing_capabilities("Name:\tx\nCapEff:\t0000000000000000\n"),
            "CAP_BPF and CAP_PERFMON");
  EXPECT_EQ(missing_capabilities("CapEff:\t0000008000000000\n"), "CAP_PERFMON");
  EXPECT_EQ(missing_capabilities("CapEff:\t0000004000000000\n"), "CAP_BPF");
  EXPECT_EQ(missing_capabilities("CapEff:\t000000c000000000\n"), "");
  EXPECT_EQ(missing_capabilities("CapEff:\t0000000000200000\n"), "");  // CAP_SYS_ADMIN has both
}

TEST(MissingCapabilities, DoesNotGuess) {
  EXPECT_EQ(missing_capabilities(""), "");
  EXPECT_EQ(missing_capabilities("CapEff:\tzzz\n"), "");
  EXPECT_EQ(missing_capabilities("CapPrm:\t0000000000000000\n"), "");
}

TEST(TellingLine, FindsTheReason) {
  EXPECT_EQ(telling_line("libbpf: prog 'on_exec': -- BEGIN PROG LOAD LOG --\n"
                         "0: R1=ctx() R10=fp0\n"
                         "R2 is not a scalar\n"
                         "processed 306 insns (limit 1000000) max_states_per_insn 0\n"
                         "-- END PROG LOAD LOG --\n"
                         "libbpf: prog 'on_exec': failed to load: -22\n"
                         "libbpf: failed to load object 'process_bpf'\n"),
            "R2 is not a scalar");
  EXPECT_EQ(telling_line("libbpf: failed to find valid kernel BTF\n"),
            "failed to find valid kernel BTF");
  EXPECT_EQ(telling_line(""), "");
  EXPECT_EQ(telling_line(std::string(1000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace perfwatch
