// SPDX-License-Identifier: Apache-2.0
#include "core/store/schema.h"

namespace perfwatch {
namespace {

// Times are nanoseconds since 1970-01-01 UTC, sizes are bytes, NULL is "not known". Counts of 64
// bits without a sign are kept as the signed number with the same bits.
constexpr const char* kSteps[] = {
    // 1: kills for lack of memory
    R"sql(
CREATE TABLE oom_kills (
  id INTEGER PRIMARY KEY,
  boot_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  at_ns INTEGER NOT NULL,
  comm TEXT NOT NULL,
  process_group TEXT NOT NULL,
  uid INTEGER,
  scope TEXT NOT NULL,
  victim_cgroup TEXT NOT NULL,
  limit_cgroup TEXT NOT NULL,
  virtual_bytes INTEGER NOT NULL,
  anonymous_bytes INTEGER NOT NULL,
  file_bytes INTEGER NOT NULL,
  shared_bytes INTEGER NOT NULL,
  oom_score_adj INTEGER,
  before_start INTEGER NOT NULL,
  UNIQUE (boot_id, sequence, pid)
) STRICT;
CREATE INDEX oom_kills_by_time ON oom_kills (at_ns);
CREATE TABLE oom_largest (
  kill_id INTEGER NOT NULL REFERENCES oom_kills (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  comm TEXT NOT NULL,
  resident_bytes INTEGER NOT NULL,
  swapped_bytes INTEGER NOT NULL,
  PRIMARY KEY (kill_id, place)
) STRICT, WITHOUT ROWID;
)sql",
};

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

}  // namespace perfwatch
