// SPDX-License-Identifier: Apache-2.0
#include "core/account/cgroup_cpu.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/account/group_series.h"
#include "core/account/process_files.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr Metric kCpu{"perfwatch_cgroup_cpu_seconds_total",
                      MetricType::counter,
                      "CPU time of a cgroup and those below it since it was first seen, by who "
                      "counted it: the kernel, or perfwatch as the sum over its processes.",
                      {"cgroup", "source"},
                      true};
constexpr std::array<const Metric*, 1> kAll = {&kCpu};

constexpr std::chrono::seconds kSearchEvery{60};
constexpr std::size_t kLabelLimit = 256;
constexpr std::size_t kMostEstimated = 1000;

}  // namespace

// A cgroup with series.
struct CgroupCpu::Shown {
  std::uint64_t id = 0;
  std::string label;
  UniqueFd usage;
  double last_seconds = 0;  // the kernel's own counter
  Totals totals;
  bool unread = false;

  [[nodiscard]] Result<double> read(const CpuHierarchy& hierarchy) const {
    char text[4096];
    const ssize_t got = ::pread(usage.get(), text, sizeof text, 0);
    if (got < 0) return tl::unexpected(error_from_errno(errno));
    return hierarchy.parse_usage({text, static_cast<std::size_t>(got)});
  }

  // A counter that goes back (cpuacct.usage can be set to 0) adds nothing.
  [[nodiscard]] Result<void> advance(const CpuHierarchy& hierarchy) {
    auto seconds = read(hierarchy);
    unread = !seconds;
    if (!seconds) return tl::unexpected(std::move(seconds.error()));
    totals.kernel += std::max(*seconds - last_seconds, 0.0);
    last_seconds = *seconds;
    return {};
  }
};

CgroupCpu::CgroupCpu(Roots roots, std::size_t limit) : roots_(std::move(roots)), limit_(limit) {}

CgroupCpu::~CgroupCpu() = default;

void CgroupCpu::spend(std::uint64_t cgroup, double cpu_seconds) {
  spent_by_all_ += cpu_seconds;
  if (cgroup == 0) return;
  cgroups_known_ = true;
  spent_[cgroup] += cpu_seconds;
}

void CgroupCpu::update(Instant now) {
  errors_.clear();
  if (cgroups_known_) last_known_ = now.monotonic;
  const bool patient = hierarchy_ && now.monotonic - last_known_ < kPatience;
  if (!cgroups_known_ && !patient) {
    stop();
  } else if (find_hierarchy(now)) {
    read_usage();
    const auto changes = tree_->refresh(now.monotonic);
    gone_before_ = std::exchange(gone_, {changes.went.begin(), changes.went.end()});
    for (const auto id : changes.came) known_.try_emplace(id);
    attribute();
    for (const auto& [id, parent] : changes.went) drop(id);
    if (!changes.came.empty() || (waiting_ && shown_.size() < limit_)) admit();
    if (!hierarchy_->v2 && !whole_) show_whole();
    ended_.clear();
  }
  spent_.clear();
  spent_by_all_ = 0;
  cgroups_known_ = false;
}

void CgroupCpu::stop() {
  tree_.reset();
  hierarchy_.reset();
  searched_ = {};
  shown_.clear();
  whole_.reset();
  known_.clear();
}

bool CgroupCpu::find_hierarchy(Instant now) {
  if (hierarchy_) return true;
  if (!problem_.empty() && now.monotonic - searched_ < kSearchEvery) return false;
  searched_ = now.monotonic;
  auto found = find_cpu_hierarchy(roots_);
  if (!found) {
    problem_ = std::move(found.error().text);
    return false;
  }
  UniqueFd root(::open(found->path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) {
    problem_ = within("opening " + found->path, error_from_errno(errno)).text;
    return false;
  }
  problem_.clear();
  hierarchy_ = std::move(*found);
  tree_.emplace(std::move(root));
  return true;
}

void CgroupCpu::read_usage() {
  if (whole_) static_cast<void>(whole_->advance(*hierarchy_));
  for (const auto& one : shown_) {
    if (auto done = one->advance(*hierarchy_); !done) {
      tree_->suspect(one->id);
      if (done.error().kind == ErrorKind::gone) {
        one->unread = false;  // its last reading stands until the tree knows, too
      } else {
        errors_.push_back(within("reading the CPU time of " + one->label, std::move(done.error())));
      }
    }
  }
}

std::uint64_t CgroupCpu::parent_of(std::uint64_t id) const {
  if (const auto node = tree_->nodes().find(id); node != tree_->nodes().end()) {
    return node->second.parent;
  }
  for (const auto* gone : {&gone_, &gone_before_}) {
    if (const auto one = gone->find(id); one != gone->end()) return one->second;
  }
  return 0;
}

// Before any is admitted: the first reading of one is the baseline of both sides.
void CgroupCpu::attribute() {
  const auto add = [this](std::uint64_t id, double seconds) {
    const auto known = known_.find(id);
    if (known == known_.end()) return;
    known->second.busy_seconds += seconds;
    if (known->second.shown != nullptr) known->second.shown->totals.attributed += seconds;
  };
  if (whole_) whole_->totals.attributed += spent_by_all_;
  for (const auto& [id, seconds] : spent_) {
    add(id, seconds);
    if (const auto parent = parent_of(id); parent != 0) add(parent, seconds);
  }
}

void CgroupCpu::drop(std::uint64_t id) {
  known_.erase(id);
  const auto place =
      std::find_if(shown_.begin(), shown_.end(), [&](const auto& one) { return one->id == id; });
  if (place == shown_.end()) return;
  ended_.insert_or_assign(std::move((*place)->label), (*place)->totals);
  shown_.erase(place);
}

std::vector<std::uint64_t> CgroupCpu::candidates() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, known] : known_) {
    if (known.shown == nullptr && !known.refused) ids.push_back(id);
  }
  return ids;
}

