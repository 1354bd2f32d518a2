// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/run.h"

namespace perfwatch {

template <class... Args>
void put_markdown(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// A heading and a list of sentences; nothing without sentences.
void append_markdown_list(std::string& out, std::string_view heading,
                          const std::vector<std::string>& sentences);
// The commands of a run that took most CPU time and most memory; nothing where none is known.
void append_markdown_commands(std::string& out, const Run& run);

}  // namespace perfwatch
