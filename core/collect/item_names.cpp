// SPDX-License-Identifier: Apache-2.0
#include "core/collect/item_names.h"

#include "core/base/text.h"

namespace perfwatch {

std::optional<std::string> ItemNames::admit(std::string_view raw) {
  std::string name = printable_utf8(raw);
  if (taken_.contains(name)) {
    out_.item_error({ErrorKind::malformed, "two " + std::string(items_) + " named \"" + name +
                                               "\", the second is left out"});
    return std::nullopt;
  }
  if (taken_.size() >= kMaxItems) {
    out_.item_error({ErrorKind::unsupported, "more than " + std::to_string(kMaxItems) + " " +
                                                 std::string(items_) + ", the rest is left out"});
    return std::nullopt;
  }
  taken_.insert(name);
  return name;
}

}  // namespace perfwatch
