// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace perfwatch {

// "%41" -> "A" (RFC 3986); what is no escape stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

// `text` as one part of a query: all but letters, digits and -._~ as %NN.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace perfwatch
