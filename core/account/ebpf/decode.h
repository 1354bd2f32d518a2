// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/account/ebpf/events.h"
#include "core/model/process.h"

namespace perfwatch {

// The records of the kernel programs as values: pure, for any bytes.

using Bytes = std::span<const std::byte>;

// The type and size at the front; nullopt when there are fewer bytes than that. A size that is none
// (smaller than a header, no multiple of 8) is 0.
[[nodiscard]] std::optional<WireHeader> peek_header(Bytes bytes);

// A whole record of a fixed size. nullopt: another type or size, or a pid that is none.
template <class Wire>
[[nodiscard]] std::optional<Wire> decode(Bytes bytes);

// The names that came with an exec event, views into it. Absent: not asked for, or unreadable.
struct ExecNames {
  std::optional<std::string_view> exe;      // components with their '\0', the last one first
  std::optional<std::string_view> cmdline;  // arguments with their '\0'
  std::optional<std::string_view> cgroup;   // as exe
};
[[nodiscard]] std::optional<WireExec> decode_exec(Bytes bytes, ExecNames& names);

// "gcc\0bin\0usr\0" -> "/usr/bin/gcc"; "" -> "/".
void join_components(std::string_view components, std::string& out);

// R S D T t X Z P I of two words of task_struct, as the kernel's get_task_state() has it.
[[nodiscard]] char state_letter(std::uint32_t state, std::uint32_t exit_state);

// All but what follows.
void fill_who(const WireWho& who, ProcessRecord& out);
// All counters, with CPU time divided as split_cpu() does. One that falls short of what was told
// before is the ledger's to hold.
void fill_usage(const WireUsage& usage, bool has_io, ProcessRecord& out);
// Memory and descriptors. A table of descriptors that is too large to count leaves them absent.
void fill_memory(const WireMemory& memory, std::uint64_t page_bytes, ProcessRecord& out);

void add(const WireUsage& usage, WireUsage& sum);

// CPU time by the scheduler is exact but one number; the tick knows user from system but misses
// short processes. As the kernel's cputime_adjust() (kernel/sched/cputime.c): the exact sum,
// divided as the ticks are; all user where there are no system ticks.
struct CpuTimes {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
};
[[nodiscard]] CpuTimes split_cpu(const WireUsage& usage);

// What an entry "NAME=value" of an environment begins with; of a long name the front. Of an empty
// one what none has.
[[nodiscard]] WireSign sign_of(std::string_view name);

// The end of a process as its state tells it, for one whose last task was freed without a word.
[[nodiscard]] WireExit exit_of(const WireState& state);

template <class Wire>
constexpr WireType kWireTypeOf = kWireExec;
template <>
inline constexpr WireType kWireTypeOf<WireExit> = kWireExit;
template <>
inline constexpr WireType kWireTypeOf<WireOom> = kWireOom;
template <>
inline constexpr WireType kWireTypeOf<WireProcess> = kWireProcess;
template <>
inline constexpr WireType kWireTypeOf<WireThread> = kWireThread;
template <>
inline constexpr WireType kWireTypeOf<WireStandIn> = kWireStandIn;

template <class Wire>
std::optional<Wire> decode(Bytes bytes) {
  const auto header = peek_header(bytes);
  if (!header || header->type != kWireTypeOf<Wire>) return std::nullopt;
  if (header->size != sizeof(Wire) || bytes.size() != sizeof(Wire)) return std::nullopt;
  Wire wire;
  std::memcpy(&wire, bytes.data(), sizeof wire);
  if constexpr (requires { wire.who; }) {
    if (wire.who.pid <= 0) return std::nullopt;
  } else {
    if (wire.pid <= 0) return std::nullopt;
  }
  return wire;
}

}  // namespace perfwatch
