// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/account/group_ledger.h"
#include "core/account/process_files.h"
#include "core/base/roots.h"
#include "core/collect/collector.h"

namespace perfwatch {

// The groups whose rules want their proportional memory, and who is in them, at one sweep.
struct PssWish {
  struct Group {
    std::string name;
    std::uint32_t living = 0;  // its members, also those that the sweep could not read
  };
  struct Member {
    ProcessKey key;
    std::uint64_t resident_bytes = 0;
    std::uint16_t group = 0;  // index into groups
  };
  std::chrono::steady_clock::time_point at;
  std::vector<Group> groups;
  std::vector<Member> members;
};

// Of the ledger's last update and its records. Without groups when no rule wants it.
[[nodiscard]] std::unique_ptr<const PssWish> make_pss_wish(const GroupLedger& ledger,
                                                           std::span<const ProcessRecord> records,
                                                           Instant now);

// Hands the latest wish from the processes collector to the pss collector, which run on different
// workers; neither waits for the other, whatever it hangs in.
class PssInbox {
 public:
  PssInbox() = default;
  PssInbox(const PssInbox&) = delete;
  PssInbox& operator=(const PssInbox&) = delete;
  ~PssInbox() { (void)take(); }

  // Replaces one that was not taken.
  void put(std::unique_ptr<const PssWish> wish) {
    std::unique_ptr<const PssWish>(wish_.exchange(wish.release(), std::memory_order_acq_rel));
  }
  // Null when there is none since the last take().
  [[nodiscard]] std::unique_ptr<const PssWish> take() {
    return std::unique_ptr<const PssWish>(wish_.exchange(nullptr, std::memory_order_acq_rel));
  }

 private:
  std::atomic<const PssWish*> wish_{nullptr};
};

// Every metric of the `pss` collector.
[[nodiscard]] MetricList pss_metrics();

// The `pss` collector: proportional memory of the few groups whose rules say `pss`. A collector of
// its own because reading smaps_rollup may hang as long as somebody else holds a lock of the
// process: then this one is stuck, and the accounting goes on.
//
// The kernel walks all pages of a process to answer. So: each process at most every kEvery, those
// never read first; none above `size_limit`; a round ends after `round_budget`, and on average no
// more than `share` of one core is spent; what is due then waits for the next round.
//
// A group has a value when all its living members were read within kStale, whoever ended since left
// out; one that is too large, not readable or not reached makes its group absent rather than
// too small. Members are as of the last sweep; a sweep older than kWishLasts counts for nothing.
class PssCollector : public Collector {
 public:
  static constexpr std::chrono::seconds kEvery{30};
  static constexpr std::chrono::seconds kStale{90};
  static constexpr std::chrono::seconds kWishLasts{90};

  struct Settings {
    std::uint64_t size_limit = std::uint64_t{4} << 30U;  // resident bytes of one process
    std::chrono::nanoseconds round_budget = std::chrono::milliseconds(100);
    double share = 0.005;
    // Measures what a reading took.
    std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
  };
  PssCollector(const Roots& roots, std::shared_ptr<PssInbox> inbox)
      : PssCollector(roots, std::move(inbox), Settings{}) {}
  PssCollector(const Roots& roots, std::shared_ptr<PssInbox> inbox, Settings settings);
  ~PssCollector() override;

  [[nodiscard]] std::string_view name() const override { return "pss"; }
  [[nodiscard]] MetricList metrics() const override;
  [[nodiscard]] bool optional() const override { return true; }
  // Without series while no group wants it.
  [[nodiscard]] Result<Samples> collect(Instant now) override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class State : std::uint8_t { unread, read, gone, refused };
  struct Known {
    State state = State::unread;
    bool too_large = false;
    std::uint64_t proportional_bytes = 0;
    TimePoint tried{};  // when it was last read, or could not be
  };
  void take_wish();
  void earn(TimePoint now);
  void read_due(TimePoint now, SampleWriter& out);
  [[nodiscard]] std::vector<const PssWish::Member*> due(TimePoint now);
  void read(const PssWish::Member& member, TimePoint now, SampleWriter& out);
  void write(TimePoint now, SampleWriter& out) const;

  UniqueFd procfs_;
  std::string path_;
  std::shared_ptr<PssInbox> inbox_;
  Settings settings_;
  std::unique_ptr<const PssWish> wish_;
  std::unordered_map<ProcessKey, Known> known_;
  std::chrono::duration<double> credit_;
  TimePoint earned_{};
  std::uint64_t too_large_ = 0;
  SmallFile file_;
  std::shared_ptr<const Schema> schema_;
};

}  // namespace perfwatch
