// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perfwatch {

// RFC 4648, with padding; the work is OpenSSL's.
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace perfwatch
