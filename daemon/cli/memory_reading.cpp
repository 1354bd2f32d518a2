// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/memory_reading.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "core/account/process_files.h"
#include "core/account/process_text.h"
#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

// Between the caller and the thread that may hang.
struct Work {
  std::string procfs;
  std::optional<std::uint64_t> largest;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<MemoryRow> rows;  // from here on under the mutex
  bool done = false;
  bool abandoned = false;
};

UniqueFd open_procfs(const std::string& procfs) {
  return UniqueFd(::open(procfs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

MemoryOutcome outcome_of(ErrorKind kind) {
  if (kind == ErrorKind::gone) return MemoryOutcome::ended;
  return kind == ErrorKind::denied ? MemoryOutcome::denied : MemoryOutcome::failed;
}

void read_one(int procfs, const std::optional<std::uint64_t>& largest, SmallFile& file,
              MemoryRow& row) {
  row.outcome = MemoryOutcome::read;
  if (row.resident_bytes == 0) return;  // a kernel thread or a zombie
  if (largest && row.resident_bytes > *largest) {
    row.outcome = MemoryOutcome::too_large;
    return;
  }
  auto memory = read_smaps_rollup(procfs, row.key, file);
  if (memory) {
    row.memory = *memory;
  } else {
    row.outcome = outcome_of(memory.error().kind);
    row.error = safe_text(memory.error().text);
  }
}

void work_on(Work& work) {
  const UniqueFd procfs = open_procfs(work.procfs);
  SmallFile file;
  for (std::size_t i = 0;; ++i) {
    MemoryRow row;
    {
      const std::lock_guard lock(work.mutex);
      if (work.abandoned || i == work.rows.size()) break;
      row = work.rows[i];
    }
    read_one(procfs.get(), work.largest, file, row);
    const std::lock_guard lock(work.mutex);
    if (!work.abandoned) work.rows[i] = std::move(row);
  }
  const std::lock_guard lock(work.mutex);
  work.done = true;
  work.changed.notify_all();
}

}  // namespace

std::string_view to_string(MemoryOutcome outcome) {
  switch (outcome) {
    case MemoryOutcome::read:
      return "read";
    case MemoryOutcome::ended:
      return "ended";
    case MemoryOutcome::denied:
      return "denied";
    case MemoryOutcome::too_large:
      return "too_large";
    case MemoryOutcome::late:
      return "late";
    case MemoryOutcome::failed:
      return "failed";
  }
  return "failed";
}

Result<MemoryRow> find_process(const std::string& procfs, std::int32_t pid) {
  const UniqueFd root = open_procfs(procfs);
  const UniqueFd directory = open_process(root.get(), pid);
  SmallFile file;
  const int error = directory.valid() ? file.read_at(directory.get(), "stat") : errno;
  if (error == ENOENT || error == ESRCH) {
    return fail(ErrorKind::gone, "no process " + std::to_string(pid));
  }
  if (error != 0) {
    return tl::unexpected(within("process " + std::to_string(pid), error_from_errno(error)));
  }
  const auto stat = parse_process_stat(file.text());
  if (!stat) return tl::unexpected(within("process " + std::to_string(pid), stat.error()));
  MemoryRow row;
  row.key = {pid, stat->start_ticks};
  row.comm = safe_text(view(stat->comm));
  row.resident_bytes = stat->resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return row;
}

std::vector<MemoryRow> read_memory(const std::string& procfs, std::vector<MemoryRow> rows,
                                   const MemoryLimits& limits) {
  const auto deadline = std::chrono::steady_clock::now() + limits.deadline;
  const auto work = std::make_shared<Work>();
  work->procfs = procfs;
  work->largest = limits.resident_bytes;
  work->rows = std::move(rows);
  std::thread reader([work] { work_on(*work); });
  std::unique_lock lock(work->mutex);
  const bool done = work->changed.wait_until(lock, deadline, [&] { return work->done; });
  work->abandoned = true;
  auto result = std::move(work->rows);
  lock.unlock();
  if (done) {
    reader.join();
  } else {
    reader.detach();
  }
  return result;
}

}  // namespace perfwatch
