// SPDX-License-Identifier: Apache-2.0
// How RunWatch begins a run: by itself, or because somebody said so.
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "core/account/host_class.h"
#include "core/account/run_watch.h"
#include "core/base/text.h"
#include "core/base/ulid.h"
#include "core/model/run_limits.h"

namespace perfwatch {
namespace {

constexpr std::uint32_t kLateSweeps = 2;  // then ends that waited are forgotten

double boot_seconds() {
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string base_name(std::string_view path) {
  return clean_name(path.substr(path.rfind('/') + 1));
}

}  // namespace

RunWatchHost make_run_watch_host(const Roots& roots, double ticks_per_second) {
  RunWatchHost host;
  host.origin = std::make_unique<ProcfsOrigin>(roots.procfs);
  host.boot_seconds = boot_seconds;
  host.stall = [roots] { return read_host_stall(roots); };
  host.make_id = new_ulid;
  host.ticks_per_second = ticks_per_second;
  utsname names{};
  host.user = ::geteuid();
  if (::uname(&names) == 0) host.name = printable_utf8(names.nodename);
  host.host_class = read_host_class(roots);
  return host;
}

RunWatch::Names RunWatch::names_of(const Entry& root) const {
  const auto environment = host_.origin->environment(root.key);
  auto ci = ci_names(environ_variables(environment.value_or("")));
  Names names{std::move(ci.component), std::move(ci.job), std::move(ci.labels)};
  if (names.component.empty()) names.component = base_name(host_.origin->folder(root.key));
  if (names.component.empty()) names.component = "unknown";
  if (names.operation.empty()) names.operation = clean_name(view(root.comm));
  return names;
}

RunOpening RunWatch::opening_of(const Entry& root, Names names, std::string method) const {
  RunOpening opening;
  Run& run = opening.run;
  run.component = std::move(names.component);
  run.operation = std::move(names.operation);
  run.labels = std::move(names.labels);
  run.method = "perfwatchd, " + std::move(method);
  opening.begin = start_of(root.key);
  const double age = std::max(0.0, boot_now_ - opening.begin);
  if (root.run != RunMembers::kNone) {
    opening.reason = fmt::format(
        "recognised {:.1f} s after it began within another run; what had ended by then is not "
        "counted",
        age);
  } else if (opening.begin < began_) {
    opening.reason = "it had begun before perfwatchd; what had ended by then is not counted";
  } else if (members_.sweep() - root.first_sweep >= kLateSweeps) {
    opening.reason = fmt::format(
        "recognised {:.1f} s after it began; what had ended by then may be missing", age);
  } else if (last_drop_ + kLateSweeps > members_.sweep() && dropped_ != 0) {
    opening.reason = fmt::format(
        "recognised {:.1f} s after it began, when more had ended than could be kept", age);
  }
  run.started =
      now_.wall - std::chrono::duration_cast<std::chrono::system_clock::duration>(Seconds(age));
  run.id = host_.make_id(run.started);
  return opening;
}

RunWatch::Handle RunWatch::free_slot() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].run) return static_cast<Handle>(i + 1);
  }
  if (slots_.size() >= kMostRuns) return RunMembers::kNone;
  slots_.emplace_back();
  return static_cast<Handle>(slots_.size());
}

bool RunWatch::has_no_limit(std::uint32_t user) const { return user == 0 || user == host_.user; }

bool RunWatch::has_all_it_may(std::uint32_t user) const {
  if (has_no_limit(user)) return false;
  const auto theirs = std::count_if(slots_.begin(), slots_.end(), [user](const Slot& slot) {
    return slot.run && slot.user == user;
  });
  return static_cast<std::size_t>(theirs) >= kMostOfAUser;
}

// The place of a run that begins with `root`, a process of `user`; kNone where it must not. Before
// anything is read for it: who is refused asks again with each process.
RunWatch::Handle RunWatch::admit(Entry& root, std::uint32_t user, bool automatic) {
  Handle handle = has_all_it_may(user) ? RunMembers::kNone : free_slot();
  const bool counts = automatic && !has_no_limit(user);
  if (handle != RunMembers::kNone && counts && !rate_.take(user, now_.monotonic)) {
    handle = RunMembers::kNone;
  }
  if (handle != RunMembers::kNone) {
    slots_[handle - 1U].user = user;
  } else if (!std::exchange(root.refused, true)) {
    ++refused_;
  }
  return handle;
}

