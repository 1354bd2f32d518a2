// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/exit_cpu.h"

#include <algorithm>

namespace perfwatch {
namespace {

// Of the mean stretch; see the header.
constexpr double kLastStretch = 0.25;

struct Teardown {
  std::uint64_t nanoseconds;
  std::uint64_t nanoseconds_per_kib;
};
constexpr Teardown kLikely{200'000, 40};
constexpr Teardown kUsual{20'000, 26};

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

// A hostile or wrapped value must not overflow the product.
std::uint64_t to_nanoseconds(std::uint64_t microseconds) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0} / 1000;
  return std::min(microseconds, kMost) * 1000;
}

}  // namespace

std::uint64_t unrecorded_nanoseconds(const ThreadRecord& record, std::uint64_t tick_nanoseconds,
                                     std::uint64_t since_woken_nanoseconds) {
  const std::uint64_t lived = to_nanoseconds(record.lived_microseconds);
  const std::uint64_t awake = less(lived, record.queued_nanoseconds);
  const std::uint64_t room = std::min(less(awake, record.run_nanoseconds), tick_nanoseconds);
  if (record.voluntary_switches == 0) return room;
  const double stretches = static_cast<double>(record.voluntary_switches) +
                           static_cast<double>(record.involuntary_switches);
  // At most a quarter of 2^64: in range.
  const auto expected = static_cast<std::uint64_t>(
      kLastStretch * static_cast<double>(record.run_nanoseconds) / stretches);
  return std::min({expected, room, since_woken_nanoseconds});
}

std::uint64_t teardown_nanoseconds(std::uint64_t passed_nanoseconds,
                                   std::uint64_t peak_resident_kib) {
  constexpr std::uint64_t kMostKib = std::uint64_t{1} << 40U;
  const std::uint64_t kib = std::min(peak_resident_kib, kMostKib);
  const auto after = [kib](const Teardown& rate) {
    return rate.nanoseconds + kib * rate.nanoseconds_per_kib;
  };
  return passed_nanoseconds <= after(kLikely) ? passed_nanoseconds : after(kUsual);
}

CpuSplit cpu_at_exec(const CpuSplit& now, const CpuSplit& seen, std::uint64_t passed_nanoseconds,
                     std::uint64_t late_nanoseconds) {
  const double total = now.total();
  if (passed_nanoseconds == 0 || total <= 0) return now;
  const double most = seen.total() + static_cast<double>(passed_nanoseconds) * 1e-9;
  const double least = total - static_cast<double>(late_nanoseconds) * 1e-9;
  const double part = std::clamp(std::max(least, most) / total, 0.0, 1.0);
  return {now.user_seconds * part, now.system_seconds * part};
}

CpuSplit split_cpu(std::uint64_t run_nanoseconds, std::uint64_t user_microseconds,
                   std::uint64_t system_microseconds, const CpuSplit& seen) {
  const double least = seen.total();
  const double total = std::max(static_cast<double>(run_nanoseconds) * 1e-9, least);
  const double user = static_cast<double>(user_microseconds);
  const double system = static_cast<double>(system_microseconds);
  double system_seconds = 0;
  if (system > 0) system_seconds = user > 0 ? total * (system / (user + system)) : total;
  system_seconds = std::clamp(system_seconds, seen.system_seconds, total - seen.user_seconds);
  return {total - system_seconds, system_seconds};
}

}  // namespace perfwatch
