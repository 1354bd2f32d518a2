// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/hook_types.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <string>
#include <utility>

namespace perfwatch {
namespace {

constexpr std::string_view kTracepoint = "btf_trace_";
constexpr std::string_view kIterator = "bpf_iter_";
constexpr std::string_view kTracepointSection = "tp_btf/";
constexpr std::string_view kIteratorSection = "iter/";

thread_local const HookTypes* asked = nullptr;

// The name of the type for a section; empty: it is none of ours.
std::string type_of(std::string_view section) {
  for (const auto& [front, prefix] :
       {std::pair(kTracepointSection, kTracepoint), std::pair(kIteratorSection, kIterator)}) {
    if (section.starts_with(front)) return std::string(prefix).append(section.substr(front.size()));
  }
  return {};
}

// libbpf takes a program of the type BPF_PROG_TYPE_TRACING for one that needs all of the kernel's
// types, so it is of another type until it is loaded.
int prepare(bpf_program* program, bpf_prog_load_opts* options, long) {
  const std::uint32_t id =
      asked != nullptr ? asked->find(type_of(bpf_program__section_name(program))) : 0;
  if (id == 0) return -ESRCH;
  options->attach_btf_id = id;
  return bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
}

// Once; where it fails libbpf's own handlers are there, and do the same in more time.
void register_handlers() {
  libbpf_prog_handler_opts options{};
  options.sz = sizeof options;
  options.prog_prepare_load_fn = prepare;
  [[maybe_unused]] static const bool done =
      libbpf_register_prog_handler("tp_btf/", BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_TRACE_RAW_TP,
                                   &options) >= 0 &&
      libbpf_register_prog_handler("iter/", BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_TRACE_ITER,
                                   &options) >= 0;
}

}  // namespace

HookTypes::HookTypes(const btf* kernel) {
  for (std::uint32_t id = 1; id < btf__type_cnt(kernel); ++id) {
    const btf_type* type = btf__type_by_id(kernel, id);
    if (!btf_is_typedef(type) && !btf_is_func(type)) continue;
    const char* text = btf__name_by_offset(kernel, type->name_off);
    if (text == nullptr || text[0] != 'b') continue;
    const std::string_view name = text;
    if (name.starts_with(btf_is_func(type) ? kIterator : kTracepoint)) ids_.try_emplace(name, id);
  }
}

std::uint32_t HookTypes::find(std::string_view name) const {
  const auto found = ids_.find(name);
  return found != ids_.end() ? found->second : 0;
}

HookLoading::HookLoading(const HookTypes& types) {
  register_handlers();
  asked = &types;
}

HookLoading::~HookLoading() { asked = nullptr; }

}  // namespace perfwatch
