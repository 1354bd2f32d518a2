// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/account/process_events.h"
#include "core/model/process.h"

namespace perfwatch {

// Which processes of the host belong to which of the runs that go on, and what was found out about
// the others. Pure.
//
// The signs are those of RunTree, but nobody is a subreaper here: whoever is re-parented is known
// already, by an earlier sweep, or by the image that it runs. A run may have others within it, and
// a process belongs to the innermost.
//
// A process that is not new costs one look-up a sweep, and nothing is allocated for it.
class RunMembers {
 public:
  using Handle = std::uint16_t;
  static constexpr Handle kNone = 0;

  struct Entry {
    ProcessKey key;
    std::uint64_t image = 0;
    std::uint64_t job = 0;  // CiMark::job of its environment
    std::int32_t parent = 0;
    std::uint32_t sweep = 0;  // the last one that met it, or before its events
    std::uint32_t first_sweep = 0;
    Comm comm{};
    Handle run = kNone;    // the innermost
    bool root = false;     // of that one, or one around it
    bool forked = false;   // runs its parent's program
    bool hidden = false;   // nobody's: a kernel thread
    bool blocked = false;  // in state D: what is asked of it now may hang
    bool looked = false;   // its environment was read in this program
    bool settled = false;  // whose it is has been decided
    bool spent = false;    // outlived its run: never a root again
    bool worker = false;   // its children are roots
    bool refused = false;  // a root without a run, as too many go on
    bool ended = false;
    std::unique_ptr<ProcessRecord> last;  // of a member, by the last sweep that met it
    std::uint64_t peak_bytes = 0;
  };
  // Of a process that ended: its run; nullopt when that is not known yet.
  using Verdict = std::optional<Handle>;
  using OnUntold = std::function<void(const Entry&, Handle)>;

  void begin_sweep() { ++sweep_; }
  // Enters or updates it; the entry stays where it is until it is forgotten.
  Entry& meet(const ProcessRecord& process);
  // One that an event tells of: as meet(), if no sweep has met it yet.
  Entry& enter(const ProcessRecord& process);
  // It is there, but could not be read.
  void meet_unread(std::int32_t pid);
  // Forgets who is gone. `untold`: members that did not end as far as anybody knows, missing for
  // `patience` sweeps.
  void end_sweep(std::uint32_t patience, const OnUntold& untold);

  // exec(2), as ProcessEvents has it.
  void changed(const ProcessRecord& process, const Program& before);
  [[nodiscard]] Verdict judge(const ProcessRecord& ended) const;
  // From now on it is remembered as ended. Its entry.
  Entry& end(const ProcessRecord& last, Handle run);
  // It ended, and nobody's run has lost it.
  void end_stranger(const ProcessKey& key);

  [[nodiscard]] Entry* find(std::int32_t pid);
  [[nodiscard]] const Entry* find(const ProcessKey& key) const;
  // The run of whom it descends from, or whose program it runs. Where an earlier sweep has decided
  // it may stop looking.
  [[nodiscard]] Handle above(const Entry& entry, bool stop_at_settled) const;
  // It is of `run` from now on, and so is its program, unless it came with the root from outside.
  void adopt(Entry& entry, Handle run);
  // So are all of `outer` that descend from members of `run`.
  void pull(Handle run, Handle outer);
  [[nodiscard]] Handle run_of_image(std::uint64_t image) const;

  // `run` is inside `outer` (or kNone). Its root's program may be that of others outside.
  void open(Handle run, Handle outer, std::uint64_t foreign_image);
  // Its members are those of the one around it.
  void close(Handle run, const OnUntold& missing);
  [[nodiscard]] Handle outer(Handle run) const { return runs_[run].outer; }

  // Entries of processes that were not met by a sweep.
  [[nodiscard]] std::size_t remembered() const { return remembered_; }
  [[nodiscard]] std::uint32_t sweep() const { return sweep_; }

 private:
  struct Open {
    Handle outer = kNone;
    std::uint64_t foreign_image = 0;
  };
  struct Image {
    Handle run = kNone;
    std::uint32_t sweep = 0;  // the last one that met it
  };
  static constexpr std::uint32_t kRest = 2;  // sweeps for which the ended are remembered
  static constexpr int kDeepest = 256;       // generations; longer is a loop of reused pids

  [[nodiscard]] const Entry* parent_of(const Entry& entry) const;
  Entry& renew(const ProcessRecord& process);
  void note_image(const Entry& entry);

  std::uint32_t sweep_ = 0;
  std::size_t met_ = 0;
  std::size_t remembered_ = 0;
  std::unordered_map<std::int32_t, Entry> entries_;  // by pid
  std::unordered_map<std::uint64_t, Image> images_;  // of members
  std::vector<Open> runs_ = std::vector<Open>(1);    // by handle
  std::vector<Entry> displaced_;  // members whose pid was given away before they were told of
};

}  // namespace perfwatch
