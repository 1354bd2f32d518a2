// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/acct.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace perfwatch::test {

// Messages as the kernel builds them, without the nlmsghdr.

using Buffer = std::vector<std::byte>;

template <class T>
void append(Buffer& out, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

inline Buffer attribute(std::uint16_t type, std::span<const std::byte> payload) {
  Buffer out;
  append(out, nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + payload.size()), type});
  out.insert(out.end(), payload.begin(), payload.end());
  out.resize((out.size() + 3) & ~std::size_t{3});
  return out;
}

inline Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

inline taskstats stats_of(std::int32_t tid, std::int32_t pid) {
  taskstats stats{};
  stats.version = TASKSTATS_VERSION;
  stats.ac_pid = static_cast<std::uint32_t>(tid);
  stats.ac_tgid = static_cast<std::uint32_t>(pid);
  std::memcpy(stats.ac_comm, "cc1plus", 8);
  return stats;
}

// `size` bytes of the record: less than ours is an older kernel, more a newer one.
inline Buffer aggregate(std::uint16_t type, std::int32_t id, const taskstats& stats,
                        std::size_t size = sizeof(taskstats)) {
  Buffer bytes;
  append(bytes, stats);
  bytes.resize(size, std::byte{0xee});
  const auto id_type = type == TASKSTATS_TYPE_AGGR_PID ? TASKSTATS_TYPE_PID : TASKSTATS_TYPE_TGID;
  const auto id_bytes = std::as_bytes(std::span(&id, 1));
  return attribute(type, joined({attribute(static_cast<std::uint16_t>(id_type), id_bytes),
                                 attribute(TASKSTATS_TYPE_STATS, bytes)}));
}

inline Buffer exit_message(std::initializer_list<Buffer> aggregates) {
  Buffer out;
  append(out, genlmsghdr{TASKSTATS_CMD_NEW, 1, 0});
  for (const auto& part : aggregates) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// cn_msg and proc_event; `body` is what its union begins with.
inline Buffer proc_message(std::uint32_t what, std::initializer_list<std::uint32_t> body,
                           std::uint32_t cpu = 1, std::uint32_t sequence = 7,
                           std::uint64_t nanoseconds = 5) {
  Buffer out;
  append(out, cb_id{CN_IDX_PROC, CN_VAL_PROC});
  append(out, sequence);
  append(out, std::uint32_t{0});
  append(out, static_cast<std::uint32_t>(sizeof(proc_event)));  // len and flags
  append(out, what);
  append(out, cpu);
  append(out, nanoseconds);
  for (const auto word : body) append(out, word);
  out.resize(sizeof(cn_msg) + sizeof(proc_event));
  return out;
}

}  // namespace perfwatch::test
