// SPDX-License-Identifier: Apache-2.0
#include "core/model/samples.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace perfwatch {
namespace {

bool same(const Series& series, const Metric& metric, std::string_view suffix,
          const std::string_view* labels, std::size_t count) {
  return series.metric == &metric && series.suffix == suffix &&
         std::equal(labels, labels + count, series.label_values.begin(), series.label_values.end());
}

}  // namespace

SampleWriter::SampleWriter(std::shared_ptr<const Schema> previous)
    : previous_(std::move(previous)) {
  if (previous_) {
    samples_.values.reserve(previous_->series.size());
  } else {
    fresh_ = std::make_shared<Schema>();
  }
}

void SampleWriter::add(const Metric& metric, double value,
                       std::initializer_list<std::string_view> labels) {
  put(metric, {}, value, labels.begin(), labels.size());
}

void SampleWriter::add_part(const Metric& metric, std::string_view suffix, double value,
                            std::initializer_list<std::string_view> labels) {
  put(metric, suffix, value, labels.begin(), labels.size());
}

void SampleWriter::add_part(const Metric& metric, std::string_view suffix, double value,
                            const std::vector<std::string_view>& labels) {
  put(metric, suffix, value, labels.data(), labels.size());
}

void SampleWriter::put(const Metric& metric, std::string_view suffix, double value,
                       const std::string_view* labels, std::size_t label_count) {
  assert(label_count == metric.label_count() + (suffix == "_bucket" ? 1 : 0));
  const std::size_t at = samples_.values.size();
  samples_.values.push_back(value);
  if (!fresh_) {
    if (at < previous_->series.size() &&
        same(previous_->series[at], metric, suffix, labels, label_count)) {
      return;
    }
    fresh_ = std::make_shared<Schema>();
    fresh_->series.assign(previous_->series.begin(),
                          previous_->series.begin() + static_cast<std::ptrdiff_t>(at));
  }
  fresh_->series.push_back({&metric, suffix, {labels, labels + label_count}});
}

void SampleWriter::exemplar(std::string_view label, std::string text, double value, double time) {
  assert(!samples_.values.empty());
  samples_.exemplars.push_back({samples_.values.size() - 1, label, std::move(text), value, time});
}

void SampleWriter::item_error(const Error& error) {
  ++samples_.item_errors[static_cast<std::size_t>(error.kind)];
  if (samples_.item_error_text.empty()) samples_.item_error_text = error.text;
}

Samples SampleWriter::finish() && {
  if (!fresh_ && samples_.values.size() < previous_->series.size()) {
    fresh_ = std::make_shared<Schema>();
    fresh_->series.assign(
        previous_->series.begin(),
        previous_->series.begin() + static_cast<std::ptrdiff_t>(samples_.values.size()));
  }
  samples_.schema =
      fresh_ ? std::shared_ptr<const Schema>(std::move(fresh_)) : std::move(previous_);
  return std::move(samples_);
}

}  // namespace perfwatch
