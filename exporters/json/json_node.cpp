// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/json_node.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/base/timestamp.h"

namespace perfwatch {
namespace {

constexpr std::size_t kDepthLimit = 16;
constexpr std::size_t kMemberLimit = 1000;  // looking one up takes longer the more there are
constexpr std::size_t kQuoted = 60;         // of what a stranger wrote, in an error

// Of a JSON pointer (RFC 6901), and fit to be printed.
std::string pointer_part(std::string_view key) {
  std::string out = "/";
  for (const char letter : printable_utf8(cut_utf8(key, kQuoted))) {
    if (letter == '~') {
      out += "~0";
    } else if (letter == '/') {
      out += "~1";
    } else {
      out += letter;
    }
  }
  return out;
}

std::string too_many(std::size_t most) {
  return "has more than " + std::to_string(most) + " entries";
}

// Reads a document and keeps nothing of it: nlohmann's events, of which false is the last.
class Inspection {
 public:
  explicit Inspection(std::size_t most_values) : left_(most_values) {}

  // Empty: all is well.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  bool null() { return value(); }
  bool boolean(bool) { return value(); }
  bool number_integer(Json::number_integer_t) { return value(); }
  bool number_unsigned(Json::number_unsigned_t) { return value(); }
  bool number_float(Json::number_float_t, const Json::string_t&) { return value(); }
  bool string(Json::string_t&) { return value(); }
  bool binary(Json::binary_t&) { return value(); }
  bool key(Json::string_t&) {
    if (++members_.back() > kMemberLimit) return stop("an object " + too_many(kMemberLimit));
    return value();
  }
  bool start_object(std::size_t) { return start(); }
  bool start_array(std::size_t) { return start(); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  template <typename Problem>
  bool parse_error(std::size_t, const std::string&, const Problem&) {
    return stop("is not JSON");
  }

 private:
  bool stop(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool value() { return left_-- > 0 || stop("has more values than perfwatch writes"); }
  bool start() {
    members_.push_back(0);
    if (members_.size() > kDepthLimit) return stop("nested deeper than perfwatch writes it");
    return value();
  }
  bool end() {
    members_.pop_back();
    return true;
  }

  std::size_t left_;
  std::vector<std::size_t> members_;  // of the objects and lists that are open
  std::string problem_;
};

}  // namespace

Result<Json> parse_document(std::string_view text, std::size_t limit, std::size_t most_values) {
  if (text.size() > limit) {
    return fail(ErrorKind::malformed, "larger than " + std::to_string(limit) + " bytes");
  }
  Inspection inspection(most_values);
  if (!Json::sax_parse(text.begin(), text.end(), &inspection)) {
    return fail(ErrorKind::malformed, inspection.problem());
  }
  Json document = Json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded()) return fail(ErrorKind::malformed, "is not JSON");
  return document;
}

void JsonNode::complain(std::string_view what) const {
  if (!problem_->empty()) return;
  *problem_ = place_.empty() ? std::string("the document") : place_;
  (*problem_ += ": ").append(what);
}

JsonNode JsonNode::at(std::string_view key) const {
  JsonNode child(nullptr, place_ + pointer_part(key), problem_);
  if (value_ == nullptr) return child;
  if (!value_->is_object()) {
    complain("an object is expected");
    return child;
  }
  const auto found = value_->find(key);
  if (found != value_->end() && !found->is_null()) child.value_ = &*found;
  return child;
}

std::string JsonNode::text() const {
  if (value_ == nullptr) return {};
  if (!value_->is_string()) {
    complain("a text is expected");
    return {};
  }
  return value_->get<std::string>();
}

std::string JsonNode::needed_text() const {
  std::string out = text();
  if (out.empty()) complain("is missing, or no text");
  return out;
}

double JsonNode::number() const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (value_ == nullptr) return kUnknown;
  const double number = value_->is_number() ? value_->get<double>() : kUnknown;
  if (std::isfinite(number) && number >= 0) return number;
  complain("a number from 0 up is expected");
  return kUnknown;
}

std::uint64_t JsonNode::count(std::uint64_t largest) const {
  if (value_ == nullptr) return 0;
  // Whole and positive is what the parser calls unsigned.
  const auto* number = value_->get_ptr<const Json::number_unsigned_t*>();
  if (number != nullptr && *number <= largest) return *number;
  complain("a whole number from 0 to " + std::to_string(largest) + " is expected");
  return 0;
}

bool JsonNode::flag() const {
  if (value_ == nullptr) return false;
  if (!value_->is_boolean()) complain("true or false is expected");
  return value_->is_boolean() && value_->get<bool>();
}

std::optional<std::chrono::system_clock::time_point> JsonNode::time() const {
  constexpr double kLatest = 9e9;  // what 64 bits of nanoseconds can say: the year 2255
  if (value_ == nullptr) return std::nullopt;
  const auto seconds = value_->is_string() ? parse_timestamp(text()) : std::nullopt;
  if (seconds && *seconds >= 0 && *seconds <= kLatest) {
    return std::chrono::system_clock::time_point(
        std::chrono::milliseconds(std::llround(*seconds * 1000)));
  }
  complain("a time like 2026-03-01T12:30:00.250Z is expected");
  return std::nullopt;
}

void JsonNode::each_element(std::size_t most,
                            const std::function<void(const JsonNode&)>& read) const {
  if (value_ == nullptr) return;
  if (!value_->is_array()) return complain("a list is expected");
  if (value_->size() > most) return complain(too_many(most));
  for (std::size_t i = 0; i < value_->size(); ++i) {
    const Json& element = (*value_)[i];
    read({element.is_null() ? nullptr : &element, place_ + "/" + std::to_string(i), problem_});
  }
}

void JsonNode::each_member(
    std::size_t most, const std::function<void(const std::string&, const JsonNode&)>& read) const {
  if (value_ == nullptr) return;
  if (!value_->is_object()) return complain("an object is expected");
  if (value_->size() > most) return complain(too_many(most));
  for (const auto& [key, member] : value_->items()) {
    read(key, {member.is_null() ? nullptr : &member, place_ + pointer_part(key), problem_});
  }
}

}  // namespace perfwatch
