// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// A file that a command will write when its work is done. Opened before, so that a path that cannot
// be written costs no build; what was in it stays until there is something better.
class OutputFile {
 public:
  // No file, as long as none is opened.
  OutputFile() = default;
  // `option` names it in errors: "--json".
  [[nodiscard]] static Result<OutputFile> open(std::string_view option, const std::string& path);

  [[nodiscard]] bool valid() const { return file_.valid(); }
  // Both are open, on one regular file: the second would overwrite what the first wrote.
  [[nodiscard]] bool is_same(const OutputFile& other) const;
  [[nodiscard]] Result<void> write(std::string_view text);

 private:
  OutputFile(UniqueFd file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  UniqueFd file_;
  std::string name_;  // "--json run.json"
};

}  // namespace perfwatch
