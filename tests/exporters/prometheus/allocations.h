// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace perfwatch::test {

// Calls of operator new in this program so far; allocations.cpp replaces it.
[[nodiscard]] std::uint64_t allocations();

}  // namespace perfwatch::test
