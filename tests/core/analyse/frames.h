// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/frame.h"
#include "core/model/metric.h"
#include "core/model/samples.h"

namespace perfwatch::test {

// Both clocks count from their epoch plus this, so that an hour back is no negative time.
inline constexpr auto kStart = std::chrono::hours(24);

// The moment `since_start` after the first frame; `wall_jump` moves the wall clock alone.
inline Instant moment(std::chrono::nanoseconds since_start,
                      std::chrono::nanoseconds wall_jump = std::chrono::nanoseconds(0)) {
  Instant at;
  at.monotonic += kStart + since_start;
  at.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(kStart + since_start +
                                                                             wall_jump);
  return at;
}

struct Row {
  const Metric& metric;
  double value;
  std::vector<std::string_view> labels{};  // of string literals
};

// Makes the frames of one test, one collector per block; schemas are shared between rounds as the
// collectors share them.
class Frames {
 public:
  // A frame of new blocks, one for each list of rows.
  Frame make(std::chrono::nanoseconds since_start, const std::vector<std::vector<Row>>& blocks,
             std::chrono::nanoseconds wall_jump = std::chrono::nanoseconds(0)) {
    Frame frame;
    frame.at = moment(since_start, wall_jump);
    schemas_.resize(std::max(schemas_.size(), blocks.size()));
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      SampleWriter out(schemas_[i]);
      for (const Row& row : blocks[i]) out.add_part(row.metric, {}, row.value, row.labels);
      auto block = std::make_shared<Block>();
      block->collector = "test";
      block->taken = frame.at;
      block->samples = std::move(out).finish();
      schemas_[i] = block->samples.schema;
      frame.blocks.push_back(std::move(block));
    }
    return frame;
  }

 private:
  std::vector<std::shared_ptr<const Schema>> schemas_;
};

}  // namespace perfwatch::test
