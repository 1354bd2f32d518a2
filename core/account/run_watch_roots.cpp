// SPDX-License-Identifier: Apache-2.0
// How RunWatch finds the roots of runs.
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "core/account/host_class.h"
#include "core/account/run_watch.h"
#include "core/base/text.h"
#include "core/base/ulid.h"
#include "core/model/run_limits.h"

namespace perfwatch {
namespace {

constexpr int kMostGenerations = 64;
constexpr std::uint32_t kLateSweeps = 2;  // then ends that waited are forgotten

double boot_seconds() {
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string random_id(std::chrono::system_clock::time_point at) {
  std::array<std::uint8_t, kUlidRandomBytes> random{};
  (void)!::getrandom(random.data(), random.size(), 0);
  return make_ulid(at, random);
}

// The front of `path` that has as many parts as the pattern, if it matches.
std::optional<std::string> match_cgroup(const std::string& pattern, std::string_view path) {
  const auto parts = std::count(pattern.begin(), pattern.end(), '/');
  std::size_t end = 0;
  for (auto part = std::ptrdiff_t{0}; part < parts && end != std::string_view::npos; ++part) {
    if (end == path.size()) return std::nullopt;
    end = path.find('/', end + 1);
  }
  std::string front(path.substr(0, end));
  const bool matches = ::fnmatch(pattern.c_str(), front.c_str(), FNM_PATHNAME) == 0;
  return matches ? std::optional(std::move(front)) : std::nullopt;
}

std::string base_name(std::string_view path) {
  return clean_name(path.substr(path.rfind('/') + 1));
}

ReadVariable variables_of(std::string_view environment) {
  return [environment](const char* name) -> std::optional<std::string> {
    const auto value = environ_value(environment, name);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  };
}

}  // namespace

RunWatchHost make_run_watch_host(const Roots& roots, double ticks_per_second) {
  RunWatchHost host;
  host.origin = std::make_unique<ProcfsOrigin>(roots.procfs);
  host.boot_seconds = boot_seconds;
  host.stall = [roots] { return read_host_stall(roots); };
  host.make_id = random_id;
  host.ticks_per_second = ticks_per_second;
  utsname names{};
  if (::uname(&names) == 0) host.name = printable_utf8(names.nodename);
  host.host_class = read_host_class(roots);
  return host;
}

void RunWatch::recognise(std::span<const ProcessRecord> records) {
  reads_ = 0;
  places_.clear();
  open_questions_.clear();
  for (const auto& record : records) {
    Entry& entry = members_.meet(record);
    places_.push_back(&entry);
    if (!settings_.workers.empty()) {
      const auto& workers = settings_.workers;
      entry.worker = std::find(workers.begin(), workers.end(), view(record.comm)) != workers.end();
    }
    if (!entry.settled && !entry.ended) open_questions_.push_back(&entry);
  }
  for (const auto& order : std::exchange(late_orders_, {})) take_order(order, true);
  for (Entry* entry : open_questions_) {
    if (entry->run == RunMembers::kNone) judge(*entry);
  }
  for (const Handle run : std::exchange(begun_, {})) members_.pull(run, members_.outer(run));
}

// Whose run it is, or whether one begins with it. What cannot be told yet is asked again.
void RunWatch::judge(Entry& entry) {
  if (const Handle run = members_.above(entry, true); run != RunMembers::kNone) {
    members_.adopt(entry, run);
    return;
  }
  if (judge_cgroup(entry) || judge_worker(entry)) return;
  if (settings_.automatic) {
    judge_job(entry);
  } else {
    entry.settled = true;
  }
}

bool RunWatch::judge_cgroup(Entry& entry) {
  if (settings_.cgroups.empty()) return false;
  const std::string path = host_.origin->cgroup(entry.key);
  for (const auto& pattern : settings_.cgroups) {
    auto cgroup = match_cgroup(pattern, path);
    if (!cgroup) continue;
    entry.settled = true;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].run || slots_[i].cgroup != *cgroup) continue;
      members_.adopt(entry, static_cast<Handle>(i + 1));
      begun_.push_back(entry.run);
      return true;
    }
    auto opening = opening_of(entry, names_of(entry), "cgroup " + clean_name(pattern));
    opening.rootless = true;
    opening.run.labels.emplace_back("cgroup", clean_name(*cgroup));
    const Handle run = begin(entry, std::move(opening), kLinger);
    if (run != RunMembers::kNone) slots_[run - 1U].cgroup = std::move(*cgroup);
    return true;
  }
  return false;
}

bool RunWatch::judge_worker(Entry& entry) {
  if (settings_.workers.empty()) return false;
  const Entry* parent = members_.find(entry.parent);
  if (parent == nullptr || !parent->worker || entry.worker) return false;
  // Mostly it runs another program soon, which has a name and an environment of its own.
  if (entry.forked && entry.first_sweep == members_.sweep()) return true;
  entry.settled = true;
  (void)begin(entry,
              opening_of(entry, names_of(entry), "child of " + printable_utf8(view(parent->comm))),
              0);
  return true;
}

