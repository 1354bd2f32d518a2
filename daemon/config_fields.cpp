// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_fields.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/text.h"
#include "daemon/config_json.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;

constexpr std::string_view kDurationExamples = "(examples: 500ms, 2s, 1m30s)";
constexpr std::string_view kSizeExamples = "(examples: 512MiB, 1.5GB, 2GiB, or a number of bytes)";

// The text of `value`, or nullptr with "expected WHAT, got ..." reported.
const std::string* as_text(const json& value, const Place& at, std::string_view what) {
  if (value.is_string()) return value.get_ptr<const std::string*>();
  std::string problem = "expected ";
  problem.append(what).append(", got ").append(describe(value));
  if (value.is_null()) problem += " (leave the key out for its default)";
  at.problem(problem);
  return nullptr;
}

bool is_number_text(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string out_of_range(std::string_view value, std::string_view least, std::string_view most) {
  return std::string(value).append(" is out of range: ").append(least).append(" to ").append(most);
}

void clear_matchers(Rule& rule) {
  rule.labels.clear();
  rule.except.clear();
}

// "!regex" is for all series but those that match.
void add_matcher(Rule& rule, const std::string& name, std::string pattern) {
  if (pattern.starts_with('!')) {
    rule.except.push_back({name, pattern.substr(1)});
  } else {
    rule.labels.push_back({name, std::move(pattern)});
  }
}

bool is_map(const json& value, const Place& at) {
  if (!is_object(value, at)) return false;
  if (value.size() <= kMostTexts) return true;
  at.problem("has " + std::to_string(value.size()) + " entries, at most " +
             std::to_string(kMostTexts) + " are allowed");
  return false;
}

}  // namespace

std::string duration_type(nanoseconds least, nanoseconds most) {
  return "duration, " + format_duration(least) + " to " + format_duration(most);
}

std::optional<nanoseconds> read_duration(const json& value, const Place& at, nanoseconds least,
                                         nanoseconds most) {
  if (value.is_number() ||
      (value.is_string() && is_number_text(value.get_ref<const std::string&>()))) {
    const std::string number = value.is_number() ? value.dump() : value.get<std::string>();
    at.problem(quote(number) + " has no unit " + std::string(kDurationExamples));
    return std::nullopt;
  }
  const auto* text = as_text(value, at, "a duration " + std::string(kDurationExamples));
  if (text == nullptr) return std::nullopt;
  const auto parsed = parse_duration(*text);
  if (!parsed) {
    at.problem(quote(*text) + " is not a duration " + std::string(kDurationExamples));
    return std::nullopt;
  }
  if (*parsed < least || *parsed > most) {
    at.problem(out_of_range(quote(*text), format_duration(least), format_duration(most)));
    return std::nullopt;
  }
  return parsed;
}

std::optional<std::size_t> read_count(const json& value, const Place& at, std::size_t least,
                                      std::size_t most) {
  if (!value.is_number_integer()) {
    at.problem("expected an integer from " + std::to_string(least) + " to " + std::to_string(most) +
               ", got " + describe(value));
    return std::nullopt;
  }
  const bool negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
  if (negative || value.get<std::uint64_t>() < least || value.get<std::uint64_t>() > most) {
    at.problem(out_of_range(value.dump(), std::to_string(least), std::to_string(most)));
    return std::nullopt;
  }
  return value.get<std::size_t>();
}

std::optional<std::uint64_t> read_size(const json& value, const Place& at, std::uint64_t least) {
  std::optional<std::uint64_t> size;
  if (value.is_number_unsigned()) {
    size = value.get<std::uint64_t>();
  } else if (value.is_number()) {
    at.problem("expected a size " + std::string(kSizeExamples) + ", got " + describe(value));
    return std::nullopt;
  } else {
    const auto* text = as_text(value, at, "a size " + std::string(kSizeExamples));
    if (text == nullptr) return std::nullopt;
    size = parse_size(*text);
    if (!size) {
      at.problem(quote(*text) + " is not a size " + std::string(kSizeExamples));
      return std::nullopt;
    }
  }
  if (*size < least) {
    at.problem(std::to_string(*size) + " bytes are too few, the least is " + std::to_string(least) +
               " (was a unit meant? examples: 512MiB, 2GiB)");
    return std::nullopt;
  }
  return size;
}

