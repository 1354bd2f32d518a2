// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_pressure.h"

#include <algorithm>

#include "core/base/file_reader.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr double kMicroseconds = 1e6;

std::optional<double> read_total(const std::string& path) {
  FileReader reader;
  const auto text = reader.read(path.c_str());
  if (!text) return std::nullopt;
  const auto total = parse_pressure_total(*text);
  return total ? std::optional(*total) : std::nullopt;
}

void put(std::optional<double> begin, std::optional<double> end, double& out) {
  if (begin && end) out = std::max(0.0, *end - *begin);
}

}  // namespace

Result<double> parse_pressure_total(std::string_view text) {
  constexpr std::string_view kTotal = "total=";
  if (text.empty() || text.back() != '\n') {
    return fail(ErrorKind::malformed, "no newline at the end");
  }
  std::string_view line;
  while (next_line(text, line)) {
    if (next_word(line) != "some") continue;
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
      if (!word.starts_with(kTotal)) continue;
      const auto total = to_number<std::uint64_t>(word.substr(kTotal.size()));
      if (total) return static_cast<double>(*total) / kMicroseconds;
    }
  }
  return fail(ErrorKind::malformed, "no total of \"some\"");
}

RunPressure::RunPressure(const Roots& roots, const std::string& cgroup)
    : of_host_(cgroup.empty()),
      cpu_(of_host_ ? roots.procfs + "/pressure/cpu" : cgroup + "/cpu.pressure"),
      memory_(of_host_ ? roots.procfs + "/pressure/memory" : cgroup + "/memory.pressure"),
      io_(of_host_ ? roots.procfs + "/pressure/io" : cgroup + "/io.pressure"),
      begin_(read()) {}

StallTotals RunPressure::read() const {
  return {read_total(cpu_), read_total(memory_), read_total(io_)};
}

void RunPressure::fill(RunFigures& out) const { fill_stall(begin_, read(), out); }

StallTotals read_host_stall(const Roots& roots) {
  const std::string folder = roots.procfs + "/pressure/";
  return {read_total(folder + "cpu"), read_total(folder + "memory"), read_total(folder + "io")};
}

void fill_stall(const StallTotals& begin, const StallTotals& end, RunFigures& out) {
  put(begin.cpu, end.cpu, out[RunMetric::cpu_stall_seconds]);
  put(begin.memory, end.memory, out[RunMetric::memory_stall_seconds]);
  put(begin.io, end.io, out[RunMetric::io_stall_seconds]);
}

}  // namespace perfwatch
