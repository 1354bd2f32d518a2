// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/kmsg.h"
#include "core/account/oom_lines.h"
#include "core/model/oom.h"

namespace perfwatch {

// Makes one OomKill of the lines of one kill. What it holds is bounded, whatever comes.
class OomLog {
 public:
  explicit OomLog(std::uint64_t page_bytes = 4096) : page_bytes_(page_bytes) {}

  // The kill, without `at`, boot_id and group, when this message completes one. Messages have to
  // come in their order; only the kernel's own count.
  [[nodiscard]] std::optional<OomKill> take(const KmsgRecord& record);

  // "Killed process" lines so far: what the kernel counts in vmstat's oom_kill. More than kills
  // where memory.oom.group made the kernel name the first victim twice.
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  // Where the columns of the task dump stand; they differ between kernels.
  struct Columns {
    std::size_t count = 0;  // numbers between "[pid]" and the name; 0: no table is open
    std::size_t tgid = 0;
    std::size_t resident = 0;
    std::optional<std::size_t> swapped;
  };
  // What the lines before "Killed process" told.
  struct Report {
    std::string summary;     // "oom-kill:...", maybe put together from fragments
    std::string limit_line;  // "Task in /a/b killed as a result of limit of /a", before 5.0
    std::string reason;      // of "Memory cgroup out of memory: Kill process ...", before 5.3
    Columns columns;
    std::vector<OomProcess> largest;

    [[nodiscard]] bool told() const { return !summary.empty() || !limit_line.empty(); }
  };
  // The kill before, as the others that memory.oom.group lets die with it share its report.
  struct Last {
    std::string group;                   // the cgroup; empty until the kernel says that it dies
    std::chrono::microseconds until{0};  // the others are named at once
    OomKill kill;
  };

  [[nodiscard]] bool start(std::string_view text, const KmsgRecord& record);
  void go_on(std::string_view text, const KmsgRecord& record);
  void read_header(std::string_view text);
  void read_row(std::string_view text);
  [[nodiscard]] OomKill finish(const OomKilledLine& line, const KmsgRecord& record);
  [[nodiscard]] bool shares_the_last(const KmsgRecord& record) const;
  [[nodiscard]] OomScope scope_of(const OomKilledLine& line) const;
  void place(OomKill& kill, const OomKilledLine& line) const;

  std::uint64_t page_bytes_;
  std::uint64_t lines_ = 0;
  Report report_;
  Last last_;
  std::string* open_line_ = nullptr;  // takes the fragments that follow
  std::string open_caller_;
};

}  // namespace perfwatch
