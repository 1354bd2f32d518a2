// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// Files of the kernel are small; one that is larger than this is refused as malformed, never
// truncated in silence.
inline constexpr std::size_t kKernelFileLimit = std::size_t{4} << 20;

// Reads one kernel file again and again: the descriptor stays open between reads, so that a round
// costs one pread (measured here: a third of open+read+close). Reopens by itself after an error.
// Not thread-safe; a collector owns its readers.
class RepeatedFile {
 public:
  explicit RepeatedFile(std::string path, std::size_t limit = kKernelFileLimit);

  // The whole text, valid until the next read(). Errors carry "reading PATH: ".
  [[nodiscard]] Result<std::string_view> read();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::size_t limit_;
  UniqueFd fd_;
  std::vector<char> buffer_;
};

// Reads files that are seen once (/proc/PID/..., configuration) into one buffer that is reused.
class FileReader {
 public:
  explicit FileReader(std::size_t limit = kKernelFileLimit);

  // The whole text, valid until the next read. Errors carry "reading PATH: ".
  [[nodiscard]] Result<std::string_view> read(const char* path);
  // The same below an open directory; errors have no context (the caller knows what it read).
  [[nodiscard]] Result<std::string_view> read_at(int directory, const char* name);

 private:
  std::size_t limit_;
  std::vector<char> buffer_;
};

}  // namespace perfwatch
