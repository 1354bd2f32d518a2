// SPDX-License-Identifier: Apache-2.0
// Runs and baselines as JSON, and timelines as bytes, that a stranger wrote: what is taken is
// bounded, and is the same when it is written and read once more.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "core/model/run_limits.h"
#include "core/store/timeline_blob.h"
#include "exporters/json/baseline_json.h"
#include "exporters/json/run_json.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

void check_run(std::string_view text) {
  const auto run = perfwatch::run_from_json(text);
  if (!run) return check(!run.error().text.empty());
  check(run->component.size() <= perfwatch::kRunNameBytes);
  check(run->timeline.size() <= perfwatch::kRunTimeline);
  const std::string written = perfwatch::run_to_json(*run);
  const auto again = perfwatch::run_from_json(written);
  check(again.has_value());
  check(perfwatch::run_to_json(*again) == written);
}

void check_baselines(std::string_view text) {
  const auto baselines = perfwatch::baselines_from_json(text);
  if (!baselines) return check(!baselines.error().text.empty());
  const std::string written = perfwatch::baselines_to_json(*baselines);
  const auto again = perfwatch::baselines_from_json(written);
  check(again.has_value());
  check(perfwatch::baselines_to_json(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_run(text);
  check_baselines(text);
  const auto points = perfwatch::decode_timeline(std::span(data, size));
  if (points) check(perfwatch::encode_timeline(*points).size() == size);
  return 0;
}
