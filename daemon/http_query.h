// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace perfwatch {

// The part of a request's target behind '?', as forms send it. Views what it was made of.
class HttpQuery {
 public:
  explicit HttpQuery(std::string_view text) : text_(text) {}

  // Decoded; the first of that name.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  // `fallback` when it is not there; nullopt when it is no number from 1 to `most`.
  [[nodiscard]] std::optional<std::size_t> number(std::string_view name, std::size_t most,
                                                  std::size_t fallback) const;
  [[nodiscard]] std::optional<std::size_t> limit(std::size_t most, std::size_t fallback) const {
    return number("limit", most, fallback);
  }
  // What is not among the `known` names (divided by spaces) or is given twice, and what it could
  // be; nullopt when all is well.
  [[nodiscard]] std::optional<std::string> mistake(std::string_view known) const;

 private:
  std::string_view text_;
};

// "/metrics?a=b" in two; "http://host/metrics" is "/metrics" (RFC 9112, 3.2.2).
struct HttpTarget {
  explicit HttpTarget(std::string_view target);

  std::string_view path;
  HttpQuery query;
};

// What parse_since() reads, and seconds since 1970, as programs say them.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> time_of_parameter(
    const std::string& text);

}  // namespace perfwatch
