// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace perfwatch {

// HTML of a text, safe as content and between double quotes. Bytes that are no UTF-8, control
// characters and those that turn the direction of text become visible ("\xFF", "\u202E").
[[nodiscard]] std::string html_escape(std::string_view text);
// Of a name given by the host: also kept from reordering the text around it when it is written from
// right to left.
[[nodiscard]] std::string html_name(std::string_view text);

}  // namespace perfwatch
