// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_measurer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "core/account/process_files.h"
#include "core/account/process_text.h"
#include "core/base/file_reader.h"
#include "core/base/text.h"
#include "core/base/unique_fd.h"

namespace perfwatch {
namespace {

std::string boot_id() {
  FileReader file;
  const auto text = file.read("/proc/sys/kernel/random/boot_id");
  return text ? std::string(trim(*text)) : std::string();
}

// Gone: there is none.
Result<ProcessKey> key_of_process(std::int32_t pid) {
  const UniqueFd procfs(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd directory = open_process(procfs.get(), pid);
  SmallFile file;
  const int error = directory.valid() ? file.read_at(directory.get(), "stat") : errno;
  if (error == ENOENT || error == ESRCH) return fail(ErrorKind::gone, "it has ended");
  if (error != 0) return tl::unexpected(error_from_errno(error));
  const auto stat = parse_process_stat(file.text());
  if (!stat) return tl::unexpected(stat.error());
  return ProcessKey{pid, stat->start_ticks};
}

}  // namespace

RunMeasurer this_measurer() {
  const auto self = key_of_process(::getpid());
  return {self.value_or(ProcessKey{::getpid(), 0}), boot_id()};
}

bool is_alive(const RunMeasurer& measurer) {
  const std::string now = boot_id();
  if (now.empty() || measurer.boot_id.empty()) return true;
  if (measurer.boot_id != now) return false;
  const auto process = key_of_process(measurer.process.pid);
  if (!process) return process.error().kind != ErrorKind::gone;
  return measurer.process.start_ticks == 0 || *process == measurer.process;
}

}  // namespace perfwatch
