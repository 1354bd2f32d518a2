// SPDX-License-Identifier: Apache-2.0
#include "core/account/libproc_reader.h"

#include <libproc2/pids.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace perfwatch {
namespace {

enum Place : std::size_t {
  kPid,
  kParent,
  kState,
  kFlags,
  kThreads,
  kUserTicks,
  kSystemTicks,
  kStartTicks,
  kMinorFaults,
  kMajorFaults,
  kResidentPages,
  kPlaces
};

// All from stat: an item of any other file costs one more file for every process.
constexpr std::array<pids_item, kPlaces> kItems = {
    PIDS_ID_PID,      PIDS_ID_PPID,    PIDS_STATE,   PIDS_FLAGS,   PIDS_NLWP, PIDS_TICS_USER,
    PIDS_TICS_SYSTEM, PIDS_TICS_BEGAN, PIDS_FLT_MIN, PIDS_FLT_MAJ, PIDS_RSS};

void fill(const pids_result* head, double ticks_per_second, ProcessRecord& record) {
  record.key = {head[kPid].result.s_int, head[kStartTicks].result.ull_int};
  record.parent = head[kParent].result.s_int;
  record.state = static_cast<char>(head[kState].result.s_ch);
  record.kernel_thread = (head[kFlags].result.ul_int & kFlagKernelThread) != 0;
  record.forked = (head[kFlags].result.ul_int & kFlagForked) != 0;
  record.threads = static_cast<std::uint32_t>(head[kThreads].result.s_int);
  record.user_seconds = static_cast<double>(head[kUserTicks].result.ull_int) / ticks_per_second;
  record.system_seconds = static_cast<double>(head[kSystemTicks].result.ull_int) / ticks_per_second;
  record.minor_faults = head[kMinorFaults].result.ul_int;
  record.major_faults = head[kMajorFaults].result.ul_int;
}

}  // namespace

void LibprocReader::Unref::operator()(pids_info* info) const { procps_pids_unref(&info); }

LibprocReader::LibprocReader(double ticks_per_second)
    : ticks_per_second_(ticks_per_second), files_("/proc"), names_(files_.procfs()) {}

Result<std::unique_ptr<ProcessReader>> LibprocReader::make(double ticks_per_second) {
  std::unique_ptr<LibprocReader> reader(new LibprocReader(ticks_per_second));
  if (!reader->files_.valid()) {
    return tl::unexpected(within("opening /proc", error_from_errno(errno)));
  }
  auto items = kItems;  // libproc2 takes a pointer to non-const and copies
  pids_info* info = nullptr;
  const int status = procps_pids_new(&info, items.data(), static_cast<int>(items.size()));
  if (status < 0) return tl::unexpected(within("starting libproc2", error_from_errno(-status)));
  reader->info_.reset(info);
  return reader;
}

Result<SweepErrors> LibprocReader::sweep(std::vector<ProcessRecord>& out) {
  out.clear();
  errno = 0;
  const pids_fetch* fetch = procps_pids_reap(info_.get(), PIDS_FETCH_TASKS_ONLY);
  if (fetch == nullptr) {
    return tl::unexpected(within("reading /proc by libproc2", error_from_errno(errno)));
  }
  SweepErrors errors;
  files_.begin_sweep();
  names_.begin_sweep();
  for (int i = 0; i < fetch->counts->total; ++i) {
    const Reading reading = read_process(fetch->stacks[i], out.emplace_back(), errors);
    if (reading == Reading::failed) return fail(ErrorKind::io, std::move(errors.text));
    if (reading == Reading::unread) errors.unread.push_back(out.back().key.pid);
    if (reading != Reading::done) out.pop_back();
  }
  files_.end_sweep();
  return errors;
}

Reading LibprocReader::read_process(const pids_stack* stack, ProcessRecord& record,
                                    SweepErrors& errors) {
  fill(stack->head, ticks_per_second_, record);
  const UniqueFd directory = open_process(files_.procfs(), record.key.pid);
  if (!directory.valid()) return note_failure(errors, record.key.pid, "", errno);
  return files_.complete(directory.get(), stack->head[kResidentPages].result.ul_int, record,
                         errors);
}

}  // namespace perfwatch
