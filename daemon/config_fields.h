// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config.h"
#include "daemon/config_place.h"

namespace perfwatch {

// The types that a key can have. Each reader reports what is wrong at `at` and returns nothing.

using nlohmann::json;

[[nodiscard]] std::optional<std::chrono::nanoseconds> read_duration(const json& value,
                                                                    const Place& at,
                                                                    std::chrono::nanoseconds least,
                                                                    std::chrono::nanoseconds most);
[[nodiscard]] std::optional<std::size_t> read_count(const json& value, const Place& at,
                                                    std::size_t least, std::size_t most);
[[nodiscard]] std::optional<std::uint64_t> read_size(const json& value, const Place& at,
                                                     std::uint64_t least);

// A power of 2 within the bounds.
[[nodiscard]] std::optional<std::size_t> read_ring_size(const json& value, const Place& at,
                                                        std::size_t least, std::size_t most);
[[nodiscard]] std::optional<double> read_number(const json& value, const Place& at, double least,
                                                double most);
[[nodiscard]] std::optional<bool> read_flag(const json& value, const Place& at);
// "auto" is the inner nullopt: the best that works.
[[nodiscard]] std::optional<std::optional<AccountingTier>> read_tier(const json& value,
                                                                     const Place& at);

inline constexpr std::size_t kLongestText = 4096;
inline constexpr std::size_t kMostTexts = 1000;      // in one list or object
enum class TextForm : std::uint8_t { line, lines };  // without and with line breaks
[[nodiscard]] std::optional<std::string> read_text(const json& value, const Place& at,
                                                   TextForm form = TextForm::line);
[[nodiscard]] std::optional<std::vector<std::string>> read_texts(const json& value,
                                                                 const Place& at);
// Variables of the environment, globs of cgroups, names of processes; 64 at most.
[[nodiscard]] std::optional<std::vector<std::string>> read_run_markers(const json& value,
                                                                       const Place& at);
[[nodiscard]] std::optional<std::vector<std::string>> read_run_cgroups(const json& value,
                                                                       const Place& at);
[[nodiscard]] std::optional<std::vector<std::string>> read_run_workers(const json& value,
                                                                       const Place& at);
[[nodiscard]] std::optional<std::string> read_url(
    const json& value, const Place& at, std::string_view example = "http://127.0.0.1:9093");
// One that paths are appended to: no query, no slash at the end.
struct BaseUrl {
  std::string_view whose;
  std::string_view appended;
  std::string_view example;
};
[[nodiscard]] std::optional<std::string> read_base_url(const json& value, const Place& at,
                                                       const BaseUrl& expected);
// Such a one, or nothing.
[[nodiscard]] std::optional<std::string> read_baseline_source(const json& value, const Place& at);
[[nodiscard]] std::optional<Bound> read_bound(const json& value, const Place& at);
[[nodiscard]] std::optional<Severity> read_severity(const json& value, const Place& at);
[[nodiscard]] std::optional<RuleKind> read_rule_kind(const json& value, const Place& at);
// Any number that is one.
[[nodiscard]] std::optional<double> read_any_number(const json& value, const Place& at);
[[nodiscard]] std::optional<Labels> read_labels(const json& value, const Place& at);
void read_matchers(const json& value, const Place& at, Rule& rule);

// True when `value` is an object (a list); else reports it.
[[nodiscard]] bool is_object(const json& value, const Place& at);
[[nodiscard]] bool is_list(const json& value, const Place& at, std::size_t most);
// True when `text` may name a label; else reports it.
[[nodiscard]] bool is_label_name(std::string_view text, const Place& at);

// How a value gets into a T: type for the docs, and the reader. `elements` are the keys of a list's
// elements.
template <class T>
struct Field {
  std::string type;
  std::function<void(const json&, const Place&, T&)> read;
  std::vector<ConfigKey> elements;
};

// One line of a table of keys; T is what the table fills. The tables are all there is to say about
// a key: reading, environment, unknown-key detection and docs/configuration.md come from them.
template <class T>
struct Key {
  std::string_view path;          // within the table: "sampling.interval"
  std::string_view default_text;  // as JSON; empty: none, and `required` says if it must be given
  std::string_view help;
  Field<T> field;
  bool required = false;
};
template <class T>
using KeyTable = std::vector<Key<T>>;

// A field that `access` (a member pointer or a function from T& to the member) leads to.
// `read` returns an optional of the member's type.
template <class T, class Access, class Read>
Field<T> field(std::string type, Access access, Read read) {
  return {std::move(type),
          [access, read](const json& value, const Place& at, T& target) {
            if (auto good = read(value, at)) std::invoke(access, target) = std::move(*good);
          },
          {}};
}

[[nodiscard]] std::string duration_type(std::chrono::nanoseconds least,
                                        std::chrono::nanoseconds most);

template <class T, class Access>
Field<T> duration(Access access, std::chrono::nanoseconds least, std::chrono::nanoseconds most) {
  return field<T>(duration_type(least, most), access, [=](const json& value, const Place& at) {
    return read_duration(value, at, least, most);
  });
}
template <class T, class Access>
Field<T> count(Access access, std::size_t least, std::size_t most) {
  return field<T>(
      "integer, " + std::to_string(least) + " to " + std::to_string(most), access,
      [=](const json& value, const Place& at) { return read_count(value, at, least, most); });
}
template <class T, class Access>
Field<T> text(Access access, TextForm form = TextForm::line) {
  return field<T>("text", access,
                  [=](const json& value, const Place& at) { return read_text(value, at, form); });
}
template <class T, class Access>
Field<T> texts(Access access) {
  return field<T>("list of texts", access, read_texts);
}

}  // namespace perfwatch
