// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/taskstats_reader.h"

namespace perfwatch {

Result<std::unique_ptr<ProcessReader>> make_taskstats_reader() {
  return fail(ErrorKind::unsupported, "not built in");
}

}  // namespace perfwatch