std::optional<std::string> read_text(const json& value, const Place& at, TextForm form) {
  const auto* text = as_text(value, at, "a text");
  if (text == nullptr) return std::nullopt;
  if (text->size() > kLongestText) {
    at.problem("is " + std::to_string(text->size()) + " bytes long, at most " +
               std::to_string(kLongestText) + " are allowed");
    return std::nullopt;
  }
  const auto forbidden = [&](char c) {
    const bool line_break = c == '\n' || c == '\t';
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7F) && !(line_break && form == TextForm::lines);
  };
  if (std::any_of(text->begin(), text->end(), forbidden)) {
    at.problem(quote(*text) + " has a control character in it");
    return std::nullopt;
  }
  return *text;
}

std::optional<std::vector<std::string>> read_texts(const json& value, const Place& at) {
  if (value.is_string()) {
    at.problem("expected a list of texts, got " + describe(value) + " (put it in brackets: [" +
               quote(value.get_ref<const std::string&>()) + "])");
    return std::nullopt;
  }
  if (!is_list(value, at, kMostTexts)) return std::nullopt;
  std::vector<std::string> out;
  bool good = true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Place place = at.child(i);
    auto text = read_text(value[i], place);
    if (text && text->empty()) place.problem("is empty");
    good = good && text && !text->empty();
    if (good) out.push_back(std::move(*text));
  }
  if (!good) return std::nullopt;
  return out;
}

