// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_surroundings.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "daemon/cli/run_names.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostLabels = 32;

Result<RunLabels> read_labels(const GivenNames& given) {
  RunLabels labels;
  for (const auto& text : given.labels) {
    auto label = parse_label(text);
    if (!label) return tl::unexpected(within("--label", std::move(label.error())));
    labels.push_back(std::move(*label));
  }
  if (given.cold) labels.insert(labels.begin(), {"cache", "cold"});
  if (labels.size() > kMostLabels) {
    return fail(ErrorKind::malformed, "--label: at most " + std::to_string(kMostLabels));
  }
  return labels;
}

}  // namespace

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

std::string component_here(const std::string& given) {
  if (auto name = clean_name(given); !name.empty()) return name;
  if (auto name = ci_names(environment).component; !name.empty()) return name;
  std::error_code failed;
  const auto folder = std::filesystem::current_path(failed);
  return default_component(failed ? "/" : folder.string(), [](const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
  });
}

Result<RunNames> names_here(const GivenNames& given) {
  auto labels = read_labels(given);
  if (!labels) return tl::unexpected(std::move(labels.error()));
  const CiNames ci = ci_names(environment);
  RunNames names;
  names.component = component_here(given.component);
  names.operation = clean_name(given.operation);
  if (names.operation.empty()) names.operation = ci.operation;
  names.labels = merge_labels(std::move(*labels), ci.labels);
  return names;
}

}  // namespace perfwatch
