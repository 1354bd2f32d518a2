// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/leak_history.h"

#include <algorithm>

namespace perfwatch {
namespace {

FloorBucket merged(const FloorBucket& older, const FloorBucket& newer) {
  return {older.start, std::min(older.floor, newer.floor), older.seen + newer.seen};
}

}  // namespace

bool FloorHistory::add(double seconds, float value) {
  if (!empty_) open_.seen += static_cast<float>(std::min(seconds - last_, kLongestStep));
  last_ = seconds;
  if (!empty_ && seconds - open_.start < kBucketSeconds) {
    open_.floor = std::min(open_.floor, value);
    return false;
  }
  if (!empty_) close(open_);
  open_ = {seconds, value, 0};
  empty_ = false;
  return true;
}

// A full level gives its two oldest, as one, to the next.
void FloorHistory::close(FloorBucket bucket) {
  for (Level& level : levels_) {
    const bool full = level.count == kPerLevel;
    const FloorBucket oldest = merged(level.buckets[0], level.buckets[1]);
    if (full) {
      std::move(level.buckets.begin() + 2, level.buckets.end(), level.buckets.begin());
      level.count -= 2;
    }
    level.buckets[level.count++] = bucket;
    if (!full) return;
    bucket = oldest;
  }
}

std::size_t FloorHistory::copy(Buckets& out) const {
  std::size_t size = 0;
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    std::copy_n(level->buckets.begin(), level->count, out.begin() + static_cast<long>(size));
    size += level->count;
  }
  if (!empty_) out[size++] = open_;
  return size;
}

}  // namespace perfwatch
