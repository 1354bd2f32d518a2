// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_json.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "daemon/config.h"

namespace perfwatch {
namespace {

using nlohmann::json;

// Line and column (from 1) of a byte.
std::pair<std::size_t, std::size_t> position_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const auto newline = before.rfind('\n');
  return {line, newline == std::string_view::npos ? offset + 1 : offset - newline};
}

// What a person would do about it, from the characters around the place where reading stopped.
std::string_view hint(std::string_view text, std::size_t offset, std::string_view message) {
  const auto before = trim(text.substr(0, offset));
  const char here = offset < text.size() ? text[offset] : '\0';
  if ((here == '}' || here == ']') && before.ends_with(',')) return " (remove the comma before it)";
  if (here == '\'') return " (use double quotes)";
  if (message.find("parsing object key") != std::string_view::npos &&
      message.find("invalid literal") != std::string_view::npos) {
    return " (keys stand in double quotes)";
  }
  if (message.ends_with("unexpected string literal; expected '}'") ||
      message.ends_with("unexpected string literal; expected ']'")) {
    return " (is a comma missing before it?)";
  }
  if (message.find("invalid literal") != std::string_view::npos) {
    return " (text stands in double quotes)";
  }
  return "";
}

// nlohmann's "[json.exception...] parse error at line 1, column 2: syntax error while parsing value
// - invalid literal; last read: 'x'; expected end of input", without what the reader does not need.
std::string explain(std::string_view message) {
  if (const auto id = message.find("] "); id != std::string_view::npos) {
    message.remove_prefix(id + 2);
  }
  if (message.starts_with("number overflow")) return "the number is too large";
  std::string_view expected;
  if (const auto at = message.rfind("; expected "); at != std::string_view::npos) {
    expected = message.substr(at + 11);
    message = message.substr(0, at);
  }
  if (const auto at = message.find(" - "); at != std::string_view::npos) {
    message.remove_prefix(at + 3);
  }
  message = message.substr(0, message.find("; last read: "));
  std::string out(message.substr(0, 200));
  if (out == "unexpected end of input") out = "the text ends too early";
  if (out == "invalid literal") out = "this is not JSON";
  if (expected.empty()) return out;
  out += "; expected ";
  if (expected == "'}'") return out + "',' or '}'";
  if (expected == "']'") return out + "',' or ']'";
  if (expected == "string literal") return out + "a key in double quotes";
  if (expected == "'[', '{', or a literal") return out + "a value";
  return out.append(expected);
}

// Builds the document, as nlohmann's own handler does, and watches depth and repeated keys.
class Builder final : public nlohmann::json_sax<json> {
 public:
  Builder(std::string_view text, const Place& at) : text_(text), at_(at) {}

  json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // no such thing in JSON text
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.key = std::move(name);
    if (level.value->contains(level.key)) here().problem("this key is given twice");
    return true;
  }

  bool parse_error(std::size_t read, const std::string& /*token*/,
                   const json::exception& error) override {
    const std::size_t offset = std::min(read == 0 ? 0 : read - 1, text_.size());
    const auto [line, column] = position_of(text_, offset);
    const std::string_view message = error.what();
    at_.problem_at(line, column, explain(message).append(hint(text_, offset, message)));
    return false;
  }

 private:
  struct Level {
    json* value;
    std::string key;
  };

  bool put(json value) {
    place(std::move(value));
    return true;
  }

  json* place(json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = levels_.back();
    if (level.value->is_array()) {
      level.value->push_back(std::move(value));
      return &level.value->back();
    }
    return &((*level.value)[level.key] = std::move(value));
  }

  bool open(json value) {
    if (levels_.size() == kConfigDepth) {
      here().problem("nested more than " + std::to_string(kConfigDepth) + " levels deep");
      return false;
    }
    levels_.push_back({place(std::move(value)), {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  // The place of the value that is being read.
  [[nodiscard]] Place here() const {
    Place at = at_;
    for (const auto& [value, name] : levels_) {
      at = value->is_array() ? at.child(value->empty() ? 0 : value->size() - 1) : at.child(name);
    }
    return at;
  }

  std::string_view text_;
  const Place& at_;
  json root_;
  std::vector<Level> levels_;
};

}  // namespace

std::optional<json> read_json(std::string_view text, const Place& at) {
  if (text.size() > kConfigFileLimit) {
    at.problem("larger than " + std::to_string(kConfigFileLimit) + " bytes");
    return std::nullopt;
  }
  if (trim(text).empty()) {
    at.problem("is empty (write {} to take every default)");
    return std::nullopt;
  }
  try {
    Builder builder(text, at);
    if (!json::sax_parse(text, &builder, json::input_format_t::json, /*strict=*/true,
                         /*ignore_comments=*/true)) {
      return std::nullopt;
    }
    return builder.take();
  } catch (const std::exception& error) {  // nothing documented gets here; memory may run out
    at.problem(std::string("cannot be read as JSON: ") + error.what());
    return std::nullopt;
  }
}

std::string describe(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::boolean:
      return value.get<bool>() ? "true" : "false";
    case json::value_t::string:
      return "the text " + quote(value.get_ref<const std::string&>());
    case json::value_t::array:
      return value.empty() ? "an empty list" : "a list";
    case json::value_t::object:
      return value.empty() ? "an empty object" : "an object";
    default:
      return "the number " + value.dump();
  }
}

}  // namespace perfwatch
