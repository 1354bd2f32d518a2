// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <nlohmann/json.hpp>

#include "daemon/config_fields.h"
#include "daemon/config_json.h"

namespace perfwatch {

std::optional<std::size_t> read_ring_size(const json& value, const Place& at, std::size_t least,
                                          std::size_t most) {
  const auto size = read_size(value, at, least);
  if (!size) return std::nullopt;
  if (*size > most || !std::has_single_bit(*size)) {
    at.problem(std::to_string(*size) + " bytes are not a power of 2 up to " + std::to_string(most) +
               " (examples: 256KiB, 1MiB)");
    return std::nullopt;
  }
  return static_cast<std::size_t>(*size);
}

std::optional<double> read_number(const json& value, const Place& at, double least, double most) {
  // 64, not 64.0; 0.0001, not 0.000100.
  const auto text = [](double bound) {
    return bound >= 1 ? std::to_string(static_cast<std::uint64_t>(bound)) : json(bound).dump();
  };
  if (!value.is_number()) {
    at.problem("expected a number from " + text(least) + " to " + text(most) + ", got " +
               describe(value));
    return std::nullopt;
  }
  const double number = value.get<double>();
  if (!(number >= least && number <= most)) {
    at.problem(value.dump() + " is out of range: " + text(least) + " to " + text(most));
    return std::nullopt;
  }
  return number;
}

std::optional<bool> read_flag(const json& value, const Place& at) {
  if (value.is_boolean()) return value.get<bool>();
  at.problem("expected true or false, got " + describe(value));
  return std::nullopt;
}

}  // namespace perfwatch
