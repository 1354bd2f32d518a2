// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_place.h"

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kLongestQuote = 60;     // bytes of the user's text in a message
constexpr std::size_t kLongestGuess = 64;     // a longer word is no typo of any key
constexpr std::size_t kMostSuggestions = 20;  // of a list of all that is known

std::string shortened(std::string_view text) {
  if (text.size() <= kLongestQuote) return printable_utf8(text);
  return printable_utf8(cut_utf8(text, kLongestQuote)) + "...";
}

}  // namespace

void Problems::add(std::string line) {
  if (count_++ < kMost) lines_.push_back(std::move(line));
}

std::string Problems::text() const {
  std::string out;
  for (const auto& line : lines_) {
    if (!out.empty()) out += '\n';
    out += line;
  }
  if (count_ > kMost) {
    const std::size_t more = count_ - kMost;
    out += "\n... and " + std::to_string(more) + " more problem" + (more == 1 ? "" : "s");
  }
  return out;
}

Place Place::child(std::string_view key) const {
  Place out = *this;
  out.pointer_ += '/';
  for (const char c : shortened(key)) {
    if (c == '~') {
      out.pointer_ += "~0";
    } else if (c == '/') {
      out.pointer_ += "~1";
    } else {
      out.pointer_ += c;
    }
  }
  return out;
}

Place Place::child(std::size_t index) const {
  Place out = *this;
  out.pointer_ += '/';
  out.pointer_ += std::to_string(index);
  return out;
}

void Place::problem(std::string_view what) const {
  std::string line = origin_;
  line += ": ";
  if (!pointer_.empty()) line.append(pointer_).append(": ");
  problems_->add(line.append(what));
}

void Place::problem_at(std::size_t line, std::size_t column, std::string_view what) const {
  problems_->add(origin_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
                 std::string(what));
}

std::string Place::seen_from(const Place& other) const {
  if (origin_ == other.origin_) return pointer_;
  return pointer_.empty() ? origin_ : origin_ + " " + pointer_;
}

std::string quote(std::string_view text) { return "\"" + shortened(text) + "\""; }

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() <= kLongestGuess) {
    if (const auto near = nearest(word, candidates)) {
      return ", did you mean \"" + std::string(*near) + "\"?";
    }
  }
  if (candidates.empty()) return "";
  std::string out = "; known here: ";
  for (std::size_t i = 0; i < candidates.size() && i < kMostSuggestions; ++i) {
    if (i > 0) out += ", ";
    out += candidates[i];
  }
  if (candidates.size() > kMostSuggestions) out += ", ...";
  return out;
}

}  // namespace perfwatch
