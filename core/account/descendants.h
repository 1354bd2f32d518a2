// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/account/process_files.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/model/process.h"

namespace perfwatch {

// One living descendant.
struct Descendant {
  ProcessKey key;
  std::int32_t parent = 0;
  Comm comm{};
  char state = '?';
  double cpu_seconds = 0;           // its own, by the tick
  double children_cpu_seconds = 0;  // of those that it waited for, and those that they waited for
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t peak_bytes = 0;  // of resident_bytes, in this program; as of now if not asked for
};

// The living descendants of one process that is a subreaper: no right is needed, and what is not of
// the family costs next to nothing.
//
// The list of /proc tells of each entry's inode, which is another one when the pid was given away
// again. So a stranger is read once and from then on only listed; a
// descendant is read at each scan (stat and statm or status), through files that stay open.
// Where somebody else tells of new members, most scans need no list: refresh().
// /proc/PID/task/TID/children would do without the list, too, but many kernels are built without
// it, and it has to be asked of every thread.
class DescendantScan {
 public:
  struct Wants {
    bool peaks = false;  // reads status, not statm: three times the time
  };

  DescendantScan(const std::string& procfs, std::int32_t ancestor, double ticks_per_second,
                 Wants wants);

  void want(Wants wants);
  // Replaces `out`. In the first scan only `root` and what is below it are descendants: other
  // children, and theirs, were there before and stay strangers.
  [[nodiscard]] Result<void> scan(std::int32_t root, std::vector<Descendant>& out);

  // Reads those of `out`, which scan() filled, once more; those that are gone are left out, and
  // `more`, who are of the family, are there, too, if they live.
  void refresh(std::span<const ProcessKey> more, std::vector<Descendant>& out);

  // The last scan met it, and it is of another family.
  [[nodiscard]] bool is_stranger(std::int32_t pid) const {
    const auto found = known_.find(pid);
    return found != known_.end() && found->second.kind == Kind::stranger;
  }
  // The descendants that the last scan() was the first to find.
  [[nodiscard]] const std::vector<std::int32_t>& news() const { return news_; }
  // Its arguments joined by blanks, at most 4 KiB, raw; empty when they cannot be read.
  [[nodiscard]] std::string command_line(std::int32_t pid);

 private:
  enum class Kind : std::uint8_t { open, stranger, descendant };
  struct Known {
    std::uint64_t inode = 0;
    Kind kind = Kind::open;
    std::int32_t parent = 0;
    std::uint32_t scan = 0;
    UniqueFd stat;    // of a descendant; not open: read anew each time
    UniqueFd memory;  // status or statm
  };

  void list();
  // A descendant; false: it is gone.
  [[nodiscard]] bool read(std::int32_t pid, Known& known, Descendant& out);
  [[nodiscard]] bool read_anew(std::int32_t pid, Known& known, Descendant& out);
  void keep_open(Known& known);
  [[nodiscard]] bool take_stat(std::int32_t pid, Descendant& out) const;
  void take_memory(Descendant& out) const;
  void judge(std::int32_t root);
  [[nodiscard]] Kind kind_of(std::int32_t pid, const Known& known, std::int32_t root) const;

  UniqueFd procfs_;
  std::int32_t ancestor_;
  double ticks_per_second_;
  Wants wants_;
  std::uint64_t page_bytes_;
  std::size_t most_open_;  // descendants whose files stay open
  std::size_t open_ = 0;   // of this scan, so far
  std::uint32_t scan_ = 0;
  SmallFile file_;
  std::unordered_map<std::int32_t, Known> known_;
  std::vector<std::int32_t> pids_;
  std::vector<std::int32_t> fresh_;  // whose kind is open
  std::vector<std::int32_t> news_;
  std::vector<std::int32_t> line_;  // a process and those above it
};

}  // namespace perfwatch
