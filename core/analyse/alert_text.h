// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/finding.h"

namespace perfwatch {

// What an alert's template may speak of.
struct AlertTextValues {
  double value = 0;
  double threshold = 0;  // the raise level
  const Labels& labels;  // all labels of the alert
};

// A summary or description, compiled once:
//   {{ $value }}  {{ $value | humanize }}  {{ $threshold | humanizePercentage }}
//   {{ $labels.NAME }}, empty where the alert has no such label
// with humanize, humanize1024, humanizePercentage, humanizeDuration as Prometheus has them.
class AlertText {
 public:
  // Malformed: `unknown {{ $vlaue }}, did you mean {{ $value }}?`
  [[nodiscard]] static Result<AlertText> compile(std::string_view text);
  // At most `limit` bytes, cut between characters.
  [[nodiscard]] std::string render(const AlertTextValues& values, std::size_t limit) const;

 private:
  enum class Kind : std::uint8_t { literal, value, threshold, label };
  using Format = std::string (*)(double);
  struct Part {
    Kind kind = Kind::literal;
    std::string text;  // the literal, or the label's name
    Format format = nullptr;
  };
  [[nodiscard]] static Result<Part> compile_placeholder(std::string_view inside);

  std::vector<Part> parts_;
};

}  // namespace perfwatch