void RunWatch::judge_job(Entry& entry) {
  if (!look(entry)) return;
  Entry* top = &entry;
  for (int i = 0; i < kMostGenerations && entry.job != 0; ++i) {
    Entry* parent = members_.find(top->parent);
    if (parent == nullptr || parent->hidden || parent->run != RunMembers::kNone) break;
    if (!look(*parent)) return;
    if (parent->job != entry.job) break;
    top = parent;
  }
  entry.settled = top->settled = true;
  // What outlived its run still has the job's environment.
  if (entry.job != 0 && !top->spent && top->run == RunMembers::kNone) begin_job(*top);
}

// Its environment, once for each program; false: in another sweep.
bool RunWatch::look(Entry& entry) {
  if (entry.looked) return true;
  if (entry.blocked) return false;
  const Entry* parent = members_.find(entry.parent);
  if (entry.forked && entry.image != 0 && parent != nullptr && parent->looked &&
      parent->image == entry.image) {
    entry.job = parent->job;
    return entry.looked = true;
  }
  if (reads_ >= kMostReads) return false;
  ++reads_;
  const auto environment = host_.origin->environment(entry.key);
  const auto mark = environment ? mark_of(*environment) : std::nullopt;
  entry.job = mark ? mark->job : 0;
  return entry.looked = true;
}

std::optional<CiMark> RunWatch::mark_of(std::string_view environment) const {
  return ci_mark(variables_of(environment), settings_.markers);
}

void RunWatch::begin_job(Entry& root) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].run && slots_[i].job == root.job) {
      add_root(root, static_cast<Handle>(i + 1));
      return;
    }
  }
  const auto environment = host_.origin->environment(root.key);
  const auto mark = environment ? mark_of(*environment) : std::nullopt;
  if (!mark || mark->job != root.job) return;  // another program by now
  const std::string method =
      mark->system.empty() ? "environment (" + clean_name(mark->variable) + ")"
                           : fmt::format("environment of {} ({})", mark->system, mark->variable);
  const Handle run = begin(root, opening_of(root, names_of(root), method), kLinger);
  if (run != RunMembers::kNone) slots_[run - 1U].job = root.job;
}

RunWatch::Names RunWatch::names_of(const Entry& root) const {
  const auto environment = host_.origin->environment(root.key);
  auto ci = ci_names(variables_of(environment.value_or("")));
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
  if (opening.begin < began_) {
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
  if (slots_.size() >= kMostRuns) {
    ++refused_;
    return RunMembers::kNone;
  }
  slots_.emplace_back();
  return static_cast<Handle>(slots_.size());
}

RunWatch::Handle RunWatch::begin(Entry& root, RunOpening opening, double linger) {
  const Handle handle = free_slot();
  if (handle == RunMembers::kNone) return handle;
  Run& run = opening.run;
  run.command = host_.origin->command(root.key);
  run.host = host_.name;
  run.host_class = host_.host_class;
  opening.stall = host_.stall();
  opening.run = bounded(std::move(run));
  slots_[handle - 1U] = {std::make_unique<OpenRun>(std::move(opening), host_.ticks_per_second),
                         0,
                         {},
                         linger,
                         lost_ + dropped_};
  ++open_;
  members_.open(handle, root.run, root.forked ? root.image : 0);
  add_root(root, handle);
  begun_.push_back(handle);
  return handle;
}

void RunWatch::add_root(Entry& root, Handle run) {
  root.root = true;
  roots_.emplace_back(root.key, run);
  slots_[run - 1U].run->add_root();
  members_.adopt(root, run);
  if (begun_.empty() || begun_.back() != run) begun_.push_back(run);
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
  for (const Handle run : std::exchange(begun_, {})) members_.pull(run, members_.outer(run));
}

void RunWatch::take_order(const RunOrder& order, bool last_try) {
  Entry* root = members_.find(order.root);
  const bool there = root != nullptr && !root->ended && !root->hidden;
  if (there && is_ulid(order.id)) {
    begin_order(order, *root);
  } else if (!last_try && is_ulid(order.id)) {
    late_orders_.push_back(order);
  } else {
    ++refused_;
  }
}

void RunWatch::begin_order(const RunOrder& order, Entry& root) {
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
  (void)begin(root, std::move(opening), 0);
}

void RunWatch::take_order(const RunEndOrder& order) {
  const double at = boot_now_ - Seconds(std::max(now_.monotonic - order.at, {})).count();
  for (const Slot& slot : slots_) {
    if (slot.run && slot.run->ordered() && slot.run->id() == order.id) {
      slot.run->conclude(order.exit_code, at);
      return;
    }
  }
  const auto late = std::find_if(late_orders_.begin(), late_orders_.end(),
                                 [&](const RunOrder& one) { return one.id == order.id; });
  if (late != late_orders_.end()) {  // over before a sweep has met it: nothing was measured
    late_orders_.erase(late);
    ++refused_;
  }
}

}  // namespace perfwatch
