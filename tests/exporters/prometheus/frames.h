// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/model/frame.h"
#include "exporters/prometheus/exposition.h"

namespace perfwatch::test {

using BlockPointer = std::shared_ptr<const Block>;

// One collector's round; `fill` gets the SampleWriter. `previous` keeps the schema as a collector
// would.
template <class Fill>
BlockPointer block(std::string_view collector, Fill fill, const BlockPointer& previous = nullptr) {
  SampleWriter out(previous ? previous->samples.schema : nullptr);
  fill(out);
  auto result = std::make_shared<Block>();
  result->collector = collector;
  result->samples = std::move(out).finish();
  return result;
}

inline Frame frame(int second, std::initializer_list<BlockPointer> blocks) {
  Frame result;
  result.at.monotonic = std::chrono::steady_clock::time_point(std::chrono::seconds(second));
  result.blocks = blocks;
  return result;
}

inline std::string render(ExpositionRenderer& renderer, const Frame& frame,
                          Exposition exposition = Exposition::text_0_0_4) {
  std::string out = "left from before";
  renderer.render(frame, exposition, out);
  return out;
}

// One block with one frame, by a renderer of its own.
template <class Fill>
std::string text_of(Fill fill) {
  ExpositionRenderer renderer;
  return render(renderer, frame(1, {block("test", fill)}));
}

template <class Fill>
std::string openmetrics_of(Fill fill) {
  ExpositionRenderer renderer;
  return render(renderer, frame(1, {block("test", fill)}), Exposition::openmetrics_1_0_0);
}

}  // namespace perfwatch::test
