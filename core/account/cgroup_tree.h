// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/unique_fd.h"

namespace perfwatch {

// The cgroups at most 2 levels below the root of one hierarchy, kept up to date at 0.4 us for each
// of the first level: a directory is listed (20 us) when its number of links, which counts its
// children, has changed, or when a child is known to be gone. mtime would not do: the kernel leaves
// it as it was. Against what that misses (one came for one that went), each round lists
// one directory that was not listed for kListEvery.
class CgroupTree {
 public:
  static constexpr std::chrono::seconds kListEvery{10};
  static constexpr std::size_t kMostListed = 4096;  // what is beyond is not known of

  struct Node {
    std::uint64_t parent = 0;  // id of its ancestor on the first level; 0: it is on it
    std::string path;          // below the root, raw: "system.slice/x.service"
  };
  using Nodes = std::unordered_map<std::uint64_t, Node>;

  // `root` is an open directory.
  explicit CgroupTree(UniqueFd root);

  // What came and what went since the last call, by id; with what went goes its Node::parent.
  struct Changes {
    std::vector<std::uint64_t> came;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> went;
  };
  [[nodiscard]] Changes refresh(std::chrono::steady_clock::time_point now);
  // Reading it failed: the next refresh() lists its parent.
  void suspect(std::uint64_t id);

  [[nodiscard]] const Nodes& nodes() const { return nodes_; }
  [[nodiscard]] int root() const { return root_.get(); }

 private:
  struct Folder {
    std::uint64_t id = 0;  // 0: the root
    std::string path;      // empty: the root
    nlink_t links = 0;     // at its last listing; 0: not yet, or not to be trusted
    std::chrono::steady_clock::time_point listed{};
    std::vector<std::uint64_t> children;
  };
  [[nodiscard]] bool changed(Folder& folder) const;
  void list(Folder& folder, std::chrono::steady_clock::time_point now, Changes& changes);
  void forget(std::uint64_t id, Changes& changes);
  void list_the_oldest(std::chrono::steady_clock::time_point now, Changes& changes);

  UniqueFd root_;
  Folder top_;
  std::vector<Folder> folders_;  // of the first level
  Nodes nodes_;
};

}  // namespace perfwatch
