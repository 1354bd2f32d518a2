// SPDX-License-Identifier: Apache-2.0
#include "core/account/descendants.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/account/process_text.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::int32_t kUnread = -1;
constexpr std::size_t kDeepest =
    4096;  // generations; a chain that is longer is a loop of reused pids
constexpr std::size_t kCommandLine = 4096;
constexpr std::size_t kMostOpen = 64;  // two files each

// Of our descriptors a quarter at most.
std::size_t most_open() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return std::min<std::size_t>(kMostOpen, limit.rlim_cur / 8);
}

// "2345 1200 800 ...": pages in all, resident, of these shared with files.
bool parse_statm(std::string_view text, std::uint64_t page_bytes, Descendant& out) {
  (void)next_word(text);
  const auto resident = next_u64(text);
  const auto shared = next_u64(text);
  if (!resident || !shared) return false;
  out.resident_bytes = *resident * page_bytes;
  out.anonymous_bytes = (*resident - std::min(*resident, *shared)) * page_bytes;
  return true;
}

}  // namespace

DescendantScan::DescendantScan(const std::string& procfs, std::int32_t ancestor,
                               double ticks_per_second, Wants wants)
    : procfs_(::open(procfs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      ancestor_(ancestor),
      ticks_per_second_(ticks_per_second),
      wants_(wants),
      page_bytes_(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))),
      most_open_(most_open()) {}

void DescendantScan::want(Wants wants) {
  wants_ = wants;
  for (auto& [pid, known] : known_) known.memory.reset();
}

Result<void> DescendantScan::scan(std::int32_t root, std::vector<Descendant>& out) {
  out.clear();
  ++scan_;
  open_ = 0;
  errno = EBADF;
  if (!procfs_.valid()) return tl::unexpected(within("opening /proc", error_from_errno(errno)));
  list();
  if (pids_.empty()) return fail(ErrorKind::io, "/proc lists no process");
  for (const std::int32_t pid : fresh_) {
    const UniqueFd directory = open_process(procfs_.get(), pid);
    Descendant process;
    const bool there =
        directory.valid() && file_.read_at(directory.get(), "stat") == 0 && take_stat(pid, process);
    known_[pid].parent = there ? process.parent : kUnread;
  }
  judge(root);
  news_.clear();
  for (const std::int32_t pid : fresh_) {
    if (known_[pid].kind == Kind::descendant) news_.push_back(pid);
  }
  for (const std::int32_t pid : pids_) {
    Known& known = known_[pid];
    Descendant process;
    if (known.kind == Kind::descendant && read(pid, known, process)) out.push_back(process);
  }
  std::erase_if(known_, [this](const auto& entry) { return entry.second.scan != scan_; });
  return {};
}

void DescendantScan::refresh(std::span<const ProcessKey> more, std::vector<Descendant>& out) {
  open_ = 0;
  auto kept = out.begin();
  for (Descendant& process : out) {
    const ProcessKey key = process.key;
    if (read(key.pid, known_[key.pid], process) && is_same_process(process.key, key)) {
      *kept++ = process;
    } else {
      known_.erase(key.pid);
    }
  }
  out.erase(kept, out.end());
  for (const ProcessKey& key : more) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const Descendant& process) {
      return process.key.pid == key.pid;
    });
    if (known) continue;
    Descendant process;
    known_[key.pid] = {0, Kind::descendant, kUnread, scan_, {}, {}};
    if (read(key.pid, known_[key.pid], process) && is_same_process(process.key, key)) {
      out.push_back(process);
    } else {
      known_.erase(key.pid);
    }
  }
}

void DescendantScan::list() {
  pids_.clear();
  fresh_.clear();
  const Directory entries = open_directory(procfs_.get(), ".");
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries.get())) {
    const auto pid = to_number<std::int32_t>(entry->d_name);
    if (!pid || *pid <= 0 || *pid == ancestor_) continue;
    Known& known = known_[*pid];
    if (known.inode != entry->d_ino) known = {entry->d_ino, Kind::open, kUnread, 0, {}, {}};
    known.scan = scan_;
    pids_.push_back(*pid);
    if (known.kind == Kind::open) fresh_.push_back(*pid);
  }
}

