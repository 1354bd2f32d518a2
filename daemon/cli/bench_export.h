// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/bench.h"

namespace perfwatch {

// One --export of a bench.
struct BenchExport {
  enum class Format : std::uint8_t { json, markdown } format = Format::json;
  std::string file;  // empty: standard output
};

// "json", "markdown", "FILE.json", "FILE.md". Malformed: another name, two on standard output, a
// folder that nothing can be written into: found before anything runs.
[[nodiscard]] Result<std::vector<BenchExport>> read_exports(const std::vector<std::string>& given);

[[nodiscard]] Result<void> write_export(const BenchExport& where, const BenchReport& report);

}  // namespace perfwatch
