// SPDX-License-Identifier: Apache-2.0
#include "exporters/prometheus/exposition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "exporters/prometheus/schema_text.h"

namespace perfwatch {
namespace {

constexpr std::string_view kEnd = "# EOF\n";
constexpr std::size_t kNumberSize = 25;  // the longest double is -2.2250738585072014e-308
constexpr std::size_t kExemplarSize = 128 + 2 * kNumberSize + 10;  // unless it is escaped
constexpr double kExactIntegers = 9007199254740992.0;              // 2^53

// Where a counter that is born at zero stands.
enum class Birth : std::uint8_t {
  settled,     // shows its value
  unseen,      // has never been rendered
  shows_zero,  // was first rendered with the frame that is rendered now
};

// One collector's text, and what of it is new.
struct BlockText {
  std::string_view collector;
  std::shared_ptr<const Schema> schema;  // held, so that its address names it
  SchemaText text;
  std::vector<bool> twice;    // per family: another of the same name comes first
  std::vector<Birth> births;  // per series; empty while all are settled
};

// Shortest text that reads back as the same double, integers without an exponent.
void append_number(std::string& out, double value) {
  if (std::isinf(value)) {
    out.append(value > 0 ? "+Inf" : "-Inf");
    return;
  }
  std::array<char, kNumberSize> text;
  char* const begin = text.data();
  char* const limit = begin + kNumberSize;
  char* end = begin;
  if (std::fabs(value) <= kExactIntegers && value == std::trunc(value)) {
    end = std::to_chars(begin, limit, static_cast<std::int64_t>(value)).ptr;
  } else {
    end = std::to_chars(begin, limit, value).ptr;
  }
  out.append(begin, end);
}

// ` # {run_id="01M7"} 12.5 1732218000.25`
void append_exemplar(std::string& out, const Exemplar& exemplar) {
  out.append(" # {").append(exemplar.label).append("=\"");
  append_label_value(out, exemplar.text);
  out.append("\"} ");
  append_number(out, exemplar.value);
  out += ' ';
  append_number(out, exemplar.time);
}

// New in `next` are the counters born at zero that `before` did not have, or had but never showed.
std::vector<Birth> births_between(const BlockText& before, const Schema& schema,
                                  const SchemaText& next) {
  std::unordered_set<std::string_view> known;
  for (std::size_t i = 0; i < before.text.series(); ++i) {
    if (!before.schema->series[i].metric->born_at_zero) continue;
    if (!before.births.empty() && before.births[i] == Birth::unseen) continue;
    known.insert(before.text.prefix(i));
  }
  std::vector<Birth> births;
  for (std::size_t i = 0; i < next.series(); ++i) {
    if (!schema.series[i].metric->born_at_zero || known.contains(next.prefix(i))) continue;
    births.resize(next.series(), Birth::settled);
    births[i] = Birth::unseen;
  }
  return births;
}

// Zeros belong to the frame that showed them first.
void settle_births(BlockText& block) {
  if (block.births.empty()) return;
  std::replace(block.births.begin(), block.births.end(), Birth::shows_zero, Birth::settled);
  const bool done = std::ranges::all_of(block.births, [](Birth b) { return b == Birth::settled; });
  if (done) block.births.clear();
}

void append_block(BlockText& block, const Samples& samples, Exposition exposition,
                  std::string& out) {
  const auto& values = samples.values;
  const auto& families = block.text.families();
  const bool openmetrics = exposition == Exposition::openmetrics_1_0_0;
  auto exemplar = openmetrics ? samples.exemplars.begin() : samples.exemplars.end();
  for (std::size_t f = 0; f < families.size(); ++f) {
    if (block.twice[f]) continue;
    bool headed = false;
    const std::size_t end = std::min(families[f].end, values.size());
    for (std::size_t i = families[f].first; i < end; ++i) {
      double value = values[i];
      if (is_absent(value)) continue;
      if (!headed) out.append(families[f].head[static_cast<std::size_t>(exposition)]);
      headed = true;
      if (!block.births.empty() && block.births[i] != Birth::settled) {
        block.births[i] = Birth::shows_zero;
        value = 0;
      }
      out.append(block.text.prefix(i));
      append_number(out, value);
      while (exemplar != samples.exemplars.end() && exemplar->series < i) ++exemplar;
      if (exemplar != samples.exemplars.end() && exemplar->series == i) {
        append_exemplar(out, *exemplar);
      }
      out += '\n';
    }
  }
}

}  // namespace

std::string_view content_type(Exposition exposition) {
  switch (exposition) {
    case Exposition::text_0_0_4:
      return "text/plain; version=0.0.4; charset=utf-8";
    case Exposition::openmetrics_1_0_0:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "text/plain; version=0.0.4; charset=utf-8";
}

struct ExpositionRenderer::Impl {
  std::vector<BlockText> blocks;  // as in the frame rendered last
  std::optional<std::chrono::steady_clock::time_point> rendered;

  [[nodiscard]] bool fits(const Frame& frame) const;
  void adopt(const Frame& frame);
  BlockText adopt(const Block& block);
  void find_families_that_come_twice();
};

bool ExpositionRenderer::Impl::fits(const Frame& frame) const {
  return std::ranges::equal(
      frame.blocks, blocks, [](const std::shared_ptr<const Block>& block, const BlockText& text) {
        return block->samples.schema == text.schema && block->collector == text.collector;
      });
}

// The text of one block, taken from the frame before where that knew its schema.
BlockText ExpositionRenderer::Impl::adopt(const Block& block) {
  const auto& schema = block.samples.schema;
  const auto before = std::ranges::find_if(blocks, [&](const BlockText& text) {
    return text.collector == block.collector && text.schema != nullptr;  // null: taken already
  });
  if (before != blocks.end() && before->schema == schema) return std::move(*before);
  SchemaText text(*schema);
  std::vector<Birth> births;
  if (before != blocks.end()) births = births_between(*before, *schema, text);
  return {block.collector, schema, std::move(text), {}, std::move(births)};
}

void ExpositionRenderer::Impl::adopt(const Frame& frame) {
  std::vector<BlockText> next;
  next.reserve(frame.blocks.size());
  for (const auto& block : frame.blocks) next.push_back(adopt(*block));
  blocks = std::move(next);
  find_families_that_come_twice();
}

void ExpositionRenderer::Impl::find_families_that_come_twice() {
  std::unordered_set<std::string_view> seen;
  for (BlockText& block : blocks) {
    block.twice.clear();
    for (const auto& family : block.text.families()) {
      block.twice.push_back(!seen.insert(family.name).second);
    }
  }
}

ExpositionRenderer::ExpositionRenderer() : impl_(std::make_unique<Impl>()) {}
ExpositionRenderer::~ExpositionRenderer() = default;

void ExpositionRenderer::render(const Frame& frame, Exposition exposition, std::string& out) {
  if (impl_->rendered != frame.at.monotonic) {
    for (BlockText& block : impl_->blocks) settle_births(block);
    impl_->rendered = frame.at.monotonic;
  }
  if (!impl_->fits(frame)) impl_->adopt(frame);

  std::size_t size = kEnd.size();
  for (const BlockText& block : impl_->blocks) {
    size += block.text.size() + block.text.series() * (kNumberSize + 1);
  }
  for (const auto& block : frame.blocks) {
    size += block->samples.exemplars.size() * kExemplarSize;
  }
  out.clear();
  out.reserve(size);
  for (std::size_t i = 0; i < frame.blocks.size(); ++i) {
    append_block(impl_->blocks[i], frame.blocks[i]->samples, exposition, out);
  }
  if (exposition == Exposition::openmetrics_1_0_0) out.append(kEnd);
}

}  // namespace perfwatch