bool DescendantScan::read(std::int32_t pid, Known& known, Descendant& out) {
  out = {};
  if (!known.stat.valid() || !known.memory.valid()) return read_anew(pid, known, out);
  // ESRCH when it has ended, even if its pid is another's by now.
  if (file_.read(known.stat.get()) != 0 || !take_stat(pid, out)) return false;
  if (file_.read(known.memory.get()) == 0) take_memory(out);
  keep_open(known);
  return true;
}

void DescendantScan::keep_open(Known& known) {
  if (open_ < most_open_) {
    ++open_;
    return;
  }
  known.stat.reset();
  known.memory.reset();
}

bool DescendantScan::read_anew(std::int32_t pid, Known& known, Descendant& out) {
  const UniqueFd directory = open_process(procfs_.get(), pid);
  if (!directory.valid()) return false;
  known.stat = UniqueFd(::openat(directory.get(), "stat", O_RDONLY | O_CLOEXEC));
  if (file_.read(known.stat.get()) != 0 || !take_stat(pid, out)) return false;
  const char* const memory = wants_.peaks ? "status" : "statm";
  known.memory = UniqueFd(::openat(directory.get(), memory, O_RDONLY | O_CLOEXEC));
  if (file_.read(known.memory.get()) == 0) take_memory(out);
  struct stat status {};
  if (known.inode == 0 && ::fstat(directory.get(), &status) == 0) known.inode = status.st_ino;
  keep_open(known);
  return true;
}

bool DescendantScan::take_stat(std::int32_t pid, Descendant& out) const {
  const auto stat = parse_process_stat(file_.text());
  if (!stat) return false;
  out.key = {pid, stat->start_ticks};
  out.parent = stat->parent;
  out.comm = stat->comm;
  out.state = stat->state;
  out.cpu_seconds = static_cast<double>(stat->user_ticks + stat->system_ticks) / ticks_per_second_;
  out.children_cpu_seconds =
      static_cast<double>(stat->children_user_ticks + stat->children_system_ticks) /
      ticks_per_second_;
  return true;
}

void DescendantScan::take_memory(Descendant& out) const {
  if (wants_.peaks) {
    const auto status = parse_process_status(file_.text());
    if (!status) return;
    out.resident_bytes = status->resident_bytes;
    out.anonymous_bytes = status->anonymous_bytes;
    out.peak_bytes = std::max(status->peak_bytes, status->resident_bytes);
  } else if (parse_statm(file_.text(), page_bytes_, out)) {
    out.peak_bytes = out.resident_bytes;
  }
}

// Whose parent ended meanwhile has another one by the next scan.
void DescendantScan::judge(std::int32_t root) {
  for (const std::int32_t pid : fresh_) {
    line_.clear();
    Kind kind = Kind::open;
    for (std::int32_t next = pid; kind == Kind::open && line_.size() < kDeepest;) {
      const auto found = known_.find(next);
      if (found == known_.end() || found->second.scan != scan_) break;
      kind = kind_of(next, found->second, root);
      line_.push_back(next);
      next = found->second.parent;
    }
    for (const std::int32_t member : line_) known_[member].kind = kind;
  }
}

// As far as it tells without its parent's.
DescendantScan::Kind DescendantScan::kind_of(std::int32_t pid, const Known& known,
                                             std::int32_t root) const {
  if (known.kind != Kind::open || known.parent == kUnread) return known.kind;
  if (known.parent == ancestor_) {
    return scan_ > 1 || pid == root ? Kind::descendant : Kind::stranger;
  }
  return known.parent <= 1 ? Kind::stranger : Kind::open;
}

std::string DescendantScan::command_line(std::int32_t pid) {
  const UniqueFd directory = open_process(procfs_.get(), pid);
  if (!directory.valid() || file_.read_at(directory.get(), "cmdline") != 0) return {};
  std::string text(file_.text().substr(0, kCommandLine));
  text.resize(join_arguments(text.data(), text.size()).size());
  return text;
}

}  // namespace perfwatch
