// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "exporters/json/json_parts.h"

namespace perfwatch {

// Values of a document, the keys of objects included: of each 80 bytes of memory may come.
inline constexpr std::size_t kJsonValues = 200'000;

// A document that a stranger wrote: not larger than `limit` bytes, not nested deeper than 16, with
// at most 1,000 members to an object and `most_values` in all, every number one that a double can
// say. All that is looked at before anything is built of it, in a time and memory that grow with
// the text alone.
[[nodiscard]] Result<Json> parse_document(std::string_view text, std::size_t limit,
                                          std::size_t most_values = kJsonValues);

// A value of such a document, read without trust: what is not there is absent, what is of another
// type is a problem. The first problem of a document is kept, with its JSON pointer, in the text
// that the nodes of that document share; the caller looks at it when all is read.
class JsonNode {
 public:
  // Both outlive the node.
  JsonNode(const Json& document, std::string& problem) : JsonNode(&document, "", &problem) {}

  // The member of an object. Absent where it is missing or null.
  [[nodiscard]] JsonNode at(std::string_view key) const;
  [[nodiscard]] bool there() const { return value_ != nullptr; }

  // "" when absent.
  [[nodiscard]] std::string text() const;
  // The same, and a problem when absent or empty.
  [[nodiscard]] std::string needed_text() const;
  // NaN when absent; a problem below 0.
  [[nodiscard]] double number() const;
  // 0 when absent; a problem when it is no whole number from 0 to `largest`.
  [[nodiscard]] std::uint64_t count(std::uint64_t largest) const;
  [[nodiscard]] bool flag() const;  // false when absent
  // An RFC 3339 time in UTC, to the millisecond; nullopt when absent.
  [[nodiscard]] std::optional<std::chrono::system_clock::time_point> time() const;

  // Each element of a list, each member of an object; none when absent, a problem when there are
  // more than `most`.
  void each_element(std::size_t most, const std::function<void(const JsonNode&)>& read) const;
  void each_member(std::size_t most,
                   const std::function<void(const std::string&, const JsonNode&)>& read) const;

  void complain(std::string_view what) const;

 private:
  JsonNode(const Json* value, std::string place, std::string* problem)
      : value_(value), place_(std::move(place)), problem_(problem) {}

  const Json* value_;  // null: absent
  std::string place_;  // JSON pointer
  std::string* problem_;
};

}  // namespace perfwatch
