// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/model/finding.h"
#include "core/model/frame.h"

namespace perfwatch {

// What the answers share. Keys keep the order in which they are written, for who reads with curl.
using Json = nlohmann::ordered_json;

// Leaves the key out when there is no value or JSON cannot say it (NaN, infinity).
void put(Json& object, const char* key, std::optional<double> value);
// {"group":"cc1plus"}; the later of two equal names wins.
[[nodiscard]] Json labels_object(const Labels& labels);
// The kills of a frame, newest first, at most `limit`.
[[nodiscard]] Json oom_list(const Frame& frame, std::size_t limit);
[[nodiscard]] std::string success(Json data);

}  // namespace perfwatch
