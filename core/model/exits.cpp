// SPDX-License-Identifier: Apache-2.0
#include "core/model/exits.h"

#include <algorithm>

namespace perfwatch {

void add_up(ExitKind& to, const ExitKind& from) {
  to.count += from.count;
  to.failed += from.failed;
  to.signalled += from.signalled;
  to.user_seconds += from.user_seconds;
  to.system_seconds += from.system_seconds;
  to.lived_seconds += from.lived_seconds;
  to.lived_known += from.lived_known;
  to.read_bytes += from.read_bytes;
  to.written_bytes += from.written_bytes;
  to.io_known += from.io_known;
  to.largest_peak_bytes = std::max(to.largest_peak_bytes, from.largest_peak_bytes);
  to.peak_bytes_sum += from.peak_bytes_sum;
  to.peak_known += from.peak_known;
}

}  // namespace perfwatch
