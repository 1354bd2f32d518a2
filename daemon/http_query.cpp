// SPDX-License-Identifier: Apache-2.0
#include "daemon/http_query.h"

#include <algorithm>
#include <vector>

#include "core/base/percent.h"
#include "core/base/text.h"
#include "daemon/since.h"

namespace perfwatch {
namespace {

constexpr std::size_t kShownOfAName = 40;

std::string decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

// Takes what stands before the first `end` off the front of `text`, and the `end` with it.
std::string_view take(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

std::string_view without_origin(std::string_view target) {
  if (!target.starts_with("http://") && !target.starts_with("https://")) return target;
  const auto path = target.find('/', target.find("//") + 2);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    if (take(words, ' ') == word) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> HttpQuery::find(std::string_view name) const {
  std::string_view rest = text_;
  while (!rest.empty()) {
    std::string_view pair = take(rest, '&');
    if (decoded(take(pair, '=')) == name) return decoded(pair);
  }
  return std::nullopt;
}

std::optional<std::size_t> HttpQuery::number(std::string_view name, std::size_t most,
                                             std::size_t fallback) const {
  const auto value = find(name);
  if (!value) return fallback;
  const auto number = to_number<std::size_t>(*value);
  if (!number || *number == 0 || *number > most) return std::nullopt;
  return number;
}

std::optional<std::string> HttpQuery::mistake(std::string_view known) const {
  std::vector<std::string> seen;
  std::string_view rest = text_;
  while (!rest.empty()) {
    std::string_view pair = take(rest, '&');
    if (pair.empty()) continue;
    std::string name = decoded(take(pair, '='));
    const auto shown = printable_utf8(std::string_view(name).substr(0, kShownOfAName));
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return "the parameter " + shown + " is given twice";
    }
    if (!has_word(known, name)) {
      return "unknown parameter " + shown +
             (known.empty() ? ", there is none here" : ", known: " + std::string(known));
    }
    seen.push_back(std::move(name));
  }
  return std::nullopt;
}

HttpTarget::HttpTarget(std::string_view target) : query({}) {
  std::string_view rest = without_origin(target);
  path = take(rest, '?');
  query = HttpQuery(rest);
}

std::optional<std::chrono::system_clock::time_point> time_of_parameter(const std::string& text) {
  if (const auto seconds = to_number<double>(text)) return time_since_1970(*seconds);
  return parse_since(text, std::chrono::system_clock::now());
}

}  // namespace perfwatch
