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
    // 2: alerts, and what their targets have heard of them. Texts are the labels of the series
    // (part 'subject'), of the alert ('label'), and its annotations ('annotation').
    R"sql(
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  metric TEXT NOT NULL,
  raised_for_ns INTEGER NOT NULL,
  cleared_for_ns INTEGER NOT NULL,
  no_data_for_ns INTEGER NOT NULL,
  broken INTEGER NOT NULL,
  saved_at_ns INTEGER NOT NULL,
  rule TEXT NOT NULL,
  state TEXT NOT NULL,
  severity TEXT NOT NULL,
  value REAL,
  active_since_ns INTEGER NOT NULL,
  fired_at_ns INTEGER,
  resolved_at_ns INTEGER
) STRICT;
CREATE TABLE alert_texts (
  alert_id INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  part TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (alert_id, part, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_deliveries (
  id INTEGER PRIMARY KEY,
  target_kind TEXT NOT NULL,
  target TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  rule TEXT NOT NULL,
  state TEXT NOT NULL,
  severity TEXT NOT NULL,
  value REAL,
  active_since_ns INTEGER NOT NULL,
  fired_at_ns INTEGER,
  resolved_at_ns INTEGER,
  UNIQUE (target_kind, target, fingerprint)
) STRICT;
CREATE TABLE alert_delivery_texts (
  delivery_id INTEGER NOT NULL REFERENCES alert_deliveries (id) ON DELETE CASCADE,
  part TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (delivery_id, part, name)
) STRICT, WITHOUT ROWID;
)sql",
    // 3: runs and what they are compared with. A metric that is not known has no row. The measurer
    // is there while the outcome is 'running'. `list` of commands is 'cpu' or 'memory'. Of a
    // baseline: where its present level begins, and figures that came from elsewhere.
    R"sql(
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  component TEXT NOT NULL,
  operation TEXT NOT NULL,
  host_class TEXT NOT NULL,
  cold INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  host TEXT NOT NULL,
  cpu_model TEXT NOT NULL,
  cores INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  started_ns INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  tier TEXT NOT NULL,
  exact INTEGER NOT NULL,
  method TEXT NOT NULL,
  reason TEXT NOT NULL,
  measurer_pid INTEGER,
  measurer_start_ticks INTEGER,
  measurer_boot_id TEXT
) STRICT;
CREATE INDEX runs_by_key ON runs (component, operation, host_class, cold, outcome, id);
CREATE INDEX runs_open ON runs (id) WHERE outcome = 'running';
CREATE TABLE run_figures (
  run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  metric TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (run, metric)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_words (
  run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  word TEXT NOT NULL,
  PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_labels (
  run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_commands (
  run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  list TEXT NOT NULL,
  place INTEGER NOT NULL,
  comm TEXT NOT NULL,
  count INTEGER NOT NULL,
  cpu_seconds REAL,
  largest_bytes REAL,
  largest_arguments TEXT NOT NULL,
  PRIMARY KEY (run, list, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_timelines (
  run INTEGER PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
  points BLOB NOT NULL
) STRICT;
CREATE TABLE baselines (
  number INTEGER PRIMARY KEY,
  component TEXT NOT NULL,
  operation TEXT NOT NULL,
  host_class TEXT NOT NULL,
  cold INTEGER NOT NULL,
  since_run TEXT NOT NULL,
  accepted_ns INTEGER,
  note TEXT NOT NULL,
  UNIQUE (component, operation, host_class, cold)
) STRICT;
CREATE TABLE baseline_figures (
  baseline INTEGER NOT NULL REFERENCES baselines (number) ON DELETE CASCADE,
  run_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (baseline, run_id, metric)
) STRICT, WITHOUT ROWID;
)sql",
};

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

}  // namespace perfwatch
