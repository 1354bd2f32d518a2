// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/top_text.h"

#include <fmt/format.h>

namespace perfwatch {
namespace {

constexpr std::string_view kHelp[] = {
    "d            what has ended, or what lives",
    "c m i n p t  sort by CPU, memory, I/O, name, processes (pid), the dead by time lived",
    "< >          sort by the column on the left, on the right (arrow keys too)",
    "r            the other way round",
    "up down      select; PgUp, PgDn, Home, End too",
    "Enter        a group's processes; Esc or Backspace goes back",
    "/            show only names that contain a text; Esc clears it",
    "space        pause, go on",
    "q            quit",
    "",
    "CPU% counts one core as 100; IO/s is storage read and written; - is not known.",
    "LARGEST is the largest single process, CPU-TIME and STARTED include what has ended.",
    "Of the dead: CPU is seconds, %CPU the share of all that ended, FAILED counts every end but",
    "success, PEAK is the largest resident memory.",
};

}  // namespace

std::span<const std::string_view> top_help() { return kHelp; }

std::string host_line(const StatusAnswer& status) {
  return fmt::format(
      "{}  up {}  cpu {} of {}  load {}  mem {} free of {}  swap {} free  pressure cpu {} mem {} "
      "io {}",
      status.hostname, human_duration(status.uptime_seconds), human_ratio(status.cpu_busy_ratio),
      human_count(status.cpu_cores), human_cores(status.load1),
      short_bytes(status.memory_available), short_bytes(status.memory_total),
      short_bytes(status.swap_free), human_ratio(status.pressure_cpu),
      human_ratio(status.pressure_memory), human_ratio(status.pressure_io));
}

std::string verdict_line(const StatusAnswer& status) {
  std::string text = "host " + (status.verdict.empty() ? "-" : status.verdict);
  if (!status.reasons.empty()) text += ": " + status.reasons.front();
  if (status.reasons.size() > 1) text += fmt::format(" (and {} more)", status.reasons.size() - 1);
  return text;
}

}  // namespace perfwatch
