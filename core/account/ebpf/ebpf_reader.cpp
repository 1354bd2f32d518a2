// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/ebpf_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/account/ebpf/ebpf_programs.h"
#include "core/account/ebpf/images.h"
#include "core/account/ebpf/sweep_assembly.h"
#include "core/account/libproc_reader.h"
#include "core/account/process_files.h"
#include "core/account/process_names.h"
#include "core/account/process_text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kSweepPiece = std::size_t{64} << 10U;  // the kernel gives 32 KiB at a time
constexpr char kGone = 'X';  // state of a process that an exit event tells of

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

Comm to_comm(const char (&name)[kCommSize]) {
  Comm comm;
  std::copy_n(name, comm.size(), comm.begin());
  return comm;
}

class EbpfReader : public ProcessReader, private EbpfPrograms::Sink {
 public:
  EbpfReader(std::unique_ptr<EbpfPrograms> programs, UniqueFd procfs,
             std::unique_ptr<ProcessReader> sweeper)
      : programs_(std::move(programs)),
        procfs_(std::move(procfs)),
        sweeper_(std::move(sweeper)),
        names_(procfs_.get()) {}

  [[nodiscard]] Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override;
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process,
                                         IdentityNeeds needs) override;
  void expect(IdentityNeeds needs) override { programs_->want(needs); }
  void expect_jobs(std::span<const std::string> variables) override {
    programs_->want_jobs(variables);
  }
  [[nodiscard]] int event_descriptor() const override { return programs_->event_descriptor(); }
  [[nodiscard]] Result<void> drain(ProcessEvents& events) override;
  void hurry() override { programs_->hurry(); }
  void describe(Accounting& out) const override;

 private:
  void take_event(Bytes event) override;
  void take_summary(const WireSummaryKey& key, const WireSummary& sum) override;
  void take_exec(const WireExec& exec, const ExecNames& names);
  void take_exit(const WireExit& end);
  void take_oom(const WireOom& mark);

  [[nodiscard]] Result<void> read_sweep(std::vector<ProcessRecord>& out);
  [[nodiscard]] std::optional<std::uint32_t> count_descriptors(std::int32_t pid) const;
  // Without the iterator nobody knows which process runs which image.
  [[nodiscard]] bool knows_images() const { return sweeper_ == nullptr; }
  void remember(std::uint64_t image, const ProcessIdentity& identity, IdentityNeeds needs);

  std::unique_ptr<EbpfPrograms> programs_;
  UniqueFd procfs_;
  std::unique_ptr<ProcessReader> sweeper_;  // null: the iterator sweeps
  ProcessNames names_;
  Images images_;
  std::uint64_t page_bytes_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  SweepAssembly assembly_{page_bytes_};
  std::vector<std::byte> piece_ = std::vector<std::byte>(kSweepPiece);
  ProcessEvents* events_ = nullptr;  // during drain()
  std::uint64_t malformed_ = 0;
  ProcessExit exit_;  // reused, as its record is large
};

Result<SweepErrors> EbpfReader::sweep(std::vector<ProcessRecord>& out) {
  names_.begin_sweep();
  if (sweeper_) {
    programs_->note_foreign_sweep();
    return sweeper_->sweep(out);
  }
  if (auto read = read_sweep(out); !read) return tl::unexpected(std::move(read.error()));
  SweepErrors errors;
  errors.malformed = assembly_.malformed();
  if (errors.malformed != 0) errors.text = "a record of the task iterator: malformed";
  for (const std::size_t place : assembly_.uncounted()) {
    out[place].open_descriptors = count_descriptors(out[place].key.pid);
  }
  if (images_.size() != 0) {
    for (const auto& record : out) images_.touch(record.image);
  }
  images_.end_sweep();
  return errors;
}

Result<void> EbpfReader::read_sweep(std::vector<ProcessRecord>& out) {
  const auto fd = programs_->start_sweep();
  if (!fd) return tl::unexpected(fd.error());
  assembly_.begin(out);
  for (;;) {
    const ssize_t got = ::read(fd->get(), piece_.data(), piece_.size());
    if (got == 0) break;
    if (got > 0) {
      assembly_.add({piece_.data(), static_cast<std::size_t>(got)});
    } else if (errno != EINTR && errno != EAGAIN) {  // EAGAIN: a million tasks without a record
      return tl::unexpected(within("reading the task iterator", error_from_errno(errno)));
    }
  }
  programs_->end_sweep();
  assembly_.finish();
  return {};
}

