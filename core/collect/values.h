// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/model/samples.h"

namespace perfwatch {

// A number of the kernel as a sample: absent, never 0, where this kernel does not have it.
[[nodiscard]] inline double or_absent(const std::optional<std::uint64_t>& value) {
  return value ? static_cast<double>(*value) : kAbsent;
}

// The whole of `word` as a plain decimal such as "0.28"; nullopt for signs, exponents, "nan", "inf"
// and everything else that the kernel never writes.
[[nodiscard]] inline std::optional<double> to_decimal(std::string_view word) {
  if (word.empty() || word.front() < '0' || word.front() > '9') return std::nullopt;
  double value = 0;
  const auto* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace perfwatch
