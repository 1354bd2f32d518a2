// SPDX-License-Identifier: Apache-2.0
// How RunWatch finds the roots of runs.
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "core/account/run_watch.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr int kMostGenerations = 64;

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

}  // namespace

void RunWatch::recognise(std::span<const ProcessRecord> records) {
  reads_ = 0;
  places_.clear();
  open_questions_.clear();
  new_members_.clear();
  for (const auto& record : records) {
    Entry& entry = members_.meet(record);
    places_.push_back(&entry);
    note_worker(entry, record.comm);
    if (entry.ended || entry.hidden) continue;
    if (!entry.settled) open_questions_.push_back(&entry);
    if (entry.run != RunMembers::kNone && !entry.looked) new_members_.push_back(&entry);
  }
  for (const auto& order : std::exchange(late_orders_, {})) take_order(order, true);
  for (Entry* entry : open_questions_) {
    if (entry->run == RunMembers::kNone) judge(*entry);
  }
  pull_descendants();
  if (settings_.automatic) {
    for (Entry* entry : new_members_) judge_member(*entry);
  }
  reads_ = 0;  // of those that events tell of until the next sweep
}

void RunWatch::note_worker(Entry& entry, const Comm& comm) const {
  const auto& workers = settings_.workers;
  if (workers.empty()) return;
  entry.worker = std::find(workers.begin(), workers.end(), view(comm)) != workers.end();
}

std::vector<std::string> RunWatch::signs() const {
  return settings_.automatic ? ci_mark_names(settings_.markers) : std::vector<std::string>{};
}

// It may be gone before the next sweep. What cannot be told yet is asked again there.
void RunWatch::job_seen(const ProcessRecord& process, Instant now) {
  if (!settings_.automatic || members_.sweep() == 0 || reads_ >= kMostReads) return;
  now_ = now;
  boot_now_ = host_.boot_seconds();
  Entry& entry = members_.enter(process);
  const bool member = entry.run != RunMembers::kNone;
  // Of a build that was there before the tier, everybody is told of.
  if (entry.ended || (member ? reads_ >= kMostReadsOfMembers : entry.settled)) return;
  entry.blocked = host_.origin->is_blocked(process.key);
  note_worker(entry, process.comm);
  if (member) {
    judge_member(entry);
  } else {
    judge(entry);
  }
  pull_descendants();
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

// Of an order's root that this sweep is the first to meet: the runs that it lies in begin first.
void RunWatch::judge_line(Entry& entry) {
  std::vector<Entry*> line;
  Entry* one = &entry;
  for (int i = 0; i < kMostGenerations && one != nullptr && !one->settled; ++i) {
    line.push_back(one);
    one = members_.find(one->parent);
  }
  for (auto next = line.rbegin(); next != line.rend(); ++next) {
    if ((*next)->run == RunMembers::kNone && !(*next)->ended) judge(**next);
  }
}

bool RunWatch::judge_cgroup(Entry& entry) {
  if (settings_.cgroups.empty()) return false;
  const std::string path = host_.origin->cgroup(entry.key);
  for (const auto& pattern : settings_.cgroups) {
    auto cgroup = match_cgroup(pattern, path);
    if (!cgroup) continue;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].run || slots_[i].cgroup != *cgroup) continue;
      members_.adopt(entry, static_cast<Handle>(i + 1));
      begun_.push_back(entry.run);
      return true;
    }
    if (entry.blocked) return true;  // asked again in the next sweep
    entry.settled = true;
    const auto user = host_.origin->user(entry.key);
    const Handle handle = user ? admit(entry, *user, true) : RunMembers::kNone;
    if (handle == RunMembers::kNone) return true;
    (void)look(entry);
    auto opening = opening_of(entry, names_of(entry), "cgroup " + clean_name(pattern));
    opening.rootless = true;
    opening.run.labels.emplace_back("cgroup", clean_name(*cgroup));
    begin(handle, entry, std::move(opening), kLinger);
    slots_[handle - 1U].cgroup = std::move(*cgroup);
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
  if (entry.blocked) return true;
  entry.settled = true;
  const auto user = host_.origin->user(entry.key);
  const Handle handle = user ? admit(entry, *user, true) : RunMembers::kNone;
  if (handle == RunMembers::kNone) return true;
  (void)look(entry);
  begin(handle, entry,
        opening_of(entry, names_of(entry), "child of " + printable_utf8(view(parent->comm))), 0);
  return true;
}

void RunWatch::judge_job(Entry& entry) {
  if (!look(entry)) return;
  Entry* top = top_of_job(entry);
  if (top == nullptr) return;
  // What outlived its run still has the job's environment.
  const bool begins = entry.job != 0 && !top->spent && top->run == RunMembers::kNone;
  if (begins && !begin_job(*top)) return;
  entry.settled = top->settled = true;
}

// A job within a run, as where a runner is tested.
void RunWatch::judge_member(Entry& entry) {
  if (!look(entry) || entry.job == 0) return;
  for (Handle run = entry.run; run != RunMembers::kNone; run = members_.outer(run)) {
    if (slots_[run - 1U].job == entry.job) return;
  }
  Entry* top = top_of_job(entry);
  if (top != nullptr && top->spent) return;
  if (top == nullptr || !begin_job(*top)) {
    entry.looked = false;
    return;
  }
  // Its descendants among the members that come next are not judged before they are its own.
  pull_descendants();
}

// The first of its line, within the same run, that has its job; null when that cannot be told yet.
RunWatch::Entry* RunWatch::top_of_job(Entry& entry) {
  Entry* top = &entry;
  for (int i = 0; i < kMostGenerations && entry.job != 0; ++i) {
    Entry* parent = members_.find(top->parent);
    if (parent == nullptr || parent->hidden || parent->run != entry.run) break;
    if (!look(*parent)) return nullptr;
    if (parent->job != entry.job) break;
    top = parent;
  }
  return top;
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
  return ci_mark(environ_variables(environment), settings_.markers);
}

// False: in another sweep, as it is blocked now.
bool RunWatch::begin_job(Entry& root) {
  const auto user = host_.origin->user(root.key);
  if (!user) return true;  // gone
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto handle = static_cast<Handle>(i + 1);
    if (!slots_[i].run || slots_[i].job != root.job || slots_[i].user != *user) continue;
    if (members_.outer(handle) != root.run) continue;
    add_root(root, handle);
    return true;
  }
  if (root.blocked) return false;
  const Handle handle = admit(root, *user, true);
  if (handle == RunMembers::kNone) return true;
  const auto environment = host_.origin->environment(root.key);
  const auto mark = environment ? mark_of(*environment) : std::nullopt;
  if (!mark || mark->job != root.job) return true;  // another program by now
  const std::string method =
      mark->system.empty() ? "environment (" + clean_name(mark->variable) + ")"
                           : fmt::format("environment of {} ({})", mark->system, mark->variable);
  begin(handle, root, opening_of(root, names_of(root), method), kLinger);
  return true;
}

}  // namespace perfwatch
