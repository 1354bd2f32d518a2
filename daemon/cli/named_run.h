// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/model/run.h"
#include "core/store/database.h"

namespace perfwatch {

// The run that somebody names on the command line: by its id, or the beginning or the end of that,
// or as "last", the newest. Gone: there is none. Malformed: several, or that is no id. All else:
// the database cannot be read.
[[nodiscard]] Result<Run> find_named_run(Database& database, const std::string& name);

}  // namespace perfwatch
