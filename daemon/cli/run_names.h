// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/account/ci_names.h"
#include "core/base/result.h"

namespace perfwatch {

// What a run is called when neither its user nor CI says. All pure: files come as a function.

// `exists` says whether there is a file or folder. The name of the nearest folder with a .git in it
// (a folder, or the file of a worktree), else that of `folder`, which is absolute.
[[nodiscard]] std::string default_component(std::string_view folder,
                                            const std::function<bool(const std::string&)>& exists);

// The program's base name and the words that follow, but no options, paths, assignments or numbers:
// at most 3 words and 60 bytes. {"/usr/bin/make", "-j8", "all"} -> "make all".
[[nodiscard]] std::string default_operation(const std::vector<std::string>& command);

// "commit=1a2b3c": a name as a label of Prometheus has it, and any value of at most 256 bytes.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_label(std::string_view text);

// Sorted by name; of two with one name `own` wins.
[[nodiscard]] RunLabels merge_labels(RunLabels own, const RunLabels& others);

}  // namespace perfwatch
