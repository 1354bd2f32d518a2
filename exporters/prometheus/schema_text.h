// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/samples.h"
#include "exporters/prometheus/exposition.h"

namespace perfwatch {

// Appends `text` as it stands within the quotes of a label's value.
void append_label_value(std::string& out, std::string_view text);

// All of a schema's exposition that does not change from round to round. Both formats write the
// samples alike (names, labels and escapes); they differ only in the head of a family.
class SchemaText {
 public:
  struct Family {
    std::string_view name;  // as OpenMetrics has it: without _total or _info. Static storage
    std::size_t first = 0;  // its series are [first, end)
    std::size_t end = 0;
    std::array<std::string, kExpositions> head;  // "# HELP ...\n# TYPE ...\n"
  };

  explicit SchemaText(const Schema& schema);

  [[nodiscard]] std::size_t series() const { return offsets_.size() - 1; }
  // `name{a="b"} `, all that stands before the number.
  [[nodiscard]] std::string_view prefix(std::size_t series) const {
    return std::string_view(prefixes_).substr(offsets_[series],
                                              offsets_[series + 1] - offsets_[series]);
  }
  // Runs of series of one metric, in their order; a name may come twice when a collector errs.
  [[nodiscard]] const std::vector<Family>& families() const { return families_; }
  // Bytes of an exposition without its numbers, heads included.
  [[nodiscard]] std::size_t size() const { return prefixes_.size() + head_bytes_; }

 private:
  std::string prefixes_;
  std::vector<std::size_t> offsets_;  // one more than series
  std::vector<Family> families_;
  std::size_t head_bytes_ = 0;
};

}  // namespace perfwatch
