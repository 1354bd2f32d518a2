// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_account.h"

#include <cstddef>
#include <iterator>
#include <utility>

namespace perfwatch {

void OomAccount::update(Instant now, std::span<const OomMark> marks,
                        const OomWatch::GroupOf& group_of) {
  auto found = watch_.poll(now, marks, group_of);
  if (found.empty()) return;
  for (const OomKill& kill : found) {
    if (!kill.before_start) counter_.count(kill);
  }
  auto kept = std::make_shared<std::vector<OomKill>>();
  if (latest_ && found.size() < kKept) {
    const std::size_t room = kKept - found.size();
    const std::size_t skipped = latest_->size() > room ? latest_->size() - room : 0;
    kept->assign(latest_->begin() + static_cast<std::ptrdiff_t>(skipped), latest_->end());
  }
  std::move(found.begin(), found.end(), std::back_inserter(*kept));
  latest_ = std::move(kept);
}

}  // namespace perfwatch
