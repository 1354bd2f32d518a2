// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <charconv>

namespace perfwatch {
namespace {

void note_text(SweepErrors& errors, std::int32_t pid, std::string_view name, std::string_view why) {
  if (!errors.text.empty()) return;
  errors.text = "reading /proc/" + std::to_string(pid) + "/" + std::string(name) + ": ";
  errors.text += why;
}

bool is_gone(int errno_value) { return errno_value == ESRCH || errno_value == ENOENT; }

// On Linux 6.2 and later our own descriptor directory has a size: we hold at least one descriptor.
bool descriptor_size_is_count(int procfs) {
  struct statfs filesystem {};
  struct stat own {};
  return ::fstatfs(procfs, &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC &&
         ::fstatat(procfs, "self/fd", &own, 0) == 0 && own.st_size > 0;
}

std::optional<std::uint32_t> count_entries(int directory, const char* name) {
  const Directory entries = open_directory(directory, name);
  if (!entries) return std::nullopt;
  std::uint32_t count = 0;
  while (const dirent* entry = ::readdir(entries.get())) count += entry->d_name[0] != '.' ? 1U : 0U;
  return count;
}

void fill(const ProcessStatus& status, ProcessRecord& record) {
  record.comm = status.comm;
  record.uid = status.uid;
  record.resident_bytes = status.resident_bytes;
  record.anonymous_bytes = status.anonymous_bytes;
  record.swapped_bytes = status.swapped_bytes;
  record.voluntary_switches = status.voluntary_switches;
  record.involuntary_switches = status.involuntary_switches;
}

}  // namespace

int SmallFile::read_at(int directory, const char* name) {
  size_ = 0;
  const int fd = ::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return errno;
  const UniqueFd owner(fd);
  return read(fd);
}

int SmallFile::read(int fd) {
  size_ = 0;
  while (true) {
    const ssize_t got = ::pread(fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (static_cast<std::size_t>(got) < buffer_.size()) {
      size_ = static_cast<std::size_t>(got);
      return 0;
    }
    if (buffer_.size() >= kLimit) return E2BIG;
    buffer_.resize(buffer_.size() * 4 < kLimit ? buffer_.size() * 4 : kLimit);
  }
}

Directory open_directory(int directory, const char* name) {
  UniqueFd fd(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return nullptr;
  Directory opened(::fdopendir(fd.get()));
  if (opened) (void)fd.release();
  return opened;
}

UniqueFd open_process(int procfs, std::int32_t pid) {
  char name[16];
  *std::to_chars(name, name + sizeof name - 1, pid).ptr = '\0';
  return UniqueFd(::openat(procfs, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool is_exhaustion(int errno_value) {
  return errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM;
}

Reading note_failure(SweepErrors& errors, std::int32_t pid, std::string_view name,
                     int errno_value) {
  if (is_gone(errno_value)) return Reading::gone;
  const Error error = error_from_errno(errno_value);
  if (error.kind == ErrorKind::denied) {
    ++errors.denied;
  } else {
    ++errors.io;
  }
  note_text(errors, pid, name, error.text);
  return is_exhaustion(errno_value) ? Reading::failed : Reading::unread;
}

void note_malformed(SweepErrors& errors, std::int32_t pid, std::string_view name,
                    const Error& error) {
  ++errors.malformed;
  note_text(errors, pid, name, error.text);
}

ProcessFiles::ProcessFiles(const std::string& procfs)
    : procfs_(::open(procfs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      size_is_count_(procfs_.valid() && descriptor_size_is_count(procfs_.get())) {}

Reading ProcessFiles::complete(int directory, std::uint64_t resident_pages, ProcessRecord& record,
                               SweepErrors& errors) {
  Memory& memory = memory_[record.key];
  const bool fresh = memory.sweep == 0;
  const bool refresh = (sweep_ + static_cast<std::uint32_t>(record.key.pid)) % kRefresh == 0;
  const bool ran = may_have_run(directory, resident_pages, record, memory);
  if (fresh || refresh || ran) {
    const Reading reading = read_all(directory, record.key.pid, fresh || refresh, memory, errors);
    if (reading != Reading::done) return reading;
  } else if (memory.denied) {
    ++errors.denied;  // still so, though not asked again
  }
  if (memory.sweep != sweep_) ++completed_;
  memory.sweep = sweep_;
  fill(memory.status, record);
  if (memory.io) {
    record.read_bytes = memory.io->read_bytes;
    record.written_bytes = memory.io->written_bytes;
  }
  record.open_descriptors = memory.descriptors;
  record.descriptor_limit = memory.limit;
  return Reading::done;
}

bool ProcessFiles::may_have_run(int directory, std::uint64_t resident_pages,
                                const ProcessRecord& record, Memory& memory) {
  std::optional<ThreadTimes> times;
  if (record.threads <= 1 && record.state != 'R' && file_.read_at(directory, "schedstat") == 0) {
    times = parse_thread_times(file_.text());
  }
  const bool same = times && times == memory.times && resident_pages == memory.resident_pages;
  memory.times = times;
  memory.resident_pages = resident_pages;
  return !same;
}

Reading ProcessFiles::read_all(int directory, std::int32_t pid, bool limit_too, Memory& memory,
                               SweepErrors& errors) {
  if (const int error = file_.read_at(directory, "status")) {
    return note_failure(errors, pid, "status", error);
  }
  const auto status = parse_process_status(file_.text());
  if (!status) {
    note_malformed(errors, pid, "status", status.error());
    return Reading::unread;
  }
  memory.status = *status;
  read_io(directory, pid, memory, errors);
  memory.descriptors = count_descriptors(directory);
  if (limit_too && file_.read_at(directory, "limits") == 0) {
    memory.limit = parse_descriptor_limit(file_.text());
  }
  return Reading::done;
}

void ProcessFiles::read_io(int directory, std::int32_t pid, Memory& memory, SweepErrors& errors) {
  memory.io.reset();
  memory.denied = false;
  if (const int error = file_.read_at(directory, "io")) {
    memory.denied = error == EACCES || error == EPERM;
    (void)note_failure(errors, pid, "io", error);
    return;
  }
  const auto io = parse_process_io(file_.text());
  if (io) {
    memory.io = *io;
  } else {
    note_malformed(errors, pid, "io", io.error());
  }
}

std::optional<std::uint32_t> ProcessFiles::count_descriptors(int directory) const {
  if (!size_is_count_) return count_entries(directory, "fd");
  struct stat descriptors {};
  if (::fstatat(directory, "fd", &descriptors, 0) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(descriptors.st_size);
}

void ProcessFiles::end_sweep() {
  if (completed_ < memory_.size()) {
    std::erase_if(memory_, [this](const auto& entry) { return entry.second.sweep != sweep_; });
  }
  completed_ = 0;
}

}  // namespace perfwatch
