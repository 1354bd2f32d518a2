// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dirent.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/account/process_reader.h"
#include "core/account/process_text.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/model/process.h"

namespace perfwatch {

// One file of /proc/PID in one read: the kernel writes the whole text at once, so a buffer that did
// not fill holds all of it. Allocates only for a text that is larger than all before it (status
// lists the groups of its process, up to 65536).
class SmallFile {
 public:
  static constexpr std::size_t kLimit = std::size_t{1} << 20U;

  // The errno of open or read, 0 when text() is there. E2BIG for kLimit bytes and more.
  [[nodiscard]] int read_at(int directory, const char* name);
  // The same of a file that is open, from its beginning.
  [[nodiscard]] int read(int fd);
  [[nodiscard]] std::string_view text() const { return {buffer_.data(), size_}; }

 private:
  std::vector<char> buffer_ = std::vector<char>(8192);
  std::size_t size_ = 0;
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
// `name` below an open directory, to be listed; null and errno when it cannot be.
using Directory = std::unique_ptr<DIR, CloseDirectory>;
[[nodiscard]] Directory open_directory(int directory, const char* name);

// The directory of one process; the kernel answers ESRCH through it once that process has ended,
// even if its pid has been given away again.
[[nodiscard]] UniqueFd open_process(int procfs, std::int32_t pid);

// The outcome for one process.
enum class Reading : std::uint8_t {
  done,
  gone,    // ended meanwhile
  unread,  // still there, but counted in the errors
  failed   // we ran out of descriptors or memory: no process can be read, the sweep is void
};

// What both readers need of a process beyond its stat: memory, switches, owner, I/O, descriptors.
//
// A process with one thread, whose scheduler times and resident set are those of the sweep before,
// has not run: everything else is as it was, too. On a host of sleepers one small file (3 us) then
// stands for three (18 us). Every kRefresh-th sweep reads all the same, for what others can change
// (a page swapped against another, prlimit(2)).
class ProcessFiles {
 public:
  static constexpr std::uint32_t kRefresh = 32;

  // `procfs` is open for the life of this object.
  explicit ProcessFiles(const std::string& procfs);

  void begin_sweep() { ++sweep_; }
  // Fills what is not in stat; reads below `directory`, an open_process(). `resident_pages` are
  // stat's.
  [[nodiscard]] Reading complete(int directory, std::uint64_t resident_pages, ProcessRecord& record,
                                 SweepErrors& errors);
  // Forgets the processes that were not completed in this sweep.
  void end_sweep();

  [[nodiscard]] int procfs() const { return procfs_.get(); }
  [[nodiscard]] bool valid() const { return procfs_.valid(); }

 private:
  struct Memory {
    std::uint32_t sweep = 0;  // the last one that completed it; 0: none yet
    std::uint64_t resident_pages = 0;
    std::optional<ThreadTimes> times;  // absent unless they tell of the whole process
    bool denied = false;
    ProcessStatus status;
    std::optional<ProcessIo> io;
    std::optional<std::uint32_t> descriptors;
    std::optional<std::uint64_t> limit;
  };

  // Notes the signs that a process ran; false when they are those of the sweep before.
  [[nodiscard]] bool may_have_run(int directory, std::uint64_t resident_pages,
                                  const ProcessRecord& record, Memory& memory);
  [[nodiscard]] Reading read_all(int directory, std::int32_t pid, bool limit_too, Memory& memory,
                                 SweepErrors& errors);
  void read_io(int directory, std::int32_t pid, Memory& memory, SweepErrors& errors);
  [[nodiscard]] std::optional<std::uint32_t> count_descriptors(int directory) const;

  UniqueFd procfs_;
  bool size_is_count_ = false;  // fstat of /proc/PID/fd counts (Linux 6.2)
  std::uint32_t sweep_ = 0;
  std::size_t completed_ = 0;
  SmallFile file_;
  std::unordered_map<ProcessKey, Memory> memory_;
};

// Sorts an errno of reading /proc/PID/`name` into the errors; gone, unread or failed.
[[nodiscard]] Reading note_failure(SweepErrors& errors, std::int32_t pid, std::string_view name,
                                   int errno_value);
void note_malformed(SweepErrors& errors, std::int32_t pid, std::string_view name,
                    const Error& error);

// errno is one of those that no process can be read with.
[[nodiscard]] bool is_exhaustion(int errno_value);

}  // namespace perfwatch
