// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_reader.h"

#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "core/account/libproc_reader.h"
#include "core/account/procfs_reader.h"

namespace perfwatch {
namespace {

struct Free {
  void operator()(char* text) const { ::free(text); }
};

bool is_proc(const std::string& root) {
  const std::unique_ptr<char, Free> resolved(::realpath(root.c_str(), nullptr));
  return resolved && std::string_view(resolved.get()) == "/proc";
}

}  // namespace

Result<std::unique_ptr<ProcessReader>> make_process_reader(const Roots& roots) {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (is_proc(roots.procfs)) return LibprocReader::make(ticks_per_second);
  return ProcfsReader::make(roots.procfs, ticks_per_second);
}

}  // namespace perfwatch
