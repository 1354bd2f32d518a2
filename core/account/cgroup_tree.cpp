// SPDX-License-Identifier: Apache-2.0
#include "core/account/cgroup_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/account/cgroup_files.h"

namespace perfwatch {

CgroupTree::CgroupTree(UniqueFd root) : root_(std::move(root)) {}

CgroupTree::Changes CgroupTree::refresh(std::chrono::steady_clock::time_point now) {
  Changes changes;
  bool replaced = false;
  // All of them are looked at: one that was replaced by another of its name tells by its inode.
  std::vector<bool> stale(folders_.size());
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    stale[i] = changed(folders_[i]);
    replaced = replaced || (stale[i] && folders_[i].links == 0);
  }
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    if (stale[i]) list(folders_[i], now, changes);
  }
  if (changed(top_) || replaced) list(top_, now, changes);
  for (auto& folder : folders_) {
    if (folder.links == 0) list(folder, now, changes);
  }
  list_the_oldest(now, changes);
  return changes;
}

void CgroupTree::suspect(std::uint64_t id) {
  const auto node = nodes_.find(id);
  if (node == nodes_.end()) return;
  if (node->second.parent == 0) top_.links = 0;
  for (auto& folder : folders_) {
    if (folder.id == node->second.parent) folder.links = 0;
  }
}

// Its links become 0 when it is not there, or is another directory.
bool CgroupTree::changed(Folder& folder) const {
  struct stat now {};
  const char* path = folder.path.empty() ? "." : folder.path.c_str();
  const bool there = ::fstatat(root_.get(), path, &now, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there || (folder.id != 0 && now.st_ino != folder.id)) {
    folder.links = 0;
    return true;
  }
  // 1: this file system does not count, so that nothing can be told.
  return folder.links != now.st_nlink || now.st_nlink == 1;
}

void CgroupTree::list(Folder& folder, std::chrono::steady_clock::time_point now, Changes& changes) {
  struct stat before {};
  const char* path = folder.path.empty() ? "." : folder.path.c_str();
  const bool there = ::fstatat(root_.get(), path, &before, AT_SYMLINK_NOFOLLOW) == 0;
  // The links of before: what comes while we list shows as a change in the next round.
  folder.links = there ? before.st_nlink : 0;
  folder.listed = now;
  auto found = list_cgroups(root_.get(), folder.path, kMostListed);
  if (folder.id != 0 && (!there || before.st_ino != folder.id)) found.clear();

  std::unordered_set<std::uint64_t> there_now;
  for (const auto& entry : found) there_now.insert(entry.id);
  for (const auto id : std::exchange(folder.children, {})) {
    if (there_now.contains(id)) {
      folder.children.push_back(id);
    } else {
      forget(id, changes);
    }
  }
  for (auto& entry : found) {
    if (nodes_.contains(entry.id) || nodes_.size() >= kMostListed) continue;
    folder.children.push_back(entry.id);
    changes.came.push_back(entry.id);
    if (folder.id == 0) folders_.push_back({entry.id, entry.name, 0, {}, {}});
    nodes_.emplace(entry.id, Node{folder.id, folder.id == 0 ? std::move(entry.name)
                                                            : folder.path + "/" + entry.name});
  }
}

void CgroupTree::forget(std::uint64_t id, Changes& changes) {
  const auto node = nodes_.find(id);
  if (node == nodes_.end()) return;
  const std::uint64_t parent = node->second.parent;
  nodes_.erase(node);
  changes.went.emplace_back(id, parent);
  if (parent != 0) return;
  const auto folder = std::find_if(folders_.begin(), folders_.end(),
                                   [&](const Folder& one) { return one.id == id; });
  if (folder == folders_.end()) return;
  const auto children = std::move(folder->children);
  folders_.erase(folder);
  for (const auto child : children) forget(child, changes);
}

void CgroupTree::list_the_oldest(std::chrono::steady_clock::time_point now, Changes& changes) {
  Folder* oldest = &top_;
  for (auto& folder : folders_) {
    if (folder.listed < oldest->listed) oldest = &folder;
  }
  if (now - oldest->listed >= kListEvery) list(*oldest, now, changes);
}

}  // namespace perfwatch
