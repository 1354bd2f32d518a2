// SPDX-License-Identifier: Apache-2.0
#include "core/account/pss.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "core/account/smaps_rollup.h"

namespace perfwatch {
namespace {

constexpr Metric kProportional{
    "perfwatch_group_memory_proportional_bytes",
    MetricType::gauge,
    "Resident memory of the living processes, a page of n processes counted as 1/n in each (PSS). "
    "Only of groups whose rule wants it; absent unless all members were read in the last 90 s.",
    {"group"}};
constexpr Metric kSkipped{"perfwatch_pss_skipped_total",
                          MetricType::counter,
                          "Processes whose proportional memory was wanted, but not read.",
                          {"reason"},
                          true};
constexpr std::array<const Metric*, 2> kAll = {&kProportional, &kSkipped};

constexpr std::uint16_t kNotWanted = std::numeric_limits<std::uint16_t>::max();

}  // namespace

std::unique_ptr<const PssWish> make_pss_wish(const GroupLedger& ledger,
                                             std::span<const ProcessRecord> records, Instant now) {
  auto wish = std::make_unique<PssWish>();
  wish->at = now.monotonic;
  const auto& groups = ledger.groups();
  std::vector<std::uint16_t> wanted(groups.size(), kNotWanted);
  for (std::size_t slot = 0; slot < groups.size(); ++slot) {
    if (!groups[slot].pss) continue;
    wanted[slot] = static_cast<std::uint16_t>(wish->groups.size());
    wish->groups.push_back({groups[slot].name, groups[slot].living.processes});
  }
  if (wish->groups.empty()) return wish;
  for (std::size_t i = 0; i < std::min(records.size(), ledger.places().size()); ++i) {
    const std::uint16_t slot = ledger.places()[i].slot;
    if (slot >= wanted.size() || wanted[slot] == kNotWanted) continue;
    wish->members.push_back({records[i].key, records[i].resident_bytes, wanted[slot]});
  }
  return wish;
}

PssCollector::PssCollector(const Roots& roots, std::shared_ptr<PssInbox> inbox, Settings settings)
    : procfs_(::open(roots.procfs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      path_(roots.procfs),
      inbox_(std::move(inbox)),
      settings_(std::move(settings)),
      credit_(settings_.round_budget) {}

PssCollector::~PssCollector() = default;

MetricList pss_metrics() { return kAll; }

MetricList PssCollector::metrics() const { return pss_metrics(); }

Result<Samples> PssCollector::collect(Instant now) {
  take_wish();
  earn(now.monotonic);
  SampleWriter out(schema_);
  if (wish_ && !wish_->groups.empty() && now.monotonic - wish_->at < kWishLasts) {
    if (!procfs_.valid()) return fail(ErrorKind::unsupported, "opening " + path_ + " failed");
    read_due(now.monotonic, out);
    write(now.monotonic, out);
  }
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

// Keeps what is known of those who are still wanted.
void PssCollector::take_wish() {
  auto fresh = inbox_->take();
  if (!fresh) return;
  wish_ = std::move(fresh);
  std::unordered_map<ProcessKey, Known> still;
  for (const auto& member : wish_->members) {
    Known& known = still[member.key];
    if (const auto before = known_.find(member.key); before != known_.end()) known = before->second;
    const bool too_large = member.resident_bytes > settings_.size_limit;
    if (too_large && !known.too_large) ++too_large_;
    known.too_large = too_large;
    if (known.state == State::gone) known.state = State::unread;  // it was not, after all
  }
  known_ = std::move(still);
}

// A share of the time that went by may be spent, one round's budget at most.
void PssCollector::earn(TimePoint now) {
  if (earned_ != TimePoint{} && now > earned_) credit_ += (now - earned_) * settings_.share;
  credit_ = std::min<std::chrono::duration<double>>(credit_, settings_.round_budget);
  earned_ = now;
}

std::vector<const PssWish::Member*> PssCollector::due(TimePoint now) {
  std::vector<const PssWish::Member*> found;
  for (const auto& member : wish_->members) {
    Known& known = known_.at(member.key);
    if (member.resident_bytes == 0) {  // a zombie, or in its last moments: nothing to read
      known = {State::read, false, 0, now};
      continue;
    }
    if (known.too_large || known.state == State::gone) continue;
    if (known.state == State::unread || now - known.tried >= kEvery) found.push_back(&member);
  }
  // Who was never read has tried{}: first.
  std::stable_sort(found.begin(), found.end(), [this](const auto* a, const auto* b) {
    return known_.at(a->key).tried < known_.at(b->key).tried;
  });
  return found;
}

void PssCollector::read_due(TimePoint now, SampleWriter& out) {
  const TimePoint begin = settings_.clock();
  TimePoint before = begin;
  for (const auto* member : due(now)) {
    if (credit_.count() <= 0 || before - begin >= settings_.round_budget) return;
    read(*member, now, out);
    const TimePoint after = settings_.clock();
    credit_ -= after - before;
    before = after;
  }
}

void PssCollector::read(const PssWish::Member& member, TimePoint now, SampleWriter& out) {
  Known& known = known_.at(member.key);
  known.tried = now;
  auto rollup = read_smaps_rollup(procfs_.get(), member.key, file_);
  if (rollup) {
    known.state = State::read;
    known.proportional_bytes = rollup->proportional_bytes;
  } else if (rollup.error().kind == ErrorKind::gone) {
    known.state = State::gone;
  } else {
    known.state = State::refused;
    const std::string file = path_ + "/" + std::to_string(member.key.pid) + "/smaps_rollup";
    out.item_error(within("reading " + file, std::move(rollup.error())));
  }
}

void PssCollector::write(TimePoint now, SampleWriter& out) const {
  struct Sum {
    std::uint32_t members = 0;
    bool whole = true;
    double bytes = 0;
  };
  std::vector<Sum> sums(wish_->groups.size());
  for (const auto& member : wish_->members) {
    const Known& known = known_.at(member.key);
    Sum& sum = sums[member.group];
    ++sum.members;
    if (known.state == State::gone) continue;
    const bool fresh = known.state == State::read && now - known.tried < kStale;
    sum.whole = sum.whole && fresh && !known.too_large;
    sum.bytes += static_cast<double>(known.proportional_bytes);
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const bool whole = sums[i].whole && sums[i].members >= wish_->groups[i].living;
    out.add(kProportional, whole ? sums[i].bytes : kAbsent, {wish_->groups[i].name});
  }
  out.add(kSkipped, static_cast<double>(too_large_), {"too_large"});
}

}  // namespace perfwatch
