// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bench_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr double kWorthIt = 0.05;         // of the mean wall time: less is no reason to take more
constexpr double kSureDeviations = 2;     // of the difference of two means
constexpr double kWorthTelling = 0.05;    // of memory
constexpr std::size_t kMostCompared = 3;  // values named beside the best

// One value of a parameter, the others being fixed.
struct Choice {
  std::string_view text;
  std::optional<double> number;
  Statistics wall;
  Statistics memory;
};

double squared_error(const Statistics& values) {
  return values.deviation * values.deviation / static_cast<double>(values.count);
}

// Whether the means differ by more than chance; of single runs nobody knows, and the means decide.
bool surely_differ(const Statistics& a, const Statistics& b) {
  const double error = std::sqrt(squared_error(a) + squared_error(b));
  return std::isnan(error) || std::abs(a.mean - b.mean) > kSureDeviations * error;
}

bool beats(const Choice& a, const Choice& b) {
  return a.wall.mean < b.wall.mean * (1 - kWorthIt) && surely_differ(a.wall, b.wall);
}

std::string percent(double ratio) { return fmt::format("{:.0f} %", std::abs(ratio) * 100); }

// "2 % slower", "3.1 times as slow", "as fast".
std::string speed(const Choice& choice, const Choice& best) {
  const double more = choice.wall.mean / best.wall.mean - 1;
  if (std::abs(more) < 0.005 || !surely_differ(choice.wall, best.wall)) return "as fast";
  if (more >= 1) return fmt::format("{:.1f} times as slow", 1 + more);
  return percent(more) + (more > 0 ? " slower" : " faster");
}

// " and takes 64 % more memory"; empty where that is nothing to speak of.
std::string memory_words(const Choice& choice, const Choice& best) {
  if (!(best.memory.mean > 0) || choice.memory.count == 0) return {};
  const double more = choice.memory.mean / best.memory.mean - 1;
  if (!(std::abs(more) >= kWorthTelling)) return {};
  if (more >= 1) return fmt::format(" and takes {:.1f} times the memory", 1 + more);
  return fmt::format(" and takes {} {} memory", percent(more), more > 0 ? "more" : "less");
}

template <class Choices>
std::string others_words(const Choices& others, const Choice& best) {
  std::string text;
  std::size_t told = 0;
  for (const Choice* other : others) {
    if (told++ == kMostCompared) break;
    text += fmt::format("{}{} is {}{}", told == 1 ? "" : ", ", other->text, speed(*other, best),
                        memory_words(*other, best));
  }
  return text;
}

std::string of_numbers(std::vector<const Choice*> choices) {
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice* a, const Choice* b) { return *a->number < *b->number; });
  std::size_t best = 0;
  for (std::size_t i = 1; i < choices.size(); ++i) {
    if (beats(*choices[i], *choices[best])) best = i;
  }
  const Choice& smallest = *choices.front();
  const std::string gain =
      best == 0 ? std::string()
                : fmt::format("{} is {:.1f} times as fast as {}", choices[best]->text,
                              smallest.wall.mean / choices[best]->wall.mean, smallest.text);
  if (best + 1 == choices.size()) {
    return fmt::format("{}{}, and the largest that was tried: more may help further", gain,
                       memory_words(*choices[best], smallest));
  }
  const std::vector<const Choice*> more(choices.begin() + static_cast<std::ptrdiff_t>(best) + 1,
                                        choices.end());
  return fmt::format("more than {} does not help: {}{}{}", choices[best]->text,
                     others_words(more, *choices[best]), gain.empty() ? "" : "; ", gain);
}

std::string of_words(std::vector<const Choice*> choices) {
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice* a, const Choice* b) { return a->wall.mean < b->wall.mean; });
  const Choice& best = *choices.front();
  const std::vector<const Choice*> others(choices.begin() + 1, choices.end());
  const bool alike = std::none_of(others.begin(), others.end(),
                                  [&](const Choice* other) { return beats(best, *other); });
  const std::string words = others_words(others, best);
  return alike ? fmt::format("the choice hardly matters: compared with {}, {}", best.text, words)
               : fmt::format("{} is the fastest: {}", best.text, words);
}

std::string sentence(const std::vector<Choice>& choices) {
  std::vector<const Choice*> pointers;
  pointers.reserve(choices.size());
  for (const auto& choice : choices) pointers.push_back(&choice);
  const bool numbers =
      std::all_of(choices.begin(), choices.end(), [](const Choice& c) { return c.number; });
  return numbers ? of_numbers(std::move(pointers)) : of_words(std::move(pointers));
}

std::optional<double> number_of(std::string_view text) {
  const auto number = to_number<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

// "jobs", "jobs, with compiler=gcc".
std::string heading(const BenchCommand& command, std::size_t parameter) {
  std::string text = command.parameters[parameter].first;
  bool first = true;
  for (std::size_t i = 0; i < command.parameters.size(); ++i) {
    if (i == parameter) continue;
    text += fmt::format("{}{}={}", first ? ", with " : " ", command.parameters[i].first,
                        command.parameters[i].second);
    first = false;
  }
  return text;
}

}  // namespace

std::vector<std::string> bench_advice(std::span<const BenchResult> results, RunMetric memory) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<Choice>> groups;
  for (const auto& result : results) {
    const Statistics& wall = result.metrics[RunMetric::wall_seconds];
    if (!(wall.mean > 0)) continue;
    for (std::size_t i = 0; i < result.command.parameters.size(); ++i) {
      const std::string name = heading(result.command, i);
      auto& choices = groups[name];
      if (choices.empty()) order.push_back(name);
      const std::string_view value = result.command.parameters[i].second;
      const bool known = std::any_of(choices.begin(), choices.end(),
                                     [&](const Choice& c) { return c.text == value; });
      if (!known) choices.push_back({value, number_of(value), wall, result.metrics[memory]});
    }
  }
  std::vector<std::string> advice;
  for (const auto& name : order) {
    if (groups[name].size() < 2 || advice.size() == kMostBenchAdvice) continue;
    advice.push_back(fmt::format("{}: {}", name, sentence(groups[name])));
  }
  return advice;
}

}  // namespace perfwatch
