// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_names.h"

#include <algorithm>
#include <cctype>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLongestName = 128;  // of a label
constexpr std::size_t kLongestValue = 256;
constexpr std::size_t kMostWords = 3;
constexpr std::size_t kLongestOperation = 60;

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

// A word that says what is done, not how or where to.
bool is_verb(std::string_view word) {
  if (word.empty() || word.front() == '-') return false;
  if (word.find_first_of("/=\\ \t\n") != std::string_view::npos || word == "." || word == "..") {
    return false;
  }
  return std::any_of(word.begin(), word.end(),
                     [](char c) { return std::isdigit(static_cast<unsigned char>(c)) == 0; });
}

}  // namespace

std::string default_component(std::string_view folder,
                              const std::function<bool(const std::string&)>& exists) {
  for (std::string_view at = folder; at.size() > 1; at = at.substr(0, at.rfind('/'))) {
    if (exists(std::string(at) + "/.git")) return clean_name(base_name(at));
  }
  const std::string name = clean_name(base_name(folder));
  return name.empty() ? "/" : name;
}

std::string default_operation(const std::vector<std::string>& command) {
  if (command.empty()) return {};
  std::string operation = clean_name(base_name(command.front()));
  std::size_t words = 1;
  for (std::size_t i = 1; i < command.size() && words < kMostWords; ++i) {
    if (!is_verb(command[i])) continue;
    const std::string word = clean_name(command[i]);
    if (operation.size() + 1 + word.size() > kLongestOperation) break;
    operation += ' ' + word;
    ++words;
  }
  return std::string(cut_utf8(operation, kLongestOperation));
}

Result<std::pair<std::string, std::string>> parse_label(std::string_view text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  if (equals == std::string_view::npos || !is_label_name(name) || name.size() > kLongestName) {
    return fail(ErrorKind::malformed, "\"" + printable_utf8(text) +
                                          "\" is no label: NAME=VALUE, the name of letters, digits "
                                          "and _");
  }
  const auto value = text.substr(equals + 1);
  if (value.size() > kLongestValue) {
    return fail(ErrorKind::malformed, "the value of label " + std::string(name) + " has " +
                                          std::to_string(value.size()) + " bytes, at most " +
                                          std::to_string(kLongestValue) + " are allowed");
  }
  return std::pair(std::string(name), printable_utf8(value));
}

RunLabels merge_labels(RunLabels own, const RunLabels& others) {
  own.insert(own.end(), others.begin(), others.end());
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(own.begin(), own.end(), by_name);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  own.erase(std::unique(own.begin(), own.end(), same), own.end());
  return own;
}

}  // namespace perfwatch
