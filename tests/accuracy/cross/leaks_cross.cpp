// SPDX-License-Identifier: Apache-2.0
// What the leak detector reaches on traces that its settings were not chosen on: six of them are
// tuned from a grid of 2,160 on one half of the traces and scored on the other half, 100 times both
// ways, and on all but one trace. About two minutes.
//
//   build/bin/leaks_cross DATA
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/analyse/leak.h"
#include "tests/accuracy/cross/labelled.h"

namespace perfwatch {
namespace {

constexpr double kNoCall = -1;
constexpr double kWantedDelay = 300;  // s

struct Trace {
  std::string name;
  std::vector<LabelledRow> rows;
  bool leak = false;
  double onset = 0;  // s
};

std::vector<Trace> load(const std::string& folder) {
  std::vector<Trace> traces;
  const nlohmann::json labels = read_json(folder + "/labels.json");
  for (const auto& [name, label] : labels.items()) {
    const bool leak = label["leak"].get<bool>();
    traces.push_back(
        {name, read_rows(folder + "/" + name), leak, leak ? label["onset_s"].get<double>() : 0});
  }
  return traces;
}

double first_call(const Trace& trace, const LeakSettings& settings) {
  LeakDetector detector(settings);
  for (const auto& row : trace.rows) {
    if (detector.add(row.seconds, row.value, row.resident).verdict == LeakVerdict::leak) {
      return row.seconds;
    }
  }
  return kNoCall;
}

std::vector<LeakSettings> grid() {
  std::vector<LeakSettings> settings;
  for (const double patience : {100, 120, 135, 150, 180})
    for (const double step : {0.17, 0.2, 0.25, 0.3})
      for (const double fluctuation : {1, 2, 3})
        for (const double slow_down : {0.5, 0.7, 0.85})
          for (const double creep : {0.0, 0.04, 0.08, 0.12})
            for (const double longest : {400, 600, 750}) {
              LeakSettings one;
              one.patience = patience;
              one.step_share = step;
              one.fluctuation_ratio = fluctuation;
              one.slow_down = slow_down;
              one.creep_share = creep;
              one.longest_patience = longest;
              settings.push_back(one);
            }
  return settings;
}

// Strict: a call before the onset accuses, and the leak is missed.
struct Tally {
  int right = 0;
  int accused = 0;
  int missed = 0;
  std::vector<double> delays;  // s

  void add(const Trace& trace, double call) {
    const bool early = trace.leak && call != kNoCall && call < trace.onset;
    if (trace.leak && call != kNoCall && !early) {
      ++right;
      delays.push_back(call - trace.onset);
      return;
    }
    if (early || (!trace.leak && call != kNoCall)) ++accused;
    if (trace.leak) ++missed;
  }
  [[nodiscard]] double f1() const {
    return right > 0 ? 2.0 * right / (2 * right + accused + missed) : 0;
  }
  [[nodiscard]] double median_delay() const {
    if (delays.empty()) return std::numeric_limits<double>::infinity();
    std::vector<double> sorted = delays;
    std::sort(sorted.begin(), sorted.end());
    return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  }
  // F1, and a little less for each second beyond the delay that is wanted.
  [[nodiscard]] double objective() const {
    return f1() - 0.0005 * std::clamp(median_delay() - kWantedDelay, 0.0, 700.0);
  }
};

using Calls = std::vector<std::vector<double>>;  // [setting][trace]
using Chosen = std::vector<std::size_t>;         // traces

Tally tally(const std::vector<Trace>& traces, const std::vector<double>& calls,
            const Chosen& chosen) {
  Tally sum;
  for (const std::size_t trace : chosen) sum.add(traces[trace], calls[trace]);
  return sum;
}

// The best setting on `chosen`, one of the best at random.
std::size_t tune(const std::vector<Trace>& traces, const Calls& calls, const Chosen& chosen,
                 std::mt19937& random) {
  double best = -std::numeric_limits<double>::infinity();
  std::vector<std::size_t> ties;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const double value = tally(traces, calls[i], chosen).objective();
    if (value > best + 1e-9) ties.clear();
    best = std::max(best, value);
    if (value > best - 1e-9) ties.push_back(i);
  }
  return ties[random() % ties.size()];
}

// Two halves, leaking and healthy traces drawn apart.
std::array<Chosen, 2> halves(const std::vector<Trace>& traces, std::mt19937& random) {
  std::array<Chosen, 2> both;
  for (const bool leak : {false, true}) {
    Chosen kind;
    for (std::size_t i = 0; i < traces.size(); ++i) {
      if (traces[i].leak == leak) kind.push_back(i);
    }
    std::shuffle(kind.begin(), kind.end(), random);
    for (std::size_t i = 0; i < kind.size(); ++i) both[i % 2].push_back(kind[i]);
  }
  return both;
}

void show(const char* name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  std::printf("%-36s mean %.3f, deviation %.3f, %.3f to %.3f, median %.3f\n", name, mean,
              std::sqrt(squares / count), values.front(), values.back(), values[values.size() / 2]);
}

struct Figures {
  std::vector<double> f1;
  std::vector<double> accused;
  std::vector<double> delay;

