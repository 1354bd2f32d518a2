// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace perfwatch {

// What of this process is resident, but not needed: free memory of the heap, and code that ran once
// (reading the configuration, loading BPF, the start of libraries). Code that is needed after all
// comes back from the page cache, a fault for 64 KiB of it. Takes the locks of the heap: for a
// worker.
void give_back_memory();

// A mapping of /proc/self/maps that holds code of a file and nothing that was written: what stands
// there stands in the file, too. nullopt for any other line.
struct CodeMapping {
  std::uintptr_t begin = 0;
  std::size_t size = 0;
};
[[nodiscard]] std::optional<CodeMapping> code_mapping(std::string_view line);

}  // namespace perfwatch
