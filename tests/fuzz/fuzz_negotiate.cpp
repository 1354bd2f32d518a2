// SPDX-License-Identifier: Apache-2.0
// Headers of strangers: Accept and Accept-Encoding.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporters/prometheus/negotiate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const Exposition first = negotiate_exposition(header);
  const bool gzip = accepts_gzip(header);
  // An element in front that says nothing changes nothing.
  const std::string longer = "x/y;q=0.5," + std::string(header);
  if (negotiate_exposition(longer) != first || accepts_gzip(longer) != gzip) std::abort();
  return 0;
}
