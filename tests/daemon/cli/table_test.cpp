// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

using testing::ElementsAre;

Table sample() {
  return {{{"NAME", 4, true, true, 0}, {"CPU", 4, false, false, 0}, {"MEM", 4, false, false, 1}},
          {{"cc1plus-with-a-long-name", "99", "1.5G"}, {"größe", "1", "-"}}};
}

TEST(LayOut, NeedsNoWidthToShowEverything) {
  use_utf8_locale();
  EXPECT_THAT(lay_out(sample(), 0), ElementsAre("NAME                      CPU  MEM",
                                                "cc1plus-with-a-long-name   99 1.5G",
                                                "größe                       1    -"));
}

TEST(LayOut, CutsTheStretchingColumn) {
  use_utf8_locale();
  EXPECT_THAT(lay_out(sample(), 24),
              ElementsAre("NAME            CPU  MEM", "cc1plus-with-…   99 1.5G",
                          "größe             1    -"));
}

TEST(LayOut, DropsColumnsWhenItIsTooNarrow) {
  use_utf8_locale();
  EXPECT_THAT(lay_out(sample(), 20),
              ElementsAre("NAME             CPU", "cc1plus-with-a…   99", "größe              1"));
  for (std::size_t width = 1; width < 20; ++width) {
    for (const auto& line : lay_out(sample(), width)) EXPECT_LE(display_width(line), width);
  }
}

}  // namespace
}  // namespace perfwatch
