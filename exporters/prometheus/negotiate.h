// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "exporters/prometheus/exposition.h"

namespace perfwatch {

// Both take a header's value as the client sent it, several lines of one header joined by commas;
// what cannot be understood counts as not said.

// By the Accept header (RFC 9110, 12.5.1): the highest q wins, of equal ones the more specific,
// then the first. A range that names a version means only that version; OpenMetrics 0.0.1, which
// Prometheus before 2.32 asks for, is answered in OpenMetrics as client_golang's promhttp does, but
// called what it is, 1.0.0. Text 0.0.4 when nothing we speak is asked for, and for */*.
[[nodiscard]] Exposition negotiate_exposition(std::string_view accept);

// By Accept-Encoding (RFC 9110, 12.5.3): gzip is allowed, and not less welcome than identity.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace perfwatch
