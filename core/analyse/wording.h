// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace perfwatch {

// Numbers and times as people read them. The humanize family gives letter for letter what the
// functions of the same name give in Prometheus' templates (template/template.go), so that a rule's
// text may move between the two.

// The shortest digits that mean this number: "0.9", "1048576", "+Inf".
[[nodiscard]] std::string plain_number(double value);
[[nodiscard]] std::string humanize(double value);             // 1234567 -> "1.235M"
[[nodiscard]] std::string humanize1024(double value);         // 1048576 -> "1Mi", no unit
[[nodiscard]] std::string humanize_percentage(double ratio);  // 0.123 -> "12.3%"
[[nodiscard]] std::string humanize_duration(double seconds);  // 3661 -> "1h 1m 1s"

// 1288490188 -> "1.2GiB".
[[nodiscard]] std::string short_bytes(double bytes);
// The same as "1.2 GiB": in sentences about runs, beside "61.0 s" and "12.3 ms".
[[nodiscard]] std::string spaced_bytes(double bytes);

// "2026-03-01T12:30:00.250Z".
[[nodiscard]] std::string rfc3339_millis(std::chrono::system_clock::time_point time);

// At most `limit` bytes of `text`, cut between characters and marked with "..." when cut.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit);

}  // namespace perfwatch
