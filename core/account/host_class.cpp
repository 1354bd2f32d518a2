// SPDX-License-Identifier: Apache-2.0
#include "core/account/host_class.h"

#include <unistd.h>

#include "core/base/file_reader.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLongestModel = 128;

}  // namespace

// model name	: AMD EPYC 7B13
std::string parse_cpu_model(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) != "model name") continue;
    return printable_utf8(cut_utf8(trim(line.substr(colon + 1)), kLongestModel));
  }
  return {};
}

// MemTotal:        8149152 kB
std::uint64_t parse_memory_total(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    if (next_word(line) != "MemTotal:") continue;
    const auto kib = next_u64(line);
    return kib && *kib <= UINT64_MAX / 1024 ? *kib * 1024 : 0;
  }
  return 0;
}

HostClass read_host_class(const Roots& roots) {
  HostClass host;
  FileReader reader;
  if (const auto text = reader.read((roots.procfs + "/cpuinfo").c_str())) {
    host.cpu_model = parse_cpu_model(*text);
  }
  if (const auto text = reader.read((roots.procfs + "/meminfo").c_str())) {
    host.memory_bytes = parse_memory_total(*text);
  }
  const long cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  host.cores = cores > 0 ? static_cast<std::uint32_t>(cores) : 0;
  return host;
}

}  // namespace perfwatch
