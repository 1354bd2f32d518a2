// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/cli/answers.h"
#include "daemon/cli/top_rows.h"

namespace perfwatch {

// What `perfwatch top --dead` shows: kinds of programs that ended.
[[nodiscard]] std::vector<TopRow> dead_rows(const std::vector<ExitRow>& kinds);
[[nodiscard]] std::vector<Column> dead_columns();

// "51342 ended in 5m 36s, CPU 17m 2s; tier ebpf, exact"; "nothing ended in 5m 36s; ...".
[[nodiscard]] std::string dead_line(const ExitsAnswer& exits);

}  // namespace perfwatch
