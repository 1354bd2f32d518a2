// SPDX-License-Identifier: Apache-2.0
// Datagrams of netlink, taken apart as the taskstats tier does, and the exits made of them.
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/account/taskstats/event_loss.h"
#include "core/account/taskstats/exit_book.h"
#include "core/account/taskstats/netlink.h"
#include "core/account/taskstats/process_tree.h"
#include "core/account/taskstats/records.h"

namespace {

using namespace perfwatch;

constexpr std::uint64_t kTick = 4'000'000;

void check(bool promise) {
  if (!promise) std::abort();
}

void check_exit(const ProcessExit& exit) {
  check(std::isfinite(exit.last.user_seconds) && exit.last.user_seconds >= 0);
  check(std::isfinite(exit.last.system_seconds) && exit.last.system_seconds >= 0);
  check(view(exit.last.comm).size() < kCommSize);
}

void check_event(const ProcEvent& event, ProcessTree& tree, ExitBook& book) {
  if (event.kind == ProcKind::forked) tree.fork(event);
  if (event.kind == ProcKind::executed) tree.exec(tree.at(event.pid), event.nanoseconds);
  if (event.kind != ProcKind::ended) return;
  const auto ended = book.end(event.tid);
  if (!ended) return;
  TreeProcess& process = tree.at(ended->last.pid);
  tree.resolve_image(process);
  check_exit(make_exit(*ended, process, &event, {}));
  process.ended = true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  (void)netlink_errno(bytes);
  ProcessTree tree(100, 0);
  ExitBook book(kTick);
  SequenceGaps gaps;
  NetlinkMessages messages(bytes);
  NetlinkMessage message;
  while (messages.next(message)) {
    check(message.payload.size() <= size);
    if (const auto record = parse_exit_record(message.payload)) {
      check(record->thread.tid > 0 && record->thread.pid > 0);
      check(unrecorded_nanoseconds(record->thread, kTick) <= kTick);
      book.take(*record, {});
    }
    if (const auto event = parse_proc_event(message.payload)) {
      (void)gaps.missing(event->cpu, event->sequence);
      check_event(*event, tree, book);
    }
  }
  while (const auto ended = book.end_older(ExitBook::Time(std::chrono::seconds(1)))) {
    check_exit(make_exit(*ended, tree.at(ended->last.pid), nullptr, {.io_counted = false}));
  }
  tree.begin_sweep();
  tree.end_sweep();
  return 0;
}
