// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// What a run is called when nobody says. All pure: environment and files come as functions.
using Environment = std::function<std::optional<std::string>(const char* name)>;
using RunLabels = std::vector<std::pair<std::string, std::string>>;

// What a CI system says of the job; empty where it does not. GitHub, GitLab, Jenkins, Buildkite.
struct CiNames {
  std::string component;  // the repository or pipeline
  std::string operation;  // job and step
  RunLabels labels;       // commit, branch
};
[[nodiscard]] CiNames ci_names(const Environment& environment);

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

// Printable, at most 128 bytes.
[[nodiscard]] std::string clean_name(std::string_view name);

}  // namespace perfwatch
