// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

struct btf;

namespace perfwatch {

// Where the kernel's types tell of its tracepoints and iterators: "btf_trace_sched_process_fork",
// "bpf_iter_task". All found in one pass over the 126,000 types of a kernel.
class HookTypes {
 public:
  // `kernel` is borrowed for the life of this object.
  explicit HookTypes(const btf* kernel);

  // 0: the kernel has none of that name.
  [[nodiscard]] std::uint32_t find(std::string_view name) const;

 private:
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

// From now on libbpf asks `types` where the hooks of a program are ("tp_btf/...", "iter/..."),
// while this object lives, in this thread. By itself it would read all of the kernel's types once
// more, for each object, and look through their names once more for each program.
class HookLoading {
 public:
  explicit HookLoading(const HookTypes& types);
  ~HookLoading();
  HookLoading(const HookLoading&) = delete;
  HookLoading& operator=(const HookLoading&) = delete;
};

}  // namespace perfwatch
