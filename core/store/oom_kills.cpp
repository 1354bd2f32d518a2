// SPDX-License-Identifier: Apache-2.0
#include "core/store/oom_kills.h"

#include <chrono>
#include <cstdint>
#include <utility>

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;

std::int64_t to_nanoseconds(system_clock::time_point at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

OomScope scope_of(std::string_view text) {
  for (const OomScope scope : {OomScope::host, OomScope::cgroup}) {
    if (text == to_string(scope)) return scope;
  }
  return OomScope::unknown;
}

std::int64_t signed_bits(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t unsigned_bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// The id of the new row; nullopt when the kill was there already.
Result<std::optional<std::int64_t>> insert_kill(Statement& statement, const OomKill& kill) {
  statement.reset();
  statement.bind(1, kill.boot_id)
      .bind(2, signed_bits(kill.sequence))
      .bind(3, kill.pid)
      .bind(4, to_nanoseconds(kill.at))
      .bind(5, kill.comm)
      .bind(6, kill.group)
      .bind_or_null(7, kill.uid)
      .bind(8, to_string(kill.scope))
      .bind(9, kill.victim_cgroup)
      .bind(10, kill.limit_cgroup)
      .bind(11, signed_bits(kill.virtual_bytes))
      .bind(12, signed_bits(kill.anonymous_bytes))
      .bind(13, signed_bits(kill.file_bytes))
      .bind(14, signed_bits(kill.shared_bytes))
      .bind_or_null(15, kill.oom_score_adj)
      .bind(16, kill.before_start ? 1 : 0);
  auto row = statement.step();
  if (!row) return tl::unexpected(std::move(row.error()));
  std::optional<std::int64_t> id;
  if (*row) id = statement.integer(0);
  statement.reset();
  return id;
}

Result<void> insert_largest(Statement& statement, std::int64_t id, const OomKill& kill) {
  for (std::size_t i = 0; i < kill.largest.size(); ++i) {
    const OomProcess& process = kill.largest[i];
    statement.bind(1, id)
        .bind(2, static_cast<std::int64_t>(i))
        .bind(3, process.pid)
        .bind(4, process.comm)
        .bind(5, signed_bits(process.resident_bytes))
        .bind(6, signed_bits(process.swapped_bytes));
    if (auto done = statement.run(); !done) return done;
  }
  return {};
}

Result<void> forget_oldest(Database& database, std::size_t keep) {
  auto statement = database.prepare(
      "DELETE FROM oom_kills WHERE id IN"
      " (SELECT id FROM oom_kills ORDER BY at_ns DESC, id DESC LIMIT -1 OFFSET ?1)");
  if (!statement) return tl::unexpected(std::move(statement.error()));
  statement->bind(1, static_cast<std::int64_t>(keep));
  return statement->run();
}

OomKill read_kill(const Statement& row) {
  OomKill kill;
  kill.boot_id = row.text(1);
  kill.sequence = unsigned_bits(row.integer(2));
  kill.pid = static_cast<std::int32_t>(row.integer(3));
  kill.at = system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(nanoseconds(row.integer(4))));
  kill.comm = row.text(5);
  kill.group = row.text(6);
  if (const auto uid = row.maybe_integer(7)) kill.uid = static_cast<std::uint32_t>(*uid);
  kill.scope = scope_of(row.text(8));
  kill.victim_cgroup = row.text(9);
  kill.limit_cgroup = row.text(10);
  kill.virtual_bytes = unsigned_bits(row.integer(11));
  kill.anonymous_bytes = unsigned_bits(row.integer(12));
  kill.file_bytes = unsigned_bits(row.integer(13));
  kill.shared_bytes = unsigned_bits(row.integer(14));
  if (const auto adj = row.maybe_integer(15)) kill.oom_score_adj = static_cast<std::int32_t>(*adj);
  kill.before_start = row.integer(16) != 0;
  return kill;
}

Result<std::vector<OomProcess>> read_largest(Statement& statement, std::int64_t id) {
  std::vector<OomProcess> out;
  statement.reset();
  statement.bind(1, id);
  while (true) {
    auto row = statement.step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return out;
    out.push_back({static_cast<std::int32_t>(statement.integer(0)), statement.text(1),
                   unsigned_bits(statement.integer(2)), unsigned_bits(statement.integer(3))});
  }
}

}  // namespace

Result<void> insert_oom_kills(Database& database, std::span<const OomKill> kills,
                              std::size_t keep) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  auto insert = database.prepare(
      "INSERT INTO oom_kills (boot_id, sequence, pid, at_ns, comm, process_group, uid, scope,"
      " victim_cgroup, limit_cgroup, virtual_bytes, anonymous_bytes, file_bytes, shared_bytes,"
      " oom_score_adj, before_start)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
      " ON CONFLICT (boot_id, sequence, pid) DO NOTHING RETURNING id");
  if (!insert) return tl::unexpected(std::move(insert.error()));
  auto largest = database.prepare("INSERT INTO oom_largest VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  if (!largest) return tl::unexpected(std::move(largest.error()));
  for (const OomKill& kill : kills) {
    const auto id = insert_kill(*insert, kill);
    if (!id) return tl::unexpected(id.error());
    if (!*id) continue;
    if (auto done = insert_largest(*largest, **id, kill); !done) return done;
  }
  if (auto done = forget_oldest(database, keep); !done) return done;
  return transaction->commit();
}

Result<std::vector<OomKill>> last_oom_kills(Database& database, std::size_t count) {
  auto kills = database.prepare(
      "SELECT id, boot_id, sequence, pid, at_ns, comm, process_group, uid, scope, victim_cgroup,"
      " limit_cgroup, virtual_bytes, anonymous_bytes, file_bytes, shared_bytes, oom_score_adj,"
      " before_start FROM oom_kills ORDER BY at_ns DESC, id DESC LIMIT ?1");
  if (!kills) return tl::unexpected(std::move(kills.error()));
  auto largest = database.prepare(
      "SELECT pid, comm, resident_bytes, swapped_bytes FROM oom_largest"
      " WHERE kill_id = ?1 ORDER BY place");
  if (!largest) return tl::unexpected(std::move(largest.error()));
  kills->bind(1, static_cast<std::int64_t>(count));
  std::vector<OomKill> out;
  while (true) {
    auto row = kills->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return out;
    out.push_back(read_kill(*kills));
    auto processes = read_largest(*largest, kills->integer(0));
    if (!processes) return tl::unexpected(std::move(processes.error()));
    out.back().largest = std::move(*processes);
  }
}

}  // namespace perfwatch
