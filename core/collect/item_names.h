// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/model/samples.h"

namespace perfwatch {

// No family has more series per metric than this, whatever the host has mounted or plugged in.
inline constexpr std::size_t kMaxItems = 256;

// Gives the items of one round (disks, mounts, interfaces) their label value: printable, unique,
// and at most kMaxItems of them. An item that is turned away is counted in `out`.
class ItemNames {
 public:
  // `items` is their plural for the log, static storage; `out` must outlive this.
  ItemNames(std::string_view items, SampleWriter& out) : items_(items), out_(out) {}

  // The label value for the name that the kernel gave; nullopt when the item must be left out.
  [[nodiscard]] std::optional<std::string> admit(std::string_view raw);

 private:
  std::string_view items_;
  SampleWriter& out_;
  std::unordered_set<std::string> taken_;
};

}  // namespace perfwatch
