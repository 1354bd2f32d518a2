// SPDX-License-Identifier: Apache-2.0
// The records of the kernel programs: one event, and a sweep in two pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/account/ebpf/sweep_assembly.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

bool lies_within(std::string_view view, perfwatch::Bytes bytes) {
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  return view.data() >= begin && view.data() + view.size() <= begin + bytes.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  ExecNames names;
  if (const auto exec = decode_exec(bytes, names)) {
    check(exec->who.pid > 0);
    std::string path;
    for (const auto& name : {names.exe, names.cmdline, names.cgroup}) {
      if (!name) continue;
      check(lies_within(*name, bytes));
      join_components(*name, path);
      check(path.starts_with('/') && path.size() <= name->size() + 1);
    }
  }
  if (const auto end = decode<WireExit>(bytes)) {
    const auto times = split_cpu(end->usage);
    check(times.user_ns + times.system_ns == end->usage.cpu_ns);
  }
  (void)decode<WireOom>(bytes);

  std::vector<ProcessRecord> records;
  SweepAssembly assembly(4096);
  assembly.begin(records);
  const std::size_t cut = size == 0 ? 0 : data[0] % size;
  assembly.add(bytes.first(cut));
  assembly.add(bytes.subspan(cut));
  assembly.finish();
  check(records.size() * sizeof(WireProcess) <= size);
  for (std::size_t i = 1; i < records.size(); ++i) {
    check(records[i - 1].key.pid < records[i].key.pid);
  }
  return 0;
}
