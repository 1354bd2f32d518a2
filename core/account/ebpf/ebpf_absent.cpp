// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/ebpf_reader.h"

namespace perfwatch {

// In a build without clang, bpftool or libbpf.
Result<std::unique_ptr<ProcessReader>> make_ebpf_reader(const AccountingSettings& /*settings*/) {
  return fail(ErrorKind::unsupported, "not built in");
}

}  // namespace perfwatch