// fstat of /proc/PID/fd counts since 6.2; before, they are listed.
std::optional<std::uint32_t> EbpfReader::count_descriptors(std::int32_t pid) const {
  const UniqueFd directory = open_process(procfs_.get(), pid);
  if (!directory.valid()) return std::nullopt;
  struct stat status {};
  if (::fstatat(directory.get(), "fd", &status, 0) != 0) return std::nullopt;
  if (status.st_size > 0) return static_cast<std::uint32_t>(status.st_size);
  const Directory listing = open_directory(directory.get(), "fd");
  if (!listing) return std::nullopt;
  std::uint32_t count = 0;
  while (const dirent* entry = ::readdir(listing.get())) count += entry->d_name[0] != '.' ? 1 : 0;
  return count;
}

ProcessIdentity EbpfReader::identify(const ProcessRecord& process, IdentityNeeds needs) {
  const Images::Names* known = process.image != 0 ? images_.find(process.image) : nullptr;
  const bool complete = known != nullptr && (known->known.exe || !needs.exe) &&
                        (known->known.cmdline || !needs.cmdline) &&
                        (known->known.cgroup || !needs.cgroup);
  // Of one that ended, /proc may show another by now.
  const bool ask = !complete && process.state != kGone;
  auto identity = names_.identify(process, ask ? needs : IdentityNeeds{.user = needs.user});
  if (complete || (known != nullptr && !ask)) {
    if (needs.exe) identity.exe = known->exe;
    if (needs.cmdline) identity.cmdline = known->cmdline;
    if (needs.cgroup) identity.cgroup = known->cgroup;
  } else if (ask && !process.kernel_thread && process.image != 0) {
    remember(process.image, identity, needs);
  }
  return identity;
}

// What /proc says of a program that was there before us, for its children that are yet to end.
void EbpfReader::remember(std::uint64_t image, const ProcessIdentity& identity,
                          IdentityNeeds needs) {
  needs.exe = needs.exe && !identity.exe.empty();
  needs.cmdline = needs.cmdline && !identity.cmdline.empty();
  needs.cgroup = needs.cgroup && !identity.cgroup.empty();
  if (!needs.exe && !needs.cmdline && !needs.cgroup) return;
  Images::Names* names = images_.put(image);
  if (names == nullptr) return;
  names->exe = identity.exe;
  names->cmdline = identity.cmdline;
  names->cgroup = identity.cgroup;
  names->known = needs;
  images_.account(*names);
}

Result<void> EbpfReader::drain(ProcessEvents& events) {
  events_ = &events;
  auto drained = programs_->drain(*this);
  events_ = nullptr;
  return drained;
}

void EbpfReader::take_event(Bytes event) {
  ExecNames names;
  if (const auto exec = decode_exec(event, names)) return take_exec(*exec, names);
  if (const auto end = decode<WireExit>(event)) return take_exit(*end);
  if (const auto mark = decode<WireOom>(event)) return take_oom(*mark);
  ++malformed_;
}

void EbpfReader::take_exec(const WireExec& exec, const ExecNames& names) {
  ProcessRecord record;
  fill_who(exec.who, record);
  record.threads = 1;
  record.state = 'R';
  fill_usage(exec.usage, (exec.who.flags & kWireHasIo) != 0, record);
  Program before{exec.before_image, to_comm(exec.before_comm)};
  if (!knows_images()) record.image = before.image = 0;
  if (names.exe || names.cmdline || names.cgroup) {
    if (Images::Names* place = images_.put(exec.who.image)) {
      place->known = {names.exe.has_value(), names.cmdline.has_value(), names.cgroup.has_value()};
      place->exe.clear();
      place->cmdline.clear();
      place->cgroup.clear();
      if (names.exe) join_components(*names.exe, place->exe);
      if (names.cmdline) {
        place->cmdline = *names.cmdline;
        place->cmdline.resize(join_arguments(place->cmdline.data(), place->cmdline.size()).size());
      }
      if (names.cgroup) join_components(*names.cgroup, place->cgroup);
      images_.account(*place);
    }
  }
  events_->program_changed(record, before);
  if ((exec.who.flags & kWireJobSeen) != 0) events_->job_seen(record);
}

