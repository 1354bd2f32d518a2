// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <stdlib.h>

namespace perfwatch::test {

// A folder with files given as literals, removed at the end: the kernel's tree beside the
// assertion.
//
//   TempTree tree{{"proc/loadavg", "0.00 0.01 0.05 1/64 1234\n"}};
//   LoadCollector collector(tree.path() + "/proc");
class TempTree {
 public:
  TempTree() : TempTree(std::initializer_list<std::pair<std::string_view, std::string_view>>{}) {}
  TempTree(std::initializer_list<std::pair<std::string_view, std::string_view>> files) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "perfwatch-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    for (const auto& [name, text] : files) write(name, text);
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;
  ~TempTree() {
    std::error_code ignored;  // nothing to be done about a leftover temporary folder
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  void write(std::string_view name, std::string_view text) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

 private:
  std::string path_;
};

}  // namespace perfwatch::test
