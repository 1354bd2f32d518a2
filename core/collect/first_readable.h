// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/file_reader.h"

namespace perfwatch {

// One text of the kernel that has several places: the first one that can be read is, each round
// anew.
class FirstReadable {
 public:
  // The best place first; at least one.
  FirstReadable(std::initializer_list<std::string> paths) {
    for (const auto& path : paths) files_.emplace_back(path);
  }

  // As RepeatedFile::read(). When no place can be read, the error is that of the first one.
  [[nodiscard]] Result<std::string_view> read() {
    for (at_ = 0; at_ < files_.size(); ++at_) {
      auto text = files_[at_].read();
      if (text) return text;
    }
    at_ = 0;
    return files_[at_].read();
  }
  // Of the last read().
  [[nodiscard]] const std::string& path() const { return files_[at_].path(); }

 private:
  std::vector<RepeatedFile> files_;
  std::size_t at_ = 0;
};

}  // namespace perfwatch
