// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/account/kmsg.h"
#include "core/account/oom_log.h"
#include "core/account/process_events.h"
#include "core/base/clock.h"
#include "core/base/file_reader.h"
#include "core/base/roots.h"
#include "core/model/accounting.h"
#include "core/model/oom.h"

namespace perfwatch {

// Where kills are told.
struct OomSources {
  std::string kmsg = "/dev/kmsg";  // empty: not at all
  std::string procfs = "/proc";    // vmstat counts them; the boot's id
};

// kmsg is left out when procfs is that of another host (fixtures): their boot ids differ.
[[nodiscard]] OomSources oom_sources(const Roots& roots);

// Finds every kill for lack of memory once, from three witnesses:
//   kmsg        who, by whose limit, the sizes, who else was there
//   marks       the tracepoint's: who; it also comes for a process that was ending anyway
//   vmstat      how many (oom_kill, since 4.13). It decides where the others disagree: a mark
//               that kmsg does not confirm is a kill if the kernel counted one, and a kill that
//               nobody named becomes a record without a name.
// On start the kernel's buffer is read from its beginning, for kills of this boot that happened
// while nobody watched; they are marked `before_start`. Called by one thread at a time.
class OomWatch {
 public:
  // The group of a process that lives or has just ended; empty when unknown.
  using GroupOf = std::function<std::string(std::int32_t pid)>;

  // How long a mark waits for its message; then for how long a count waits for either.
  static constexpr std::chrono::seconds kMarkPatience{5};
  static constexpr std::chrono::seconds kCountPatience{10};
  // Messages that one round reads; the first round reads the whole buffer, up to this many.
  static constexpr std::size_t kRoundLimit = 4096;
  static constexpr std::size_t kStartLimit = 65536;
  static constexpr std::size_t kKillLimit = 256;  // in one round; the rest comes with the next

  explicit OomWatch(OomSources sources);

  // What is new, in the order of the kernel's log.
  [[nodiscard]] std::vector<OomKill> poll(Instant now, std::span<const OomMark> marks,
                                          const GroupOf& group_of);

  // The feature "oom", put beside what the reader said of it, and the losses.
  void describe(Accounting& out) const;

 private:
  struct Waiting {  // a mark
    OomKill kill;
    std::chrono::steady_clock::time_point since;
  };
  void take_marks(Instant now, std::span<const OomMark> marks, const GroupOf& group_of);
  void read_kmsg(Instant now, const GroupOf& group_of, std::vector<OomKill>& out);
  void complete(OomKill& kill, std::chrono::microseconds since_boot, Instant now,
                const GroupOf& group_of);
  [[nodiscard]] bool join_mark(OomKill& kill);
  void count_unnamed(Instant now);
  void settle_marks(Instant now, std::vector<OomKill>& out);
  void settle_counts(Instant now, std::vector<OomKill>& out);
  void forget(const Error& error, Instant now);
  [[nodiscard]] std::string cure() const;

  OomSources sources_;
  std::string boot_id_;
  KmsgReader kmsg_;
  OomLog log_;
  RepeatedFile vmstat_;
  std::optional<Error> kmsg_error_;
  std::chrono::steady_clock::time_point next_open_{};
  bool caught_up_ = false;  // the buffer has been read to its end once
  std::chrono::system_clock::time_point last_poll_{};
  std::vector<Waiting> marks_;
  std::optional<std::uint64_t> base_;  // vmstat's count, less all that were named
  std::uint64_t named_before_ = 0;     // lines_ when base_ was taken
  std::uint64_t named_ = 0;            // by marks alone, or given up
  std::uint64_t unnamed_ = 0;          // counted, not named yet
  std::optional<std::chrono::steady_clock::time_point> unnamed_since_;
  std::uint64_t unseen_ = 0;         // records without a name, since start
  std::uint64_t marks_dropped_ = 0;  // for lack of room
  bool marks_come_ = false;
};

}  // namespace perfwatch