// Gives those without a place what is free: the first level first, then who spent most.
void CgroupCpu::admit() {
  auto ids = candidates();
  const std::size_t free = limit_ - std::min(limit_, shown_.size());
  if (ids.size() > free && !estimated_) estimate(ids);
  const auto rank = [this](std::uint64_t id) {
    const auto& node = tree_->nodes().at(id);
    return std::make_pair(node.parent == 0 ? 0 : 1, -known_.at(id).busy_seconds);
  };
  std::sort(ids.begin(), ids.end(), [&](std::uint64_t a, std::uint64_t b) {
    const auto left = rank(a);
    const auto right = rank(b);
    return left != right ? left < right : tree_->nodes().at(a).path < tree_->nodes().at(b).path;
  });
  waiting_ = false;
  bool failed = false;
  for (const auto id : ids) {
    Known& known = known_.at(id);
    if (shown_.size() < limit_ && !failed) {
      const Reading reading = show(id, tree_->nodes().at(id).path);
      if (reading == Reading::done) known.shown = shown_.back().get();
      known.refused = reading == Reading::unread;
      failed = reading == Reading::failed;
    } else if (shown_.size() >= limit_ && !std::exchange(known.turned_away, true)) {
      ++limited_;
    }
    waiting_ = waiting_ || (known.shown == nullptr && !known.refused);
  }
}

// Once, when there are too many at the start: what they spent so far, of which only the kernel
// knows. Later the ledger tells.
void CgroupCpu::estimate(std::vector<std::uint64_t>& ids) {
  estimated_ = true;
  SmallFile file;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostEstimated); ++i) {
    const std::string path = tree_->nodes().at(ids[i]).path + "/" + hierarchy_->usage_file();
    if (file.read_at(tree_->root(), path.c_str()) != 0) continue;
    known_.at(ids[i]).busy_seconds = hierarchy_->parse_usage(file.text()).value_or(0);
  }
}

Reading CgroupCpu::show(std::uint64_t id, std::string_view path) {
  auto one = std::make_unique<Shown>();
  one->id = id;
  one->label = cut_utf8("/" + printable_utf8(path), kLabelLimit);
  const auto namesake = [&](const auto& other) { return other->label == one->label; };
  if (std::any_of(shown_.begin(), shown_.end(), namesake)) {
    errors_.push_back(
        {ErrorKind::malformed, "two cgroups named \"" + one->label + "\", the second is left out"});
    return Reading::unread;
  }
  const std::string file = std::string(path.empty() ? "." : path) + "/" + hierarchy_->usage_file();
  one->usage = UniqueFd(::openat(tree_->root(), file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  auto seconds = one->usage.valid() ? one->read(*hierarchy_)
                                    : Result<double>(tl::unexpected(error_from_errno(errno)));
  if (!seconds) {
    const auto kind = seconds.error().kind;
    if (kind == ErrorKind::gone || kind == ErrorKind::unsupported) return Reading::gone;
    errors_.push_back(within("reading the CPU time of " + one->label, std::move(seconds.error())));
    return Reading::failed;
  }
  one->last_seconds = *seconds;
  if (const auto before = ended_.find(one->label); before != ended_.end()) {
    one->totals = before->second;
  }
  shown_.push_back(std::move(one));
  return Reading::done;
}

void CgroupCpu::show_whole() {
  if (show(0, "") != Reading::done) return;
  whole_ = std::move(shown_.back());
  shown_.pop_back();
}

MetricList CgroupCpu::metrics() { return kAll; }

void CgroupCpu::write_limited(SampleWriter& out) const {
  if (hierarchy_) out.add(series_limited_metric(), static_cast<double>(limited_), {"cgroup"});
}

void CgroupCpu::write(SampleWriter& out) const {
  for (const auto& error : errors_) out.item_error(error);
  const auto put = [&out](const Shown& one) {
    out.add(kCpu, one.unread ? kAbsent : one.totals.kernel, {one.label, "kernel"});
    out.add(kCpu, one.totals.attributed, {one.label, "attributed"});
  };
  if (whole_) put(*whole_);
  for (const auto& one : shown_) put(*one);
}

}  // namespace perfwatch
