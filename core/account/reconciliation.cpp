// SPDX-License-Identifier: Apache-2.0
#include "core/account/reconciliation.h"

#include <array>
#include <string>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

using enum MetricType;

constexpr Metric kHost{
    "perfwatch_accounting_host_cpu_seconds_total",
    counter,
    "CPU time of all cores since the first sweep that was neither idle nor stolen.",
    {},
    true};
constexpr Metric kAttributed{"perfwatch_accounting_attributed_cpu_seconds_total",
                             counter,
                             "CPU time since the first sweep that is in the groups' counters.",
                             {},
                             true};
constexpr Metric kUnattributed{
    "perfwatch_accounting_unattributed_cpu_seconds", gauge,
    "CPU time of the host since the first sweep that is in no group; below 0 where the kernel, "
    "which counts the host's in ticks, missed what it gave to the tasks."};
constexpr Metric kRatio{
    "perfwatch_accounting_attributed_ratio", gauge,
    "Share of the host's CPU time of the last minute that is in the groups; absent while the host "
    "spent less than 1 s."};

constexpr std::array<const Metric*, 4> kAll = {&kHost, &kAttributed, &kUnattributed, &kRatio};

constexpr std::chrono::seconds kMarkDistance{1};
// The kernel corrects its estimates; more than this is a reset, from which we count on.
constexpr double kLargestStepBackSeconds = 3;

}  // namespace

// cpu  6460 12 1898 208734 891 3 54 7 400 0
//      user nice system idle iowait irq softirq steal guest guest_nice
Result<std::uint64_t> parse_busy_ticks(std::string_view text) {
  constexpr std::array<bool, 7> kBusy = {true, true, true, false, false, true, true};
  std::string_view line;
  while (next_line(text, line)) {
    if (next_word(line) != "cpu") continue;
    std::uint64_t sum = 0;
    for (const bool busy : kBusy) {
      const auto ticks = next_u64(line);
      if (!ticks) return fail(ErrorKind::malformed, "the line \"cpu\" is not whole");
      if (busy) sum += *ticks;  // wraps like the kernel's own counters
    }
    return sum;
  }
  return fail(ErrorKind::malformed, "no line \"cpu\"");
}

Reconciliation::Reconciliation(const Roots& roots, double ticks_per_second)
    : file_(roots.procfs + "/stat"), ticks_per_second_(ticks_per_second) {}

Result<std::uint64_t> Reconciliation::read_busy_ticks() {
  auto text = file_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto ticks = parse_busy_ticks(*text);
  if (!ticks) return tl::unexpected(within("parsing " + file_.path(), std::move(ticks.error())));
  return ticks;
}

void Reconciliation::update(Instant now, double spent_seconds) {
  if (begun_ && spent_seconds > 0) state_.attributed_seconds += spent_seconds;
  begun_ = true;
  state_.host_seconds = state_.unattributed_seconds = state_.ratio = kAbsent;
  error_.reset();
  auto ticks = read_busy_ticks();
  if (!ticks) {
    error_ = std::move(ticks.error());
    return;
  }
  add_host_ticks(*ticks);
  state_.host_seconds = host_seconds_;
  state_.unattributed_seconds = host_seconds_ - (state_.attributed_seconds - before_host_);
  slide(now.monotonic);
}

void Reconciliation::add_host_ticks(std::uint64_t ticks) {
  if (!last_ticks_) before_host_ = state_.attributed_seconds;
  const std::uint64_t last = last_ticks_.value_or(ticks);
  const auto seconds = [this](std::uint64_t span) {
    return static_cast<double>(span) / ticks_per_second_;
  };
  if (ticks < last && seconds(last - ticks) < kLargestStepBackSeconds) return;
  if (ticks > last) host_seconds_ += seconds(ticks - last);
  last_ticks_ = ticks;
}

void Reconciliation::slide(std::chrono::steady_clock::time_point now) {
  if (marks_.empty() || now - marks_.back().at >= kMarkDistance) {
    marks_.push_back({now, host_seconds_, state_.attributed_seconds});
  }
  // The window starts at the youngest mark that is old enough.
  while (marks_.size() > 1 && now - marks_[1].at >= kWindow) marks_.pop_front();
  const Mark& start = marks_.front();
  const double host = host_seconds_ - start.host_seconds;
  if (host < kEnoughHostSeconds) return;
  state_.ratio = (state_.attributed_seconds - start.attributed_seconds) / host;
}

MetricList Reconciliation::metrics() { return kAll; }

void Reconciliation::write(SampleWriter& out) const {
  if (error_) out.item_error(*error_);
  out.add(kHost, state_.host_seconds);
  out.add(kAttributed, state_.attributed_seconds);
  out.add(kUnattributed, state_.unattributed_seconds);
  out.add(kRatio, state_.ratio);
}

}  // namespace perfwatch
