// SPDX-License-Identifier: Apache-2.0
#include "core/collect/memory.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/collect/values.h"

namespace perfwatch {
namespace {

constexpr Metric kTotal{"perfwatch_memory_total_bytes", MetricType::gauge,
                        "Memory that the kernel manages."};
constexpr Metric kAvailable{"perfwatch_memory_available_bytes", MetricType::gauge,
                            "Memory that programs can have without swapping."};
constexpr Metric kFree{"perfwatch_memory_free_bytes", MetricType::gauge,
                       "Memory that nobody uses, not even as a cache."};
constexpr Metric kCached{"perfwatch_memory_cached_bytes", MetricType::gauge,
                         "Page cache and shared memory."};
constexpr Metric kDirty{"perfwatch_memory_dirty_bytes", MetricType::gauge,
                        "Page cache that waits to be written to disk."};
constexpr Metric kSwapTotal{"perfwatch_swap_total_bytes", MetricType::gauge, "Size of all swap."};
constexpr Metric kSwapFree{"perfwatch_swap_free_bytes", MetricType::gauge,
                           "Swap that is not in use."};
constexpr Metric kSwapRead{"perfwatch_swap_read_bytes_total", MetricType::counter,
                           "Bytes read back from swap."};
constexpr Metric kSwapWritten{"perfwatch_swap_written_bytes_total", MetricType::counter,
                              "Bytes written to swap."};
constexpr Metric kOomKills{"perfwatch_oom_kills_total", MetricType::counter,
                           "Processes killed because memory ran out, on the host or in a cgroup."};
constexpr Metric kMajorFaults{"perfwatch_major_faults_total", MetricType::counter,
                              "Page faults that had to wait for a disk."};

constexpr const Metric* kMetrics[] = {&kTotal,       &kAvailable, &kFree,       &kCached,
                                      &kDirty,       &kSwapTotal, &kSwapFree,   &kSwapRead,
                                      &kSwapWritten, &kOomKills,  &kMajorFaults};

template <class Record>
struct Field {
  std::string_view key;
  std::optional<std::uint64_t> Record::*value;
};

constexpr Field<MemoryInfo> kInfoFields[] = {
    {"MemTotal:", &MemoryInfo::total},     {"MemAvailable:", &MemoryInfo::available},
    {"MemFree:", &MemoryInfo::free},       {"Cached:", &MemoryInfo::cached},
    {"Dirty:", &MemoryInfo::dirty},        {"SwapTotal:", &MemoryInfo::swap_total},
    {"SwapFree:", &MemoryInfo::swap_free},
};
constexpr Field<MemoryEvents> kEventFields[] = {
    {"pswpin", &MemoryEvents::pages_swapped_in},
    {"pswpout", &MemoryEvents::pages_swapped_out},
    {"oom_kill", &MemoryEvents::oom_kills},
    {"pgmajfault", &MemoryEvents::major_faults},
};

// Both files are lines of "KEY NUMBER [UNIT]".
template <class Record, std::size_t size>
Record parse_fields(std::string_view text, const Field<Record> (&fields)[size]) {
  Record record;
  std::string_view line;
  while (next_line(text, line)) {
    const auto* field = std::ranges::find(fields, next_word(line), &Field<Record>::key);
    if (field != std::end(fields)) record.*field->value = next_u64(line);
  }
  return record;
}

}  // namespace

Result<MemoryInfo> parse_meminfo(std::string_view text) {
  const auto info = parse_fields(text, kInfoFields);
  if (!info.total) return fail(ErrorKind::malformed, "no line \"MemTotal:\"");
  return info;
}

Result<MemoryEvents> parse_vmstat(std::string_view text) {
  const auto events = parse_fields(text, kEventFields);
  for (const auto& field : kEventFields) {
    if (events.*field.value) return events;
  }
  return fail(ErrorKind::malformed, "no counter that is known");
}

MemoryCollector::MemoryCollector(const Roots& roots, double page_bytes)
    : meminfo_(roots.procfs + "/meminfo"),
      vmstat_(roots.procfs + "/vmstat"),
      page_bytes_(page_bytes) {}

MetricList MemoryCollector::metrics() const { return kMetrics; }

Result<Samples> MemoryCollector::collect(Instant) {
  auto text = meminfo_.read();
  if (!text) return tl::unexpected(std::move(text.error()));
  auto info = parse_meminfo(*text);
  if (!info) return tl::unexpected(within("parsing " + meminfo_.path(), std::move(info.error())));
  const auto events = vmstat_.read().and_then([this](std::string_view vmstat) {
    return parse_vmstat(vmstat).map_error(
        [this](const Error& error) { return within("parsing " + vmstat_.path(), error); });
  });
  return describe(*info, events);
}

Samples MemoryCollector::describe(const MemoryInfo& info, const Result<MemoryEvents>& events) {
  constexpr double kKibibyte = 1024;
  SampleWriter out(schema_);
  if (!events) out.item_error(events.error());
  const MemoryEvents counts = events.value_or(MemoryEvents{});
  out.add(kTotal, or_absent(info.total) * kKibibyte);
  out.add(kAvailable, or_absent(info.available) * kKibibyte);
  out.add(kFree, or_absent(info.free) * kKibibyte);
  out.add(kCached, or_absent(info.cached) * kKibibyte);
  out.add(kDirty, or_absent(info.dirty) * kKibibyte);
  out.add(kSwapTotal, or_absent(info.swap_total) * kKibibyte);
  out.add(kSwapFree, or_absent(info.swap_free) * kKibibyte);
  out.add(kSwapRead, or_absent(counts.pages_swapped_in) * page_bytes_);
  out.add(kSwapWritten, or_absent(counts.pages_swapped_out) * page_bytes_);
  out.add(kOomKills, or_absent(counts.oom_kills));
  out.add(kMajorFaults, or_absent(counts.major_faults));
  Samples samples = std::move(out).finish();
  schema_ = samples.schema;
  return samples;
}

}  // namespace perfwatch
