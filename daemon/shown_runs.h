// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/model/run_board.h"

namespace perfwatch {

// As much of a run as a page shows, not judged.
[[nodiscard]] std::shared_ptr<KnownRun> known_run(Run run);

// The latest runs, for pages and evidence. A frame keeps the board that it was given: each change
// makes another one.
class ShownRuns {
 public:
  static constexpr std::size_t kMost = 200;

  [[nodiscard]] std::shared_ptr<const RunBoard> board() const { return board_; }
  [[nodiscard]] bool has(const std::string& id) const;

  // Those of an earlier daemon, newest first; in the place of all.
  void start(std::vector<std::shared_ptr<const KnownRun>> runs);
  // In the place of what was known of it.
  void put(std::shared_ptr<const KnownRun> known);
  void set_worse(std::vector<RunWorse> worse);
  // Of the database that they are in.
  void set_folder(std::string folder);
  // Why they are not kept over a restart; empty when they are.
  void set_trouble(const std::string& trouble);
  // Why the server of shared baselines does not answer; empty when it does.
  void set_source_trouble(const std::string& trouble);

 private:
  [[nodiscard]] std::shared_ptr<RunBoard> fresh() const {
    return std::make_shared<RunBoard>(*board_);
  }

  std::shared_ptr<const RunBoard> board_ = std::make_shared<RunBoard>();
};

}  // namespace perfwatch
