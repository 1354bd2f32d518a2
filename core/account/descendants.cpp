// SPDX-License-Identifier: Apache-2.0
#include "core/account/descendants.h"

#include <fcntl.h>
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
      page_bytes_(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))) {}

Result<void> DescendantScan::scan(std::int32_t root, std::vector<Descendant>& out) {
  out.clear();
  ++scan_;
  errno = EBADF;
  if (!procfs_.valid()) return tl::unexpected(within("opening /proc", error_from_errno(errno)));
  list();
  if (pids_.empty()) return fail(ErrorKind::io, "/proc lists no process");
  for (const std::int32_t pid : fresh_) {
    const UniqueFd directory = open_process(procfs_.get(), pid);
    Descendant process;
    known_[pid].parent = read_stat(directory.get(), pid, process) ? process.parent : kUnread;
  }
  judge(root);
  for (const std::int32_t pid : pids_) {
    if (known_[pid].kind != Kind::descendant) continue;
    const UniqueFd directory = open_process(procfs_.get(), pid);
    Descendant process;
    if (!read_stat(directory.get(), pid, process)) continue;
    read_memory(directory.get(), process);
    out.push_back(process);
  }
  std::erase_if(known_, [this](const auto& entry) { return entry.second.scan != scan_; });
  return {};
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
    if (known.inode != entry->d_ino) known = {entry->d_ino, Kind::open, kUnread, 0};
    known.scan = scan_;
    pids_.push_back(*pid);
    if (known.kind == Kind::open) fresh_.push_back(*pid);
  }
}

bool DescendantScan::read_stat(int directory, std::int32_t pid, Descendant& out) {
  if (directory < 0 || file_.read_at(directory, "stat") != 0) return false;
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

void DescendantScan::read_memory(int directory, Descendant& out) {
  if (wants_.peaks) {
    if (file_.read_at(directory, "status") != 0) return;
    const auto status = parse_process_status(file_.text());
    if (!status) return;
    out.resident_bytes = status->resident_bytes;
    out.anonymous_bytes = status->anonymous_bytes;
    out.peak_bytes = std::max(status->peak_bytes, status->resident_bytes);
  } else if (file_.read_at(directory, "statm") == 0 &&
             parse_statm(file_.text(), page_bytes_, out)) {
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
