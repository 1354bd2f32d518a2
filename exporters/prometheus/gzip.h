// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace perfwatch {

// Compresses one text after another with one zlib state (260 KiB, made with the first text). Not
// thread-safe.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Replaces `out` by the gzip member of `text`; after an error `out` is empty.
  [[nodiscard]] Result<void> compress(std::string_view text, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace perfwatch