  void add(const Tally& sum) {
    f1.push_back(sum.f1());
    accused.push_back(sum.accused);
    delay.push_back(sum.median_delay());
  }
};

void show_halves(const std::vector<Trace>& traces, const Calls& calls,
                 const std::vector<double>& usual) {
  std::mt19937 random(1);
  Figures held;
  Figures defaults;
  for (int shuffle = 0; shuffle < 100; ++shuffle) {
    const auto both = halves(traces, random);
    for (const std::size_t half : {0U, 1U}) {
      const std::size_t setting = tune(traces, calls, both[half], random);
      held.add(tally(traces, calls[setting], both[1 - half]));
      defaults.add(tally(traces, usual, both[1 - half]));
    }
  }
  show("held out, F1", held.f1);
  show("held out, healthy traces accused", held.accused);
  show("held out, median delay, s", held.delay);
  show("defaults on the same halves, F1", defaults.f1);
}

void show_all_but_one(const std::vector<Trace>& traces, const Calls& calls) {
  constexpr int kDraws = 20;  // of one among settings that are equally good
  std::mt19937 random(2);
  Figures figures;
  for (int draw = 0; draw < kDraws; ++draw) {
    Tally held;
    for (std::size_t left_out = 0; left_out < traces.size(); ++left_out) {
      Chosen others;
      for (std::size_t i = 0; i < traces.size(); ++i) {
        if (i != left_out) others.push_back(i);
      }
      held.add(traces[left_out], calls[tune(traces, calls, others, random)][left_out]);
    }
    figures.add(held);
  }
  show("one trace left out at a time, F1", figures.f1);
  show("the same, healthy traces accused", figures.accused);
  show("the same, median delay, s", figures.delay);
}

void show_everything(const std::string& data) {
  const std::vector<Trace> traces = load(data + "/leaks");
  const std::vector<LeakSettings> settings = grid();
  Calls calls;
  for (const auto& setting : settings) {
    calls.emplace_back();
    for (const auto& trace : traces) calls.back().push_back(first_call(trace, setting));
  }
  std::vector<double> usual;
  for (const auto& trace : traces) usual.push_back(first_call(trace, {}));
  Chosen all;
  for (std::size_t i = 0; i < traces.size(); ++i) all.push_back(i);

  show_halves(traces, calls, usual);
  std::vector<double> each;
  for (const auto& its : calls) each.push_back(tally(traces, its, all).f1());
  show("every setting of the grid, F1", each);
  show_all_but_one(traces, calls);
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  if (argc != 2) perfwatch::give_up("usage: leaks_cross DATA");
  perfwatch::show_everything(argv[1]);
}
