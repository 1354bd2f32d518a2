// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace perfwatch::test {

// A file of the checkout: source_path("docs/metrics.md"). A function, not a macro: only one object
// knows the folder, so that a compiler cache serves all others in every checkout.
[[nodiscard]] std::string source_path(std::string_view name);

}  // namespace perfwatch::test
