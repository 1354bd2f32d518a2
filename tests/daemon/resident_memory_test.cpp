// SPDX-License-Identifier: Apache-2.0
#include "daemon/resident_memory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace perfwatch {
namespace {

TEST(CodeMapping, IsWhatAFileHoldsAndNobodyWrote) {
  const auto code =
      code_mapping("7f0a3c000000-7f0a3c021000 r-xp 00026000 fe:00 1234   /lib/libc.so.6");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->begin, 0x7f0a3c000000U);
  EXPECT_EQ(code->size, 0x21000U);
}

TEST(CodeMapping, IsNothingElse) {
  for (const char* line : {
           "7f0a3c000000-7f0a3c021000 r--p 00026000 fe:00 1234 /lib/libc.so.6",  // or relocations
           "7f0a3c000000-7f0a3c021000 rwxp 00026000 fe:00 1234 /lib/libc.so.6",
           "7f0a3c000000-7f0a3c021000 r-xs 00026000 fe:00 1234 /dev/shared",
           "7ffd1d5fe000-7ffd1d600000 r-xp 00000000 00:00 0    [vdso]",
           "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]",
           "7f0a3c021000-7f0a3c000000 r-xp 00026000 fe:00 1234 /lib/libc.so.6",
           "7f0a3c000000 r-xp 00026000 fe:00 1234 /lib/libc.so.6",
           "7f0a3c00000g-7f0a3c021000 r-xp 00026000 fe:00 1234 /lib/libc.so.6",
           "fffffffffffffffff-fffffffffffffffffff r-xp 0 0 1 x",
           "-",
           "",
       }) {
    EXPECT_FALSE(code_mapping(line)) << line;
  }
}

long resident_file_kib() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssFile:")) return std::stol(line.substr(8));
  }
  return 0;
}

TEST(GiveBackMemory, LetsCodeGoThatNobodyRunsAndRunsOn) {
  const long before = resident_file_kib();
  give_back_memory();
  EXPECT_LT(resident_file_kib(), before);
  give_back_memory();  // its own code came back
  EXPECT_GT(resident_file_kib(), 0);
}

}  // namespace
}  // namespace perfwatch
