// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/analyse/alert_book.h"

namespace perfwatch {

// The alert book from within; for alert_book*.cpp only: the states are in alert_book.cpp, what is
// said of an alert in alert_book_texts.cpp, what outlives the daemon in alert_book_restore.cpp.
struct AlertBook::Impl {
  using Time = std::chrono::steady_clock::time_point;

  enum class Doubt : std::uint8_t { none, reloaded, restarted };
  struct Entry {  // pending or firing
    std::uint64_t id = 0;
    Alert alert;
    Labels subject;
    std::string metric;  // of another kind than threshold with that before it: "leak:METRIC"
    Level last = Level::raised;
    const Explanation* explanation = nullptr;  // of this round's finding
    Doubt doubt = Doubt::none;                 // whether its subject is still there: no data since
    std::optional<Time> missed_since;          // then: the first round without
    bool broken = true;                        // the next raise starts the clock of `for` anew
    std::chrono::nanoseconds raised_for{0};
    std::chrono::nanoseconds cleared_for{0};
    Time last_data{};
    std::uint64_t round = 0;
  };
  struct Past {  // resolved
    std::uint64_t id = 0;
    Alert alert;
    Labels subject;
    Time at{};
    std::uint64_t round = 0;
  };
  struct Round {
    const RuleSet& rules;
    const Frame& frame;
    std::chrono::nanoseconds step{0};  // since the frame before
  };
  using Entries = std::unordered_map<std::string, std::unique_ptr<Entry>>;  // by subject

  // A subject without data for so long is gone.
  static constexpr std::chrono::nanoseconds kGoneAfter = std::chrono::hours(1);

  Settings settings;
  std::map<std::string, Entries, std::less<>> live;  // by rule; no empty ones between updates
  std::vector<std::unique_ptr<Past>> past;           // oldest first
  std::vector<const Alert*> changed;
  std::string key;  // scratch
  std::size_t live_count = 0;
  std::uint64_t next_id = 1;
  std::uint64_t rounds = 0;
  std::uint64_t limited = 0;
  std::unordered_set<std::string> refused;         // rule and subject, in this round
  std::unordered_set<std::string> refused_before;  // in the round before
  std::optional<Time> last_at;

  void take(const Finding& finding, const Round& round);
  void refuse(const Finding& finding);
  void start(const Finding& finding, const Rule& rule, const Round& round);
  // These return true when the entry is over: ended, or moved to the past.
  bool miss(Entry& entry, const Rule& rule, const Round& round);
  bool advance(Entry& entry, const Rule& rule, Level level, double value, const Round& round);
  bool end(Entry& entry, std::string_view because, const Round& round);
  void raise(Entry& entry, const Rule& rule, double value, Level before, const Round& round);
  void describe(Entry& entry, const Rule& rule, double value, const Round& round) const;
  void fire(Entry& entry, const Rule& rule, const Round& round);
  static void describe_bottlenecks(Alert& alert, const Rule& rule, const Frame& frame);
  void end_removed_rules(const Round& round);
  void miss_unseen(const Round& round);
  void forget_past(Time now);
  void trim_past();
  [[nodiscard]] bool restore_live(SavedAlert&& saved, Instant now);
  void restore_past(SavedAlert&& saved, Instant now);
  template <class Over>
  void erase_over(Over over);
  [[nodiscard]] bool begins_anew(const Entry& entry, const Rule& rule, const Frame& frame) const;
  static void write_key(const Labels& subject, std::string& key);
  static void annotate(Labels& annotations, std::string_view name, std::string value);
  [[nodiscard]] Labels labels_of(const Rule& rule, const Labels& subject) const;
};

}  // namespace perfwatch
