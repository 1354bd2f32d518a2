// SPDX-License-Identifier: Apache-2.0
#include "daemon/shown_runs.h"

#include <algorithm>
#include <utility>

#include "core/analyse/wording.h"

namespace perfwatch {
namespace {

// Of the labels of a run on the board, which holds many.
constexpr std::size_t kShownLabels = 16;
constexpr std::size_t kShownText = 200;

Run slim(Run run) {
  run.command.clear();
  run.timeline.clear();
  run.by_cpu.clear();
  run.by_memory.clear();
  run.reason = shortened(run.reason, kShownText);
  if (run.labels.size() > kShownLabels) run.labels.resize(kShownLabels);
  for (auto& [name, value] : run.labels) value = shortened(value, kShownText);
  return run;
}

}  // namespace

std::shared_ptr<KnownRun> known_run(Run run) {
  return std::make_shared<KnownRun>(KnownRun{slim(std::move(run)), {}, false, {}});
}

bool ShownRuns::has(const std::string& id) const {
  return std::any_of(board_->runs.begin(), board_->runs.end(),
                     [&](const auto& one) { return one->run.id == id; });
}

void ShownRuns::start(std::vector<std::shared_ptr<const KnownRun>> runs) {
  auto board = fresh();
  board->runs = std::move(runs);
  board_ = std::move(board);
}

void ShownRuns::put(std::shared_ptr<const KnownRun> known) {
  auto board = fresh();
  std::erase_if(board->runs, [&](const auto& one) { return one->run.id == known->run.id; });
  const auto at = std::find_if(board->runs.begin(), board->runs.end(),
                               [&](const auto& one) { return one->run.id < known->run.id; });
  board->runs.insert(at, std::move(known));
  if (board->runs.size() > kMost) board->runs.pop_back();
  board_ = std::move(board);
}

void ShownRuns::set_worse(std::vector<RunWorse> worse) {
  auto board = fresh();
  board->worse = std::move(worse);
  board_ = std::move(board);
}

void ShownRuns::set_folder(std::string folder) {
  auto board = fresh();
  board->folder = std::move(folder);
  board_ = std::move(board);
}

void ShownRuns::set_trouble(const std::string& trouble) {
  if (trouble == board_->not_durable) return;
  auto board = fresh();
  board->not_durable = trouble;
  board_ = std::move(board);
}

void ShownRuns::set_source_trouble(const std::string& trouble) {
  if (trouble == board_->source_trouble) return;
  auto board = fresh();
  board->source_trouble = trouble;
  board_ = std::move(board);
}

}  // namespace perfwatch
