// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/baseline.h"
#include "core/store/database.h"
#include "exporters/json/prometheus_answer.h"

namespace perfwatch {

// Between a Prometheus-compatible server that knows what runs cost elsewhere and the database; who
// asks it brings the answer here.

// What to GET below the server's address, for an answer within `patience`.
[[nodiscard]] std::string server_query(std::string_view expression,
                                       std::chrono::milliseconds patience);

// The server as errors name it, never with a password: its whole address, and host and port.
struct ServerName {
  std::string address;
  std::string host;
};
// What the server answered to it. Denied: it has refused, in its words; malformed: it says
// something else.
[[nodiscard]] Result<std::vector<ServerSeries>> read_answer(
    const ServerName& server, unsigned status, std::string_view body,
    std::size_t most_values = kPrometheusAnswerValues);

// Of questions, since the daemon's start.
struct SharedCounts {
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;  // of these: no answer, or one that was of no use
};

struct SharedImport {
  std::size_t runs = 0;   // taken, whether they were there before or not
  std::size_t known = 0;  // not taken: this host measured them
};
// An answer to shared_runs_query(), and what it was about.
struct SharedAnswer {
  BaselineKey key;
  ServerName server;
  unsigned status = 0;
  std::string body;
};
// Adds the runs in it to those in the database. Errors as of these two. What it takes to read one
// is bounded more tightly than for commands: it is the daemon that reads.
inline constexpr std::size_t kSharedAnswerValues = 200'000;
[[nodiscard]] Result<SharedImport> import_answer(Database& database, const SharedAnswer& answer,
                                                 std::chrono::system_clock::time_point now);

// Adds these runs of one key to those in the database. Gone: there are none.
[[nodiscard]] Result<SharedImport> import_shared(Database& database, const ServerName& server,
                                                 const BaselineKey& key,
                                                 std::vector<BaselineRun> runs);

// Whether the database has too few runs of this key for a verdict on that run, and others may have
// some that count: of cold runs no server knows, and where somebody has accepted a level here,
// what others measured is another one.
[[nodiscard]] Result<bool> needs_shared(Database& database, const BaselineKey& key,
                                        const std::string& before_run);

}  // namespace perfwatch
