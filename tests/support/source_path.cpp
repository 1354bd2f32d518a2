// SPDX-License-Identifier: Apache-2.0
#include "tests/support/source_path.h"

namespace perfwatch::test {

std::string source_path(std::string_view name) {
  return std::string(PERFWATCH_SOURCE_DIR "/").append(name);
}

}  // namespace perfwatch::test