void EbpfReader::take_exit(const WireExit& end) {
  exit_ = {};
  ProcessRecord& record = exit_.last;
  fill_who(end.who, record);
  record.state = kGone;
  fill_usage(end.usage, (end.who.flags & kWireHasIo) != 0, record);
  if (knows_images()) {
    images_.touch(record.image);
  } else {
    record.image = 0;
  }
  if (!record.kernel_thread) {
    exit_.max_resident_bytes = end.max_pages * page_bytes_;
    exit_.peak_resident_bytes =
        ((end.who.flags & kWireHasPeak) != 0 ? end.peak_pages : end.max_pages) * page_bytes_;
  }
  exit_.wait_status = end.wait_status;
  if ((end.who.flags & kWireHasLife) != 0) exit_.lived_seconds = seconds(end.lived_ns);
  events_->ended(exit_);
}

void EbpfReader::take_oom(const WireOom& mark) {
  OomMark out;
  out.pid = mark.pid;
  out.comm = to_comm(mark.comm);
  out.uid = mark.uid;
  out.anonymous_bytes = mark.anonymous_pages * page_bytes_;
  out.file_bytes = mark.file_pages * page_bytes_;
  out.shared_bytes = mark.shared_pages * page_bytes_;
  out.boot_nanoseconds = mark.boottime_ns;
  events_->killed_for_memory(out);
}

void EbpfReader::take_summary(const WireSummaryKey& key, const WireSummary& sum) {
  ExitSummary out;
  out.count = sum.count;
  out.failed = sum.failed;
  out.largest_peak_bytes = sum.largest_peak_pages * page_bytes_;
  out.lived_seconds = seconds(sum.lived_ns);
  out.sum.image = knows_images() ? key.image : 0;
  out.sum.comm = to_comm(key.comm);
  out.sum.uid = sum.uid;
  out.sum.cgroup = sum.cgroup;
  out.sum.state = kGone;
  out.sum.forked = (sum.flags & kWireForked) != 0;
  out.sum.kernel_thread = (sum.flags & kWireKernelThread) != 0;
  const auto times = split_cpu(sum.usage);
  out.sum.user_seconds = seconds(times.user_ns);
  out.sum.system_seconds = seconds(times.system_ns);
  fill_usage(sum.usage, (sum.flags & kWireHasIo) != 0, out.sum);
  images_.touch(key.image);
  events_->ended_unseen(out);
}

void EbpfReader::describe(Accounting& out) const {
  out.tier = AccountingTier::ebpf;
  out.note.clear();
  const auto& no_sweep = programs_->no_sweep();
  const auto& no_oom = programs_->no_oom();
  const bool iterates = no_sweep.empty();
  out.features = {
      {"sweep", iterates ? "task iterator" : "procfs", no_sweep},
      {"exits", "tracepoints", {}},
      {"names", iterates ? "exec event" : "procfs",
       iterates ? "" : "without the task iterator nobody knows which process runs which program"},
      {"cgroups", iterates ? "task iterator" : "none", {}},
      {"oom", no_oom.empty() ? "tracepoint" : "none", no_oom},
  };
  using Hook = EbpfPrograms::Hook;
  out.lost = {
      {"exec", "ring_full", programs_->lost(kLostExecRingFull)},
      {"exec", "unseen", programs_->missed(Hook::exec)},
      {"exit", "malformed", malformed_},
      {"exit", "ring_full", programs_->lost(kLostExitRingFull)},
      {"exit", "table_full", programs_->lost(kLostExitTableFull)},
      {"exit", "unseen", programs_->missed(Hook::exit)},
      {"exit", "late", programs_->lost(kLostExitUnseen)},
      {"oom", "ring_full", programs_->lost(kLostOomRingFull)},
  };
}

}  // namespace

Result<std::unique_ptr<ProcessReader>> make_ebpf_reader(const AccountingSettings& settings) {
  auto programs = EbpfPrograms::load(settings);
  if (!programs) return tl::unexpected(std::move(programs.error()));
  UniqueFd procfs(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!procfs.valid()) return tl::unexpected(within("opening /proc", error_from_errno(errno)));
  std::unique_ptr<ProcessReader> sweeper;
  if (!(*programs)->no_sweep().empty()) {
    auto reader = LibprocReader::make(static_cast<double>(::sysconf(_SC_CLK_TCK)));
    if (!reader) return tl::unexpected(std::move(reader.error()));
    sweeper = std::move(*reader);
  }
  return std::make_unique<EbpfReader>(std::move(*programs), std::move(procfs), std::move(sweeper));
}

}  // namespace perfwatch
