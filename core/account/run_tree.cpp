// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_tree.h"

#include <utility>
#include <vector>

namespace perfwatch {
const RunTree::Known* RunTree::find(const ProcessKey& key) const {
  const auto found = known_.find(key.pid);
  return found != known_.end() && is_same_process(found->second.key, key) ? &found->second
                                                                          : nullptr;
}

std::optional<bool> RunTree::judge(const ProcessRecord& process) const {
  if (process.key.pid == measurer_) return false;
  if (process.key.pid == root_ && !begun_) return true;
  if (const Known* known = find(process.key)) return known->member;
  if (process.image != 0 && images_.contains(process.image)) return true;
  if (process.parent == measurer_) return begun_;
  if (process.parent == 1 || process.kernel_thread) return false;
  const auto parent = known_.find(process.parent);
  if (parent == known_.end()) return std::nullopt;
  return parent->second.member;
}

RunTree::Known& RunTree::keep(const ProcessRecord& process, bool member) {
  Known& known = known_[process.key.pid];
  if (!is_same_process(known.key, process.key)) known.ended = false;
  known.key = process.key;
  known.member = member;
  known.sweep = sweep_;
  // A fork of who measures still runs its program, which says nothing.
  if (member && process.image != 0 && process.image != measurer_image_) {
    images_[process.image] = sweep_;
  }
  return known;
}

void RunTree::sweep(std::span<const ProcessRecord> records) {
  ++sweep_;
  std::vector<const ProcessRecord*> open;
  for (const auto& record : records) {
    if (record.key.pid == measurer_) measurer_image_ = record.image;
  }
  for (const auto& record : records) {
    const auto verdict = judge(record);
    if (verdict || record.parent == 0) {  // 0: of another pid namespace
      keep(record, verdict.value_or(false));
    } else {
      open.push_back(&record);
    }
  }
  // Children may come before their parents: each turn settles a generation at least. Whose parent
  // nobody knows is a stranger's, until a sweep finds it with another one.
  for (bool more = true; more && !open.empty();) {
    more = std::erase_if(open, [this](const ProcessRecord* record) {
             const auto verdict = judge(*record);
             if (verdict) keep(*record, *verdict);
             return verdict.has_value();
           }) != 0;
  }
  begun_ = true;
  std::erase_if(known_, [this](const auto& entry) { return sweep_ - entry.second.sweep >= kRest; });
  std::erase_if(images_, [this](const auto& entry) { return sweep_ - entry.second >= kRest; });
}

void RunTree::changed(const ProcessRecord& process, const Program& before) {
  ProcessRecord earlier = process;
  earlier.image = before.image;
  if (const auto verdict = judge(earlier)) keep(process, *verdict);
}

std::optional<bool> RunTree::ended(const ProcessRecord& last) {
  const auto verdict = judge(last);
  if (verdict) keep(last, *verdict).ended = true;
  return verdict;
}

bool RunTree::contains(const ProcessKey& key) const {
  const Known* known = find(key);
  return known != nullptr && known->member;
}

bool RunTree::has_ended(const ProcessKey& key) const {
  const Known* known = find(key);
  return known != nullptr && known->ended;
}

}  // namespace perfwatch
