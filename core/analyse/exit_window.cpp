// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/exit_window.h"

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace perfwatch {
namespace {

constexpr ExitSort kSorts[] = {ExitSort::cpu, ExitSort::count, ExitSort::memory, ExitSort::time};

double key_of(const ExitKind& kind, ExitSort sort) {
  switch (sort) {
    case ExitSort::cpu:
      return cpu_seconds(kind);
    case ExitSort::count:
      return static_cast<double>(kind.count);
    case ExitSort::memory:
      return static_cast<double>(kind.largest_peak_bytes);
    case ExitSort::time:
      return mean_lived_seconds(kind).value_or(-1);
  }
  return 0;
}

void sort_kinds(std::vector<ExitKind>& kinds, ExitSort sort) {
  std::sort(kinds.begin(), kinds.end(), [sort](const ExitKind& a, const ExitKind& b) {
    const double key_a = key_of(a, sort);
    const double key_b = key_of(b, sort);
    if (key_a != key_b) return key_a > key_b;
    return std::tie(a.comm, a.group) < std::tie(b.comm, b.group);
  });
}

// Of names that outlive the map.
struct Name {
  std::string_view comm;
  std::string_view group;
  bool operator==(const Name&) const = default;
};
struct HashName {
  std::size_t operator()(const Name& name) const {
    const std::hash<std::string_view> hash;
    return hash(name.comm) * 0x9E3779B97F4A7C15ULL ^ hash(name.group);
  }
};

std::optional<double> mean(double sum, std::uint64_t known) {
  if (known == 0) return std::nullopt;
  return sum / static_cast<double>(known);
}

}  // namespace

std::string_view to_string(ExitSort sort) {
  switch (sort) {
    case ExitSort::cpu:
      return "cpu";
    case ExitSort::count:
      return "count";
    case ExitSort::memory:
      return "memory";
    case ExitSort::time:
      return "time";
  }
  return "cpu";
}

std::optional<ExitSort> parse_exit_sort(std::string_view text) {
  for (const ExitSort sort : kSorts) {
    if (to_string(sort) == text) return sort;
  }
  return std::nullopt;
}

ExitWindow exit_window(const ExitTable& table, std::chrono::system_clock::time_point now,
                       std::chrono::minutes window, ExitSort sort) {
  ExitWindow out;
  const auto first = std::chrono::floor<std::chrono::minutes>(now) - window;
  out.to = now;
  out.from = std::clamp(table.since, std::min<decltype(now)>(first, now), now);
  out.complete = table.missed < out.from;
  std::unordered_map<Name, std::size_t, HashName> places;
  for (const auto& minute : table.minutes) {
    if (minute->start < first) continue;
    for (const ExitKind& kind : minute->kinds) {
      const auto [place, added] =
          places.try_emplace(Name{view(kind.comm), kind.group}, out.kinds.size());
      if (added) {
        out.kinds.push_back(kind);
      } else {
        add_up(out.kinds[place->second], kind);
      }
      add_up(out.total, kind);
    }
  }
  sort_kinds(out.kinds, sort);
  return out;
}

std::optional<double> cpu_ratio(const ExitKind& kind, const ExitWindow& window) {
  const double all = cpu_seconds(window.total);
  if (!(all > 0)) return std::nullopt;
  return cpu_seconds(kind) / all;
}

std::optional<double> mean_lived_seconds(const ExitKind& kind) {
  return mean(kind.lived_seconds, kind.lived_known);
}

std::optional<double> mean_peak_bytes(const ExitKind& kind) {
  return mean(static_cast<double>(kind.peak_bytes_sum), kind.peak_known);
}

std::optional<double> largest_peak_bytes(const ExitKind& kind) {
  if (kind.largest_peak_bytes == 0) return std::nullopt;
  return static_cast<double>(kind.largest_peak_bytes);
}

}  // namespace perfwatch
