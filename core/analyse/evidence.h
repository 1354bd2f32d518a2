// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/finding.h"
#include "core/model/oom.h"
#include "core/model/process.h"
#include "core/model/run_board.h"

namespace perfwatch {

// By what the processes behind a metric are weighed.
enum class Weight : std::uint8_t { cpu, memory, io };

// memory for metrics of memory, swap and OOM kills, io for disks, filesystems and I/O, else cpu.
[[nodiscard]] Weight weight_of(std::string_view metric, const Labels& subject);

// The five heaviest processes, of `group` only when it is not empty, a line each:
// "pid 123 cc1plus 1.2GiB". Empty when none weighs anything.
[[nodiscard]] std::string heaviest_processes(const ProcessTable& table, Weight weight,
                                             std::string_view group);

// The kills behind a rise of a counter of OOM kills: those of the subject's group and scope (all
// where it has none) in the last ten minutes, newest first, at most three. Two lines each:
//   pid 123 cc1plus (group gcc) 1.2GiB at 2026-03-01T12:30:00.250Z, limit of /ci, in /ci/job
//   largest then: cc1plus 1.2GiB, ld 800.0MiB
[[nodiscard]] std::string oom_evidence(const OomHistory& history, const Labels& subject,
                                       std::chrono::system_clock::time_point now);

// A regression's text with since when: "CPU: 61.0 s -> 118 s ..., since run 01H... (commit
// c0ffee)".
[[nodiscard]] std::string regression_text(const RunRegression& regression);

// Why a metric of an operation is called worse, by the subject's component, operation and metric:
// figures, since which run and commit, which commands grew. Empty where nothing is known of it.
[[nodiscard]] std::string run_evidence(const RunBoard& board, const Labels& subject);

// "perfwatch top --group X --sort memory"; of all groups when `group` is empty.
[[nodiscard]] std::string top_command(std::string_view group, Weight weight);

// The command that shows the same picture live: `perfwatch top --group X --sort memory`, or
// `perfwatch status` where processes do not explain the metric, or
// no longer do (kills for lack of memory). Of runs: `perfwatch runs --component X --operation Y`,
// in the database in `run_folder`.
[[nodiscard]] std::string command_for(std::string_view metric, const Labels& subject,
                                      std::string_view run_folder = {});

}  // namespace perfwatch
