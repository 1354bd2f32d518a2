// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/bench_commands.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestText = 4096;
constexpr std::array<std::string_view, 10> kOperators = {"|", "||", "&",  "&&", ";",
                                                         "<", ">",  ">>", "2>", "2>&1"};

using Choice = std::vector<std::pair<std::string, std::string>>;

std::string quoted(std::string_view text) { return "\"" + safe_text(text) + "\""; }

// Goes through a text once.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}
  Result<std::vector<std::string>> split();

 private:
  bool take_quoted(char quote);
  Result<void> end_word();

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  bool begun_ = false;   // there is a word, though it may be empty
  bool quoted_ = false;  // a part of it was
  std::vector<std::string> words_;
};

// From the quote on; false when it does not close.
bool Splitter::take_quoted(char quote) {
  begun_ = quoted_ = true;
  for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
    const bool escape = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
                        std::string_view("\"\\$`").find(text_[at_ + 1]) != std::string_view::npos;
    if (escape) ++at_;
    word_ += text_[at_];
  }
  return at_ < text_.size();
}

Result<void> Splitter::end_word() {
  if (!begun_) return {};
  if (!quoted_ && std::find(kOperators.begin(), kOperators.end(), word_) != kOperators.end()) {
    return fail(ErrorKind::malformed, quoted(text_) + ": no shell runs it, and " + quoted(word_) +
                                          " would be an argument: say sh -c '...', or quote it");
  }
  words_.push_back(std::move(word_));
  word_.clear();
  begun_ = quoted_ = false;
  return {};
}

Result<std::vector<std::string>> Splitter::split() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n') {
      if (auto ended = end_word(); !ended) return tl::unexpected(std::move(ended.error()));
    } else if (c == '\'' || c == '"') {
      if (!take_quoted(c)) {
        return fail(ErrorKind::malformed, quoted(text_) + ": a quote (" + c + ") does not close");
      }
    } else {
      begun_ = true;
      if (c == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        quoted_ = true;
      }
      word_ += text_[at_];
    }
  }
  if (auto ended = end_word(); !ended) return tl::unexpected(std::move(ended.error()));
  if (words_.empty()) return fail(ErrorKind::malformed, quoted(text_) + " is no command");
  return std::move(words_);
}

bool is_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), good);
}

struct Range {
  std::int64_t from, to, step;
};

// "1..8", "0..100..20"; nullopt for anything else.
std::optional<Range> range_of(std::string_view text) {
  constexpr std::int64_t kLargest = 1'000'000'000'000;
  const auto first = text.find("..");
  if (first == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(first + 2);
  const auto second = rest.find("..");
  const auto from = to_number<std::int64_t>(text.substr(0, first));
  const auto to = to_number<std::int64_t>(rest.substr(0, second));
  const auto step = second == std::string_view::npos
                        ? std::optional<std::int64_t>(1)
                        : to_number<std::int64_t>(rest.substr(second + 2));
  if (!from || !to || !step || *step <= 0) return std::nullopt;
  if (std::max(std::abs(*from), std::abs(*to)) > kLargest || *step > kLargest) return std::nullopt;
  return Range{*from, *to, *step};
}

// At commas that no backslash stands before.
std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> parts(1);
  for (std::size_t at = 0; at < list.size(); ++at) {
    const bool escaped = list[at] == '\\' && at + 1 < list.size() && list[at + 1] == ',';
    if (list[at] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += list[escaped ? ++at : at];
    }
  }
  return parts;
}

void add_values(const std::string& part, std::vector<std::string>& values) {
  const auto range = range_of(part);
  if (!range) {
    values.push_back(part);
    return;
  }
  for (auto number = range->from; number <= range->to && values.size() <= kMostBenchValues;
       number += range->step) {
    values.push_back(std::to_string(number));
  }
}

std::string place_of(std::string_view name) { return "{" + std::string(name) + "}"; }

bool mentions(std::string_view text, const BenchParameter& parameter) {
  return text.find(place_of(parameter.name)) != std::string_view::npos;
}

// In one go from left to right: what a value brings in is replaced by nothing.
std::string put_in(std::string_view text, const Choice& choice) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto* const found =
        std::find_if(choice.data(), choice.data() + choice.size(), [&](const auto& parameter) {
          return text.substr(at).starts_with(place_of(parameter.first));
        });
    if (found == choice.data() + choice.size()) {
      out += text[at++];
    } else {
      out += found->second;
      at += found->first.size() + 2;
    }
  }
  return out;
}