// In a place of admit().
void RunWatch::begin(Handle handle, Entry& root, RunOpening opening, double linger) {
  Run& run = opening.run;
  if (!root.blocked) run.command = host_.origin->command(root.key);
  run.host = host_.name;
  run.host_class = host_.host_class;
  opening.recognised = boot_now_;
  opening.stall = host_.stall();
  opening.run = bounded(std::move(run));
  Slot& slot = slots_[handle - 1U];
  slot.job = opening.ordered ? 0 : root.job;
  slot.run = std::make_unique<OpenRun>(std::move(opening), host_.ticks_per_second);
  slot.linger = linger;
  slot.lost = lost_;
  ++open_;
  members_.open(handle, root.run, root.forked ? root.image : 0);
  add_root(root, handle);
}

void RunWatch::add_root(Entry& root, Handle run) {
  root.root = true;
  roots_.emplace_back(root.key, run);
  slots_[run - 1U].run->add_root();
  members_.adopt(root, run);
  if (begun_.empty() || begun_.back() != run) begun_.push_back(run);
}

// Those of what has begun become its members.
void RunWatch::pull_descendants() {
  for (const Handle run : std::exchange(begun_, {})) members_.pull(run, members_.outer(run));
}

void RunWatch::take_orders(Instant now) {
  if (!inbox_) return;
  for (auto& order : inbox_->take()) {
    now_ = now;
    boot_now_ = host_.boot_seconds();
    if (const auto* begin = std::get_if<RunOrder>(&order)) {
      take_order(*begin, false);
    } else {
      take_order(std::get<RunEndOrder>(order));
    }
  }
  pull_descendants();
}

const RunWatch::Slot* RunWatch::find_order(const std::string& id) const {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& one) {
    return one.run && one.run->ordered() && one.run->id() == id;
  });
  return slot != slots_.end() ? &*slot : nullptr;
}

void RunWatch::take_order(const RunOrder& order, bool last_try) {
  Entry* root = members_.find(order.root);
  if (order.start_ticks != 0 && members_.find({order.root, order.start_ticks}) == nullptr) {
    root = nullptr;  // not the process that was meant, or not met yet
  }
  const bool sound = is_ulid(order.id) && find_order(order.id) == nullptr;
  if (sound && root != nullptr && !root->ended && !root->hidden) {
    if (last_try) judge_line(*root);
    begin_order(order, *root);
  } else if (sound && !last_try && late_orders_.size() < RunInbox::kMostPending) {
    late_orders_.push_back(order);
  } else {
    ++refused_;
  }
}

void RunWatch::begin_order(const RunOrder& order, Entry& root) {
  // The run around it may have begun by the order before.
  pull_descendants();
  if (root.run == RunMembers::kNone) {
    const Handle around = members_.above(root, false);
    if (around != RunMembers::kNone) members_.adopt(root, around);
  }
  RunOpening opening;
  Run& run = opening.run;
  run.id = order.id;
  run.component = clean_name(order.component);
  run.operation = clean_name(order.operation);
  run.labels = order.labels;
  run.cold = order.cold;
  run.method = "perfwatchd, run begin";
  const auto ago = std::max(now_.monotonic - order.at, {});
  opening.ordered = true;
  opening.begin = boot_now_ - Seconds(ago).count();
  run.started = now_.wall - std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
  // One that is gone already holds no place for long, whoever it was.
  const std::uint32_t user = host_.origin->user(root.key).value_or(0);
  const Handle handle = admit(root, user, false);
  if (handle != RunMembers::kNone) begin(handle, root, std::move(opening), 0);
}

void RunWatch::take_order(const RunEndOrder& order) {
  const double at = boot_now_ - Seconds(std::max(now_.monotonic - order.at, {})).count();
  if (const Slot* slot = find_order(order.id)) return slot->run->conclude(order.exit_code, at);
  const auto late = std::find_if(late_orders_.begin(), late_orders_.end(),
                                 [&](const RunOrder& one) { return one.id == order.id; });
  if (late != late_orders_.end()) {  // over before a sweep has met it: nothing was measured
    late_orders_.erase(late);
    ++refused_;
  }
}

}  // namespace perfwatch
