// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/image_names.h"

#include <iterator>
#include <utility>

namespace perfwatch {

const ImageNames::Names* ImageNames::find(std::uint64_t image) const {
  const auto found = names_.find(image);
  return found != names_.end() ? &found->second : nullptr;
}

void ImageNames::keep(std::uint64_t image, const ProcessIdentity& identity, IdentityNeeds caught,
                      Time now) {
  // Once in a sweep: a flood of programs must not make us search a full table for each.
  const bool full = names_.size() >= kMostImages || bytes_ >= kMostBytes;
  if (full && std::exchange(searched_, swept_) != swept_) forget_before(swept_);
  if (names_.size() >= kMostImages || bytes_ >= kMostBytes) return;
  Names& names = names_[image];
  bytes_ -= size_of(names);
  names.caught = caught;
  names.used = now;
  names.exe = identity.exe;
  names.cmdline = identity.cmdline;
  names.cgroup = identity.cgroup;
  bytes_ += size_of(names);
}

void ImageNames::use(std::uint64_t image, Time now) {
  const auto found = names_.find(image);
  if (found != names_.end()) found->second.used = now;
}

void ImageNames::forget_before(Time limit) {
  for (auto place = names_.begin(); place != names_.end();) {
    if (place->second.used >= limit) {
      ++place;
      continue;
    }
    bytes_ -= size_of(place->second);
    place = names_.erase(place);
  }
}

std::size_t ImageNames::size_of(const Names& names) {
  return names.exe.size() + names.cmdline.size() + names.cgroup.size();
}

}  // namespace perfwatch
