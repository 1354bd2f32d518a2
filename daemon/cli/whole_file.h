// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// All of it, however often it takes. The errno; 0 when all is written.
[[nodiscard]] int write_all(int file, std::string_view text);

// Puts `text` into the file, whole or not at all: it is written beside and renamed. What is there
// and no regular file (a pipe, a terminal) is written as it is.
[[nodiscard]] Result<void> write_whole_file(const std::string& path, std::string_view text);

// What is read: "-" is standard input. The descriptor is ours; errno where it is invalid.
[[nodiscard]] UniqueFd open_input(const std::string& path);
// Its name in messages.
[[nodiscard]] std::string input_name(const std::string& path);

// All that is in the file, or comes through it (a pipe, "-" for standard input), up to `limit`
// bytes; malformed where there is more. Errors carry "reading PATH: ".
[[nodiscard]] Result<std::string> read_whole_file(const std::string& path, std::size_t limit);

}  // namespace perfwatch