std::optional<std::string> read_url(const json& value, const Place& at, std::string_view example) {
  auto text = read_text(value, at);
  if (!text) return std::nullopt;
  if (const auto url = parse_http_url(*text); !url) {
    // The URL may carry a password: it is shown up to the host only, and only without one.
    const bool secret = text->find('@') != std::string::npos;
    at.problem((secret ? "the URL" : quote(*text)) + " is not an http(s) URL: " + url.error().text +
               (secret ? " (in a password / is written %2F, ? %3F, # %23, @ %40)" : "") +
               " (example: " + std::string(example) + ")");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> read_base_url(const json& value, const Place& at,
                                         const BaseUrl& expected) {
  auto url = read_url(value, at, expected.example);
  if (!url) return std::nullopt;
  const auto path = url->find('/', url->find("//") + 2);
  if (path != std::string::npos && url->find('@', path) != std::string::npos) {
    at.problem("a \"/\" in a password is written %2F, an \"@\" in a path %40");
    return std::nullopt;
  }
  if (url->find('?') != std::string::npos) {
    at.problem("the URL of " + std::string(expected.whose) + " has no query (?...)");
    return std::nullopt;
  }
  while (url->ends_with('/')) url->pop_back();
  if (url->find("/api/v1", url->find("//") + 2) != std::string::npos ||
      url->find("/api/v2", url->find("//") + 2) != std::string::npos) {
    at.problem("leave the /api/... part out, perfwatch appends " + std::string(expected.appended));
    return std::nullopt;
  }
  return url;
}

std::optional<Bound> read_bound(const json& value, const Place& at) {
  constexpr std::string_view kExpected =
      "expected exactly one of {\"above\": number} and {\"below\": number}";
  if (!value.is_object() || value.size() != 1 ||
      !(value.contains("above") || value.contains("below"))) {
    std::string got = describe(value);
    if (value.is_object() && value.size() == 1)
      got += " with the key " + quote(value.begin().key());
    if (value.is_object() && value.size() > 1)
      got += " with " + std::to_string(value.size()) + " keys";
    at.problem(std::string(kExpected) + ", got " + got);
    return std::nullopt;
  }
  const auto side = value.begin();
  if (!side.value().is_number()) {
    const bool text = side.value().is_string();
    at.child(side.key())
        .problem("expected a number, got " + describe(side.value()) +
                 (text ? " (90 % is written 0.9, 2 GiB is 2147483648)" : ""));
    return std::nullopt;
  }
  return Bound{side.key() == "above" ? Bound::Side::above : Bound::Side::below,
               side.value().get<double>()};
}

std::optional<std::optional<AccountingTier>> read_tier(const json& value, const Place& at) {
  constexpr std::array kTiers{AccountingTier::ebpf, AccountingTier::taskstats,
                              AccountingTier::poll};
  const auto* text = as_text(value, at, "one of auto, ebpf, taskstats, poll");
  if (text == nullptr) return std::nullopt;
  if (*text == "auto") return std::optional<AccountingTier>();
  for (const auto tier : kTiers) {
    if (*text == to_string(tier)) return tier;
  }
  at.problem(quote(*text) + " is not one of auto, ebpf, taskstats, poll");
  return std::nullopt;
}

std::optional<Severity> read_severity(const json& value, const Place& at) {
  constexpr std::array kSeverities{Severity::info, Severity::warning, Severity::critical};
  const auto* text = as_text(value, at, "one of info, warning, critical");
  if (text == nullptr) return std::nullopt;
  for (const auto severity : kSeverities) {
    if (*text == to_string(severity)) return severity;
  }
  at.problem(quote(*text) + " is not one of info, warning, critical");
  return std::nullopt;
}

std::optional<RuleKind> read_rule_kind(const json& value, const Place& at) {
  constexpr std::array kKinds{RuleKind::threshold, RuleKind::trend, RuleKind::leak,
                              RuleKind::anomaly};
  constexpr std::string_view kNames = "one of threshold, trend, leak, anomaly";
  const auto* text = as_text(value, at, kNames);
  if (text == nullptr) return std::nullopt;
  for (const auto kind : kKinds) {
    if (*text == to_string(kind)) return kind;
  }
  at.problem(quote(*text) + " is not " + std::string(kNames));
  return std::nullopt;
}

std::optional<double> read_any_number(const json& value, const Place& at) {
  if (value.is_number()) return value.get<double>();
  at.problem("expected a number, got " + describe(value));
  return std::nullopt;
}

std::optional<Labels> read_labels(const json& value, const Place& at) {
  if (!is_map(value, at)) return std::nullopt;
  Labels out;
  for (const auto& [name, entry] : value.items()) {
    const Place place = at.child(name);
    if (!is_label_name(name, place)) continue;
    if (name == "alertname" || name == "severity") {
      place.problem("this label is set by the rule");
      continue;
    }
    if (auto text = read_text(entry, place)) out.emplace_back(name, std::move(*text));
  }
  return out;  // sorted, as the parser's objects are
}

void read_matchers(const json& value, const Place& at, Rule& rule) {
  if (!is_map(value, at)) return;
  clear_matchers(rule);
  for (const auto& [name, entry] : value.items()) {
    const Place place = at.child(name);
    if (!is_label_name(name, place)) continue;
    if (auto pattern = read_text(entry, place)) {
      add_matcher(rule, name, std::move(*pattern));
    }
  }
}

bool is_object(const json& value, const Place& at) {
  if (value.is_object()) return true;
  at.problem("expected an object { ... }, got " + describe(value));
  return false;
}

bool is_list(const json& value, const Place& at, std::size_t most) {
  if (!value.is_array()) {
    at.problem("expected a list [ ... ], got " + describe(value));
    return false;
  }
  if (value.size() <= most) return true;
  at.problem("has " + std::to_string(value.size()) + " elements, at most " + std::to_string(most) +
             " are allowed");
  return false;
}

bool is_label_name(std::string_view text, const Place& at) {
  if (is_label_name(text) && !text.starts_with("__")) return true;
  at.problem("not a label name (letters, digits and _, not beginning with a digit or __)");
  return false;
}

}  // namespace perfwatch
