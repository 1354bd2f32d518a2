// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/run_culprits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/analyse/robust.h"
#include "core/analyse/run_verdict_texts.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr double kLeastShare = 0.01;
constexpr std::size_t kLongestComm = 64;

using Amounts = std::map<std::string_view, double>;  // by comm

double amount(const RunCommand& command, GrowthOf what) {
  double value = command.cpu_seconds;
  if (what == GrowthOf::count) value = static_cast<double>(command.count);
  if (what == GrowthOf::largest_bytes) value = command.largest_bytes;
  return std::isfinite(value) ? std::max(value, 0.0) : 0;
}

Amounts amounts(const std::vector<RunCommand>& commands, GrowthOf what) {
  Amounts all;
  for (const RunCommand& command : commands) {
    double& sum = all[command.comm];
    const double value = amount(command, what);
    sum = what == GrowthOf::largest_bytes ? std::max(sum, value) : sum + value;
  }
  return all;
}

double usual(const std::vector<Amounts>& baseline, std::string_view comm) {
  std::vector<double> values;
  values.reserve(baseline.size());
  for (const Amounts& run : baseline) {
    const auto found = run.find(comm);
    values.push_back(found == run.end() ? 0 : found->second);
  }
  return values.empty() ? 0 : median_in_place(values);
}

std::string arguments_of(const std::vector<RunCommand>& commands, std::string_view comm) {
  const RunCommand* largest = nullptr;
  for (const RunCommand& command : commands) {
    if (command.comm != comm || command.largest_arguments.empty()) continue;
    if (largest == nullptr || command.largest_bytes > largest->largest_bytes) largest = &command;
  }
  return largest == nullptr ? std::string() : printable_utf8(largest->largest_arguments);
}

std::string text_of(const RunCulprit& culprit, GrowthOf what) {
  auto unit = RunMetricInfo::Unit::seconds;
  if (what == GrowthOf::count) unit = RunMetricInfo::Unit::count;
  if (what == GrowthOf::largest_bytes) unit = RunMetricInfo::Unit::bytes;
  const std::string_view noun = what == GrowthOf::count ? " processes" : "";
  const std::string after = run_value_text(unit, culprit.after).append(noun);
  std::string text =
      culprit.before > 0
          ? fmt::format("{}: {} -> {} ({})", culprit.comm, run_value_text(unit, culprit.before),
                        after, relative_text(culprit.after / culprit.before - 1))
          : fmt::format("{}: {}, new", culprit.comm, after);
  if (what != GrowthOf::largest_bytes)
    text += fmt::format(", {:.0f} % of the growth", 100 * culprit.share);
  return text;
}

}  // namespace

std::string_view to_string(GrowthOf what) {
  switch (what) {
    case GrowthOf::cpu_seconds:
      return "cpu_seconds";
    case GrowthOf::count:
      return "count";
    case GrowthOf::largest_bytes:
      break;
  }
  return "largest_bytes";
}

std::vector<RunCulprit> find_culprits(std::span<const std::vector<RunCommand>> baseline,
                                      const std::vector<RunCommand>& judged, GrowthOf what) {
  std::vector<Amounts> before;
  before.reserve(baseline.size());
  for (const auto& run : baseline) before.push_back(amounts(run, what));
  double growth = 0;
  std::vector<RunCulprit> grown;
  for (const auto& [comm, value] : amounts(judged, what)) {
    const double was = usual(before, comm);
    if (!(value > was)) continue;
    growth += value - was;
    grown.push_back({std::string(comm), was, value, value - was, {}, {}});
  }
  std::stable_sort(grown.begin(), grown.end(),
                   [](const auto& a, const auto& b) { return a.share > b.share; });
  if (grown.size() > kMostCulprits) grown.resize(kMostCulprits);
  for (RunCulprit& culprit : grown) culprit.share /= growth;
  std::erase_if(grown, [](const auto& culprit) { return culprit.share < kLeastShare; });
  for (RunCulprit& culprit : grown) {
    culprit.arguments = arguments_of(judged, culprit.comm);
    culprit.comm = cut_utf8(printable_utf8(culprit.comm), kLongestComm);
    culprit.text = text_of(culprit, what);
  }
  return grown;
}

std::vector<RunCulprit> explaining(std::vector<RunCulprit> culprits, double growth, GrowthOf what) {
  const auto grown = [](const RunCulprit& culprit) { return culprit.after - culprit.before; };
  const auto enough = [&](double part) { return growth > 0 && part >= kExplains * growth; };
  if (what == GrowthOf::largest_bytes) {
    std::erase_if(culprits, [&](const auto& culprit) { return !enough(grown(culprit)); });
    return culprits;
  }
  double sum = 0;
  for (const RunCulprit& culprit : culprits) sum += grown(culprit);
  if (!enough(sum)) culprits.clear();
  return culprits;
}

}  // namespace perfwatch