std::vector<Choice> choices_of(const std::vector<BenchParameter>& parameters) {
  std::vector<Choice> all(1);
  for (const auto& parameter : parameters) {
    std::vector<Choice> longer;
    for (const auto& choice : all) {
      for (const auto& value : parameter.values) {
        if (longer.size() > kMostBenchTasks) return longer;  // too many, as the caller will say
        longer.push_back(choice);
        longer.back().emplace_back(parameter.name, value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

// One command of the command line: a text, or words where that is null.
struct Source {
  const std::string* text;
  const std::vector<std::string>* words;

  [[nodiscard]] bool mentions(const BenchParameter& parameter) const {
    const auto has = [&](const std::string& each) { return perfwatch::mentions(each, parameter); };
    return text != nullptr ? has(*text) : std::any_of(words->begin(), words->end(), has);
  }
};

Result<BenchTask> make_task(const Source& source, const std::string& prepare, Choice choice) {
  BenchTask task;
  if (source.text != nullptr) {
    task.text = put_in(*source.text, choice);
    auto words = split_words(task.text);
    if (!words) return tl::unexpected(std::move(words.error()));
    task.words = std::move(*words);
  } else {
    for (const auto& word : *source.words) task.words.push_back(put_in(word, choice));
    task.text = command_words(task.words, kLongestText);
  }
  task.text = cut_utf8(printable_utf8(task.text), kLongestText);
  if (task.words.front().empty()) {
    return fail(ErrorKind::malformed, quoted(task.text) + ": the name of the program is empty");
  }
  if (!prepare.empty()) {
    auto words = split_words(put_in(prepare, choice));
    if (!words) return tl::unexpected(within("--prepare", std::move(words.error())));
    task.prepare = std::move(*words);
  }
  task.parameters = std::move(choice);
  return task;
}

Result<void> check_parameters(const BenchWish& wish, const std::vector<Source>& sources) {
  std::vector<std::string_view> seen;
  for (const auto& parameter : wish.parameters) {
    if (std::find(seen.begin(), seen.end(), parameter.name) != seen.end()) {
      return fail(ErrorKind::malformed, "--parameter " + parameter.name + " is given twice");
    }
    seen.push_back(parameter.name);
    const bool used = mentions(wish.prepare, parameter) ||
                      std::any_of(sources.begin(), sources.end(),
                                  [&](const Source& each) { return each.mentions(parameter); });
    if (!used) {
      return fail(ErrorKind::malformed, "--parameter " + parameter.name + ": no command has " +
                                            place_of(parameter.name) + " in it");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  return Splitter(text).split();
}

Result<BenchParameter> parse_parameter(std::string_view name, std::string_view list) {
  if (!is_name(name)) {
    return fail(ErrorKind::malformed,
                "--parameter: " + quoted(name) + " is no name: at most 64 letters, digits and _");
  }
  BenchParameter parameter{std::string(name), {}};
  if (!list.empty()) {
    for (const auto& part : split_list(list)) {
      add_values(part, parameter.values);
      if (parameter.values.size() > kMostBenchValues) {
        return fail(ErrorKind::malformed, "--parameter " + parameter.name + ": at most " +
                                              std::to_string(kMostBenchValues) + " values");
      }
    }
  }
  if (!parameter.values.empty()) return parameter;
  return fail(ErrorKind::malformed, "--parameter " + parameter.name + ": " + quoted(list) +
                                        " has no values (examples: gcc,clang and 1..8)");
}

Result<std::vector<BenchTask>> plan_bench(const BenchWish& wish) {
  std::vector<Source> sources;
  sources.reserve(wish.texts.size() + 1);
  for (const auto& text : wish.texts) sources.push_back({&text, nullptr});
  if (!wish.words.empty()) sources.push_back({nullptr, &wish.words});
  if (sources.empty())
    return fail(ErrorKind::malformed,
                "the command is missing: perfwatch bench [OPTION...] 'CMD'... or -- CMD...");
  if (auto good = check_parameters(wish, sources); !good) {
    return tl::unexpected(std::move(good.error()));
  }
  std::vector<BenchTask> tasks;
  for (const Source& source : sources) {
    std::vector<BenchParameter> used;
    for (const auto& parameter : wish.parameters) {
      if (source.mentions(parameter) || mentions(wish.prepare, parameter)) {
        used.push_back(parameter);
      }
    }
    for (auto& choice : choices_of(used)) {
      if (tasks.size() == kMostBenchTasks) {
        return fail(ErrorKind::malformed, "commands and parameters come to more than " +
                                              std::to_string(kMostBenchTasks) + " benchmarks");
      }
      auto task = make_task(source, wish.prepare, std::move(choice));
      if (!task) return tl::unexpected(std::move(task.error()));
      tasks.push_back(std::move(*task));
    }
  }
  return tasks;
}

}  // namespace perfwatch
