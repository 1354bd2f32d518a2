// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/frame.h"

namespace perfwatch {

// https://prometheus.io/docs/instrumenting/exposition_formats/ and OpenMetrics 1.0.0.
enum class Exposition : std::uint8_t { text_0_0_4, openmetrics_1_0_0 };

// By the Accept header with its q values; text 0.0.4 when nothing we speak is asked for.
[[nodiscard]] Exposition negotiate_exposition(std::string_view accept);
[[nodiscard]] std::string_view content_type(Exposition exposition);
// By Accept-Encoding with its q values ("gzip;q=0" refuses).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);
// Replaces `out` by the gzip member of `text`.
[[nodiscard]] Result<void> gzip(std::string_view text, std::string& out);

// Renders frames. Each series' name and labels are rendered once per schema, then only the number;
// nothing is allocated per series. A counter with born_at_zero shows 0 the first time that it is
// rendered. Not thread-safe: lives on the loop.
class ExpositionRenderer {
 public:
  ExpositionRenderer();
  ~ExpositionRenderer();
  ExpositionRenderer(const ExpositionRenderer&) = delete;
  ExpositionRenderer& operator=(const ExpositionRenderer&) = delete;

  // Replaces `out` by the exposition of the frame.
  void render(const Frame& frame, Exposition exposition, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perfwatch
