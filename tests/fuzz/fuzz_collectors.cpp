// SPDX-License-Identifier: Apache-2.0
// The parsers of core/collect. The first byte chooses one ('0' to '7'), the rest is its text.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/collect/cpu.h"
#include "core/collect/disk.h"
#include "core/collect/filesystem.h"
#include "core/collect/load.h"
#include "core/collect/memory.h"
#include "core/collect/network.h"
#include "core/collect/pressure.h"
#include "core/collect/sockets.h"

namespace perfwatch {
namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

// False for NaN, too.
void require_plain(double value) { require(value >= 0 && !std::isinf(value)); }

void check_load(std::string_view text) {
  const auto load = parse_load(text);
  if (!load) return;
  require_plain(load->one_minute);
  require_plain(load->five_minutes);
  require_plain(load->fifteen_minutes);
}

void check_pressure(std::string_view text) {
  const auto pressure = parse_pressure(text);
  if (!pressure) return;
  for (const double percent : pressure->some.percent) require_plain(percent);
  if (!pressure->full) return;
  for (const double percent : pressure->full->percent) require_plain(percent);
}

void check_mounts(std::string_view text) {
  const auto mounts = parse_mounts(text);
  if (!mounts) return;
  for (const auto& mount : *mounts) {
    require(mount.mountpoint.starts_with('/'));
    (void)is_watched(mount);
  }
}

void check_diskstats(std::string_view text) {
  for (const auto& disk : parse_diskstats(text)) {
    require(!disk.name.empty());
    (void)is_partition_name(disk.name);
    (void)is_ignored_disk(disk.name);
  }
}

void check_network(std::string_view text) {
  const auto interfaces = parse_network(text);
  if (!interfaces) return;
  for (const auto& interface : *interfaces) require(!interface.name.empty());
}

void check(char parser, std::string_view text) {
  switch (parser) {
    case '0':
      (void)parse_cpu(text);
      break;
    case '1':
      (void)parse_meminfo(text);
      break;
    case '2':
      (void)parse_vmstat(text);
      break;
    case '3':
      check_pressure(text);
      break;
    case '4':
      check_load(text);
      break;
    case '5':
      check_diskstats(text);
      break;
    case '6':
      check_mounts(text);
      break;
    case '7':
      check_network(text);
      break;
    case '8':
      (void)parse_sockets(text);
      break;
    default:
      break;
  }
}

}  // namespace
}  // namespace perfwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  perfwatch::check(text[0], std::string_view(text).substr(1));
  return 0;
}
