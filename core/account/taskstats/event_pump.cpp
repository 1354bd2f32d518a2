// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/event_pump.h"

#include <linux/netlink.h>
#include <time.h>

#include <algorithm>
#include <utility>

namespace perfwatch {
namespace {

constexpr std::int32_t kThreadDaemon = 2;

std::uint64_t nanoseconds_of(clockid_t clock) {
  timespec now{};
  (void)::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// CLOCK_BOOTTIME - CLOCK_MONOTONIC: the time that the host was suspended.
std::uint64_t boot_offset() {
  const std::uint64_t monotonic = nanoseconds_of(CLOCK_MONOTONIC);
  const std::uint64_t boot = nanoseconds_of(CLOCK_BOOTTIME);
  constexpr std::uint64_t kNoise = 1'000'000;  // between the two calls
  return boot > monotonic + kNoise ? boot - monotonic : 0;
}

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

}  // namespace

EventPump::EventPump(ExitConnection exits, std::optional<ProcConnection> procs, Settings settings)
    : exits_(std::move(exits)),
      procs_(std::move(procs)),
      settings_(settings),
      tree_(settings.ticks_per_second, boot_offset()),
      book_(settings.exits.tick_nanoseconds) {
  batch_.reserve(kBatch);
}

Result<void> EventPump::pump(ProcessEvents& out) {
  now_ = std::chrono::steady_clock::now();
  now_nanoseconds_ = nanoseconds_of(CLOCK_MONOTONIC);
  tree_.set_boot_offset(boot_offset());
  bool empty = false;
  for (std::size_t i = 0; procs_ && i < kMostBatches && !empty; ++i) {
    if (auto taken = take_batch(); !taken) return taken;
    records_taken_ = false;
    empty = batch_.empty();
    for (std::size_t k = 0; k < batch_.size(); ++k) {
      if (auto handled = handle(k, out); !handled) return handled;
    }
  }
  for (std::size_t i = 0; i < kMostBatches; ++i) {
    const auto taken = take_records();
    if (!taken) return tl::unexpected(taken.error());
    const auto limit = procs_ ? now_ - kPatience : now_ + kPatience;
    while (const auto ended = book_.end_older(limit)) end_process(*ended, nullptr, out);
    if (*taken == 0) break;
  }
  if (empty) records_missing_ = false;
  return {};
}

Result<void> EventPump::take_batch() {
  batch_.clear();
  NetlinkSocket& socket = procs_->socket();
  while (batch_.size() < kBatch) {
    const auto received = socket.receive();
    if (!received) return tl::unexpected(within("the proc connector", received.error()));
    if (received->overrun) {
      ++proc_loss_.overrun;
      gap_credit_ = 1;
    }
    if (received->count == 0) break;
    for (std::size_t i = 0; i < received->count; ++i) {
      if (const auto datagram = socket.datagram(i)) take_event(*datagram);
    }
  }
  return {};
}

void EventPump::take_event(Bytes datagram) {
  NetlinkMessages messages(datagram);
  NetlinkMessage message;
  while (messages.next(message)) {
    if (message.type != NLMSG_DONE) continue;
    const auto event = parse_proc_event(message.payload);
    if (!event) {
      ++proc_loss_.malformed;
      continue;
    }
    count_gap(*event);
    batch_.push_back(*event);
  }
  if (messages.malformed() || datagram.empty()) ++proc_loss_.malformed;
}

void EventPump::count_gap(const ProcEvent& event) {
  // Acknowledgements to any listener have a number too; before Linux 6.6 they are of no CPU.
  const std::uint64_t missing = gaps_.missing(event.cpu, event.sequence);
  const std::uint64_t credit = std::min(missing, gap_credit_);
  gap_credit_ -= credit;
  proc_loss_.overrun += missing - credit;
}

Result<void> EventPump::handle(std::size_t index, ProcessEvents& out) {
  const ProcEvent& event = batch_[index];
  switch (event.kind) {
    case ProcKind::forked:
      if (event.tid == event.pid) tree_.fork(event);
      return {};
    case ProcKind::executed:
      handle_exec(index, out);
      return {};
    case ProcKind::owner:
      if (event.tid == event.pid) tree_.at(event.pid).uid = event.uid;
      return {};
    case ProcKind::renamed:
      if (event.tid == event.pid) tree_.at(event.pid).comm = event.comm;
      return {};
    case ProcKind::ended:
      return handle_exit(event, out);
    case ProcKind::acknowledged:
    case ProcKind::other:
      return {};
  }
  return {};
}

void EventPump::handle_exec(std::size_t index, ProcessEvents& out) {
  TreeProcess& process = tree_.at(batch_[index].pid);
  tree_.exec(process, batch_[index].nanoseconds);
  if (started_ && !superseded(index)) started_(process, out);
}

bool EventPump::superseded(std::size_t index) const {
  return std::any_of(batch_.begin() + static_cast<std::ptrdiff_t>(index) + 1, batch_.end(),
                     [pid = batch_[index].pid](const ProcEvent& later) {
                       return later.pid == pid && later.tid == pid &&
                              (later.kind == ProcKind::executed || later.kind == ProcKind::ended);
                     });
}

Result<void> EventPump::handle_exit(const ProcEvent& event, ProcessEvents& out) {
  auto ended = book_.end(event.tid);
  while (!ended && !records_taken_) {
    const auto taken = take_records();
    if (!taken) return tl::unexpected(taken.error());
    records_taken_ = *taken == 0;
    ended = book_.end(event.tid);
  }
  // What its process, or its parent, may have waited for.
  if (TreeProcess* waiting = tree_.find(ended ? event.parent : event.pid); waiting != nullptr) {
    waiting->others_end_nanoseconds = event.nanoseconds;
  }
  if (ended) {
    end_process(*ended, &event, out);
    return {};
  }
  if (event.tid != event.pid || book_.knows(event.pid)) return {};  // others of it go on
  TreeProcess* process = tree_.find(event.pid);
  if (process == nullptr || process->ended) return {};
  process->ended = true;
  if (!records_missing_) return {};  // its record came before we listened
  const std::uint64_t credit = std::min<std::uint64_t>(record_credit_, 1);
  record_credit_ -= credit;
  exit_loss_.overrun += 1 - credit;
  return {};
}

Result<std::size_t> EventPump::take_records() {
  const auto received = exits_.socket.receive();
  if (!received) return tl::unexpected(within("taskstats", received.error()));
  if (received->overrun) {
    ++exit_loss_.overrun;
    record_credit_ = 1;
    records_missing_ = true;
  }
  for (std::size_t i = 0; i < received->count; ++i) {
    if (const auto datagram = exits_.socket.datagram(i)) take_record(*datagram);
  }
  return received->count;
}

void EventPump::take_record(Bytes datagram) {
  NetlinkMessages messages(datagram);
  NetlinkMessage message;
  while (messages.next(message)) {
    if (message.type != exits_.family) continue;
    if (const auto record = parse_exit_record(message.payload)) {
      book_.take(*record, now_);
    } else {
      ++exit_loss_.malformed;
    }
  }
  if (messages.malformed() || datagram.empty()) ++exit_loss_.malformed;
}

void EventPump::end_process(const EndedProcess& ended, const ProcEvent* event, ProcessEvents& out) {
  TreeProcess& process = process_of(ended, event);
  tree_.resolve_image(process);
  out.ended(make_exit(ended, process, event, settings_.exits));
  process.ended = true;
  if (ended_) ended_(process);
}

TreeProcess& EventPump::process_of(const EndedProcess& ended, const ProcEvent* event) {
  constexpr std::uint64_t kDoubtTicks = 200;  // the record and its event are not that far apart
  const std::uint64_t end = event != nullptr ? event->nanoseconds : now_nanoseconds_;
  const std::uint64_t lived = ended.last.process_lived_microseconds * 1000;
  std::uint64_t start_ticks = tree_.to_ticks(less(end, lived));
  TreeProcess& process = tree_.at(ended.last.pid);
  const bool another =
      process.key.start_ticks != 0 && start_ticks > process.key.start_ticks + kDoubtTicks;
  if (process.ended || another) {  // its fork was lost
    // Two of them in one drain have the same time, but are not the same process.
    start_ticks = std::max(start_ticks, process.key.start_ticks + 1);
    process = TreeProcess{};
    process.key.pid = ended.last.pid;
  }
  if (process.key.start_ticks == 0) process.key.start_ticks = start_ticks;
  if (process.parent == 0) process.parent = ended.last.parent;
  if (ended.last.parent == kThreadDaemon) process.kernel_thread = true;
  if (!process.image_known) {
    process.comm = ended.sum.comm;
    process.forked = ended.has_first && ended.sum.forked;
  }
  return process;
}

}  // namespace perfwatch
