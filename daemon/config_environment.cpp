// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/text.h"
#include "daemon/config_json.h"
#include "daemon/config_keys.h"

namespace perfwatch {
namespace {

constexpr std::string_view kPrefix = "PERFWATCH_";

// Set by others for others: the address that scripts ask, and what belongs to tests.
bool is_reserved(std::string_view name) {
  return name == "PERFWATCH_ADDRESS" || name.starts_with("PERFWATCH_TEST_");
}

// A number is a number, true is true, [...] and {...} are JSON; everything else is text and needs
// no quotes.
std::optional<json> value_of(const std::string& text, const std::string& type, const Place& at) {
  if (type.starts_with("list") || type.starts_with("object")) {
    const char opening = type.starts_with("list") ? '[' : '{';
    if (trim(text).starts_with(opening)) return read_json(text, at);
    at.problem(quote(text) + " is not JSON (example: " +
               (opening == '[' ? R"(["a", "b"])" : R"({"site": "x"})") + ")");
    return std::nullopt;
  }
  if (type.starts_with("integer")) {
    if (const auto number = to_number<std::int64_t>(text)) return json(*number);
  }
  if (type.starts_with("number")) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && std::isfinite(number)) return json(number);
  }
  if (type == "true or false" && (text == "true" || text == "false")) return json(text == "true");
  return json(text);
}

// The key that `name` was probably meant to be, for a variable that is none. Empty: not ours to
// judge. Service managers and scripts have PERFWATCH_ variables of their own (a Kubernetes service
// called "perfwatch" alone makes seven), so only what looks like a key is one.
std::string meant_by(std::string_view name, const std::vector<std::string_view>& known) {
  const auto rest = name.substr(kPrefix.size());
  if (rest.size() <= 64) {
    std::vector<std::string_view> parts;
    for (const auto candidate : known) {
      const auto part = candidate.substr(kPrefix.size());
      if (part.ends_with("_" + std::string(rest))) return std::string(candidate);
      parts.push_back(part);
    }
    const auto near = nearest(rest, parts);
    if (near && edit_distance(rest, *near) <= rest.size() / 3) {
      return std::string(kPrefix).append(*near);
    }
  }
  return "";
}

void report_unknown(std::string_view name, const std::vector<std::string_view>& known,
                    const Place& at) {
  const std::string meant = meant_by(name, known);
  if (!meant.empty()) {
    at.problem("unknown variable, did you mean " + meant + "?");
    return;
  }
  for (const std::string_view section :
       {"SAMPLING_", "ACCOUNTING_", "BUDGET_", "GROUPS_", "ALERTING_", "WEB_"}) {
    if (!name.substr(kPrefix.size()).starts_with(section)) continue;
    std::string list;
    for (const auto candidate : known) {
      if (!candidate.substr(kPrefix.size()).starts_with(section)) continue;
      list.append(list.empty() ? "" : ", ").append(candidate);
    }
    at.problem("unknown variable; known here: " + list);
  }
}

}  // namespace

std::string environment_name(std::string_view path) {
  std::string out(kPrefix);
  for (const char c : path) {
    out += c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return out;
}

void read_environment(const Environment& environment, Problems& problems, Draft& draft) {
  std::map<std::string_view, std::string> given;  // as getenv: the first of a name counts
  for (const auto& entry : environment) {
    const auto equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string::npos) continue;
    if (equals + 1 == entry.size()) continue;  // empty: not set
    given.emplace(std::string_view(entry).substr(0, equals), entry.substr(equals + 1));
  }
  std::vector<std::string> names;
  for (const auto& key : config_table()) names.push_back(environment_name(key.path));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = given.find(names[i]);
    if (found == given.end()) continue;
    const auto& field = config_table()[i].field;
    const Place at(problems, names[i]);
    if (const auto value = value_of(found->second, field.type, at)) field.read(*value, at, draft);
    given.erase(found);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const auto& [name, text] : given) {
    if (!is_reserved(name)) report_unknown(name, known, Place(problems, printable_utf8(name)));
  }
}

Environment process_environment() {
  Environment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    out.emplace_back(*entry);
  }
  return out;
}

}  // namespace perfwatch
