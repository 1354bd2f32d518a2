// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/run.h"

namespace perfwatch {

// A run as one JSON object, indented, with a newline at the end. What is not known has no key.
[[nodiscard]] std::string run_json(const Run& run);

}  // namespace perfwatch
