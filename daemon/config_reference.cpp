// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.h"

namespace perfwatch {
namespace {

// A cell of a Markdown table: its bars would end it.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

}  // namespace

std::string config_reference_markdown() {
  std::string out =
      "| Key | Type | Default | Environment | Meaning |\n"
      "|---|---|---|---|---|\n";
  for (const auto& key : config_keys()) {
    // A default in words ("(must be given)") is no code.
    const bool words = key.default_text.find(' ') != std::string::npos;
    out += "| " + code(key.path) + " | " + cell(key.type) + " | " +
           (words ? cell(key.default_text) : code(key.default_text)) + " | " +
           code(key.environment) + " | " + cell(key.help) + " |\n";
  }
  return out;
}

}  // namespace perfwatch
