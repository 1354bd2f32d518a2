// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "daemon/config_keys.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;
using Given = std::optional<Element<nanoseconds>>;

// Reported where `value` stands: "5s is longer than sampling.interval, 2s".
void contradiction(const Element<nanoseconds>& value, std::string_view relation,
                   const std::string& other_key, nanoseconds other) {
  value.at.problem(format_duration(value.value) + " is " + std::string(relation) + " than " +
                   other_key + ", " + format_duration(other));
}

nanoseconds value_of(const Given& given, nanoseconds otherwise) {
  return given ? given->value : otherwise;
}

}  // namespace

IntervalBounds finish_bounds(const GivenBounds& given, std::string_view prefix) {
  const auto& [minimum, base, maximum] = given;
  const std::string base_key = std::string(prefix) + "interval";
  if (minimum && base && minimum->value > base->value) {
    contradiction(*minimum, "longer", base_key, base->value);
  } else if (maximum && base && maximum->value < base->value) {
    contradiction(*maximum, "shorter", base_key, base->value);
  } else if (minimum && maximum && minimum->value > maximum->value) {
    contradiction(*minimum, "longer", std::string(prefix) + "maximum_interval", maximum->value);
  }
  IntervalBounds out = kHostIntervals;
  out.base = std::max(out.base, value_of(minimum, out.minimum));
  out.base = value_of(base, std::min(out.base, value_of(maximum, out.base)));
  out.minimum = value_of(minimum, std::min(out.minimum, out.base));
  out.maximum = value_of(maximum, std::max(out.maximum, out.base));
  return out;
}

}  // namespace perfwatch
