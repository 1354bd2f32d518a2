// SPDX-License-Identifier: Apache-2.0
#include "daemon/host.h"

#include <sys/utsname.h>

#include "core/base/file_reader.h"
#include "core/collect/cpu.h"
#include "core/model/samples.h"

namespace perfwatch {

std::string host_name() {
  utsname names{};
  if (::uname(&names) != 0 || names.nodename[0] == '\0') return "unknown";
  return names.nodename;
}

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "unknown";
}

double boot_time(const std::string& procfs) {
  FileReader reader;
  const auto text = reader.read((procfs + "/stat").c_str());
  if (!text) return kAbsent;
  const auto stat = parse_cpu(*text);
  return stat && stat->boot_time ? static_cast<double>(*stat->boot_time) : kAbsent;
}

}  // namespace perfwatch
