// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_baseline.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "core/store/runs.h"
#include "daemon/cli/bench_commands.h"
#include "daemon/cli/bench_runs.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/whole_file.h"
#include "exporters/json/baseline_json.h"
#include "exporters/json/json_node.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostMetrics = 1'000;
constexpr std::size_t kNamedBaselines = 5;

std::string name_of(const BaselineKey& key) { return key.component + "/" + key.operation; }

void read_metric(const JsonNode& list, RunMetric metric, std::vector<RunFigures>& runs) {
  std::size_t at = 0;
  list.each_element(kMostBenchRuns, [&](const JsonNode& value) {
    if (at < runs.size()) runs[at][metric] = value.number();
    ++at;
  });
  if (list.there() && at != runs.size()) list.complain("not as many values as there are times");
}

// Those that succeeded; null is the code of one that a signal ended. Without a list all did.
std::vector<RunFigures> succeeded(const JsonNode& codes, std::vector<RunFigures> runs) {
  if (!codes.there()) return runs;
  std::vector<RunFigures> good;
  std::size_t at = 0;
  codes.each_element(kMostBenchRuns, [&](const JsonNode& code) {
    const bool success = code.there() && code.count(255) == 0;
    if (at < runs.size() && success) good.push_back(runs[at]);
    ++at;
  });
  if (at != runs.size()) codes.complain("not as many codes as there are times");
  return good;
}

BenchBaseline::Entry read_result(const JsonNode& node) {
  BenchBaseline::Entry entry;
  entry.command = node.at("command").needed_text();
  std::vector<RunFigures> runs;
  const JsonNode times = node.at("times");
  if (!times.there()) times.complain("is missing");
  times.each_element(kMostBenchRuns, [&](const JsonNode&) { runs.emplace_back(); });
  read_metric(times, RunMetric::wall_seconds, runs);
  node.at("values").each_member(kMostMetrics, [&](const std::string& name, const JsonNode& list) {
    if (const auto metric = run_metric(name)) read_metric(list, *metric, runs);
  });
  entry.runs = succeeded(node.at("exit_codes"), std::move(runs));
  return entry;
}

BenchBaseline::Entry entry_of(const Baseline& baseline) {
  BenchBaseline::Entry entry;
  for (const BaselineRun& run : baseline.runs) entry.runs.push_back(run.figures);
  return entry;
}

// "a/b, c/d and 3 more".
std::string names_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamedBaselines); ++i) {
    text += (i == 0 ? "" : ", ") + safe_text(names[i]);
  }
  if (names.size() > kNamedBaselines) {
    text += " and " + std::to_string(names.size() - kNamedBaselines) + " more";
  }
  return text;
}

}  // namespace

const BenchBaseline::Entry* BenchBaseline::find(const std::string& command,
                                                std::size_t commands) const {
  if (entries.size() == 1 && commands == 1) return entries.data();
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& each) { return each.command == command; });
  return found == entries.end() ? nullptr : &*found;
}

Result<BenchBaseline> read_bench_json(std::string_view text, const std::string& host_class) {
  const auto document = parse_document(text, kBenchJsonBytes, kBenchJsonValues);
  if (!document) return tl::unexpected(document.error());
  std::string problem;
  const JsonNode node(*document, problem);
  BenchBaseline baseline;
  node.at("results").each_element(kMostBenchTasks, [&](const JsonNode& result) {
    baseline.entries.push_back(read_result(result));
  });
  const std::string theirs = node.at("host_class").text();
  if (!problem.empty()) return fail(ErrorKind::malformed, std::move(problem));
  if (baseline.entries.empty()) return fail(ErrorKind::malformed, "/results: nothing is in it");
  if (!theirs.empty() && theirs != host_class) {
    return fail(ErrorKind::malformed, "measured on \"" + safe_text(theirs) + "\", and this is \"" +
                                          safe_text(host_class) +
                                          "\": they cannot be compared, measure it here");
  }
  return baseline;
}

Result<BenchBaseline> read_baselines_json(std::string_view text, const BaselineKey& key) {
  auto baselines = baselines_from_json(text);
  if (!baselines) return tl::unexpected(std::move(baselines.error()));
  std::vector<const Baseline*> fitting;
  for (const Baseline& each : *baselines) {
    if (each.key.host_class == key.host_class && each.key.cold == key.cold) {
      fitting.push_back(&each);
    }
  }
  if (fitting.empty()) {
    return fail(ErrorKind::malformed, "no baseline of this class of host (" +
                                          safe_text(key.host_class) + ") with warm caches");
  }
  std::vector<std::string> names;
  for (const Baseline* each : fitting) {
    names.push_back(name_of(each->key));
    if (each->key == key || fitting.size() == 1) return BenchBaseline{{}, {entry_of(*each)}};
  }
  return fail(ErrorKind::malformed, "has no " + safe_text(name_of(key)) + ", but " +
                                        names_of(names) + ": say --component and --operation");
}

Result<BenchBaseline> read_baseline_file(const std::string& path, const BaselineKey& key) {
  const auto text = read_whole_file(path, kBenchJsonBytes);
  if (!text) return tl::unexpected(text.error());
  const auto document = parse_document(*text, kBenchJsonBytes, kBenchJsonValues);
  std::string problem;
  const bool stored = document && JsonNode(*document, problem).at("baselines").there();
  auto baseline = stored ? read_baselines_json(*text, key) : read_bench_json(*text, key.host_class);
  if (!baseline) return tl::unexpected(within(input_name(path), std::move(baseline.error())));
  baseline->name = path == "-" ? input_name(path) : path;
  return baseline;
}

Result<BenchBaseline> find_stored_baseline(Database& database, const std::string& name,
                                           const BaselineKey& key) {
  const auto list = list_baselines(database);
  if (!list) return tl::unexpected(list.error());
  std::vector<std::string> names;
  for (const BaselineSummary& summary : *list) {
    const BaselineKey& each = summary.baseline.key;
    if (each.host_class != key.host_class || each.cold != key.cold) continue;
    names.push_back(name_of(each));
    if (names.back() != name) continue;
    const auto history = history_of(database, {each, kBaselineRuns, {}});
    if (!history) return tl::unexpected(history.error());
    return BenchBaseline{name, {entry_of(*history)}};
  }
  return fail(ErrorKind::gone,
              "--compare: neither a file nor a baseline of this host is called \"" +
                  safe_text(name) + "\"" +
                  (names.empty() ? "; there is none yet (perfwatch run, or bench --store)"
                                 : "; there are " + names_of(names)));
}

std::vector<BenchComparison> compare_bench(const BenchBaseline& baseline,
                                           std::span<const BenchCommand> commands) {
  std::vector<BenchComparison> comparisons;
  for (const BenchCommand& command : commands) {
    BenchComparison comparison{command.command, {}};
    if (const auto* entry = baseline.find(command.command, commands.size())) {
      std::vector<RunFigures> judged;
      for (const BenchMeasurement& run : command.runs) {
        if (run.exit_code == 0) judged.push_back(run.figures);
      }
      comparison.judgement = judge_runs(entry->runs, judged);
    }
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

bool any_regressed(std::span<const BenchComparison> comparisons) {
  return std::any_of(comparisons.begin(), comparisons.end(),
                     [](const auto& each) { return each.judgement && each.judgement->fails; });
}

std::string words_of(RunVerdict verdict) {
  std::string words(to_string(verdict));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace perfwatch
