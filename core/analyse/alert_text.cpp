// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/alert_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/analyse/wording.h"
#include "core/base/placeholders.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

struct Function {
  std::string_view name;
  std::string (*format)(double);
};
constexpr std::array<Function, 4> kFunctions{{{"humanize", humanize},
                                              {"humanize1024", humanize1024},
                                              {"humanizePercentage", humanize_percentage},
                                              {"humanizeDuration", humanize_duration}}};
constexpr std::string_view kLabelPrefix = "$labels.";

tl::unexpected<Error> unknown_name(std::string_view inside, std::string_view name) {
  std::string text = "unknown {{ " + std::string(inside) + " }}, ";
  constexpr std::array<std::string_view, 2> kNames{"$value", "$threshold"};
  const std::string_view head = name.substr(0, name.find('.'));
  if (head.size() < name.size() && nearest(head, std::array{kLabelPrefix.substr(0, 7)})) {
    return fail(ErrorKind::malformed, text + "did you mean {{ $labels.NAME }}?");
  }
  if (const auto guess = nearest(name, kNames)) {
    return fail(ErrorKind::malformed, text + "did you mean {{ " + std::string(*guess) + " }}?");
  }
  return fail(ErrorKind::malformed,
              text + "there are {{ $value }}, {{ $threshold }} and {{ $labels.NAME }}");
}

tl::unexpected<Error> unknown_function(std::string_view inside, std::string_view name) {
  std::array<std::string_view, kFunctions.size()> names;
  std::transform(kFunctions.begin(), kFunctions.end(), names.begin(),
                 [](const Function& function) { return function.name; });
  std::string text = "unknown function in {{ " + std::string(inside) + " }}, ";
  if (const auto guess = nearest(name, names)) {
    return fail(ErrorKind::malformed, text + "did you mean " + std::string(*guess) + "?");
  }
  return fail(ErrorKind::malformed,
              text + "there are humanize, humanize1024, humanizePercentage and humanizeDuration");
}

}  // namespace

Result<AlertText::Part> AlertText::compile_placeholder(std::string_view inside) {
  const auto pipe = inside.find('|');
  const std::string_view name = trim(inside.substr(0, pipe));
  Part part;
  if (name.starts_with(kLabelPrefix) && is_label_name(name.substr(kLabelPrefix.size()))) {
    if (pipe != std::string_view::npos) {
      return fail(ErrorKind::malformed, "{{ " + std::string(inside) +
                                            " }}: a label is text, functions take $value and "
                                            "$threshold");
    }
    part.kind = Kind::label;
    part.text = name.substr(kLabelPrefix.size());
    return part;
  }
  if (name == "$value") {
    part.kind = Kind::value;
  } else if (name == "$threshold") {
    part.kind = Kind::threshold;
  } else {
    return unknown_name(inside, name);
  }
  part.format = plain_number;
  if (pipe == std::string_view::npos) return part;
  const std::string_view function = trim(inside.substr(pipe + 1));
  const auto* const found =
      std::find_if(kFunctions.begin(), kFunctions.end(),
                   [&](const Function& known) { return known.name == function; });
  if (found == kFunctions.end()) return unknown_function(inside, function);
  part.format = found->format;
  return part;
}

Result<AlertText> AlertText::compile(std::string_view text) {
  auto parts = parse_placeholders(text);
  if (!parts) return tl::unexpected(std::move(parts.error()));
  AlertText compiled;
  for (auto& part : *parts) {
    if (!part.placeholder) {
      compiled.parts_.push_back({Kind::literal, std::move(part.text), nullptr});
      continue;
    }
    auto placeholder = compile_placeholder(part.text);
    if (!placeholder) return tl::unexpected(std::move(placeholder.error()));
    compiled.parts_.push_back(std::move(*placeholder));
  }
  return compiled;
}

std::string AlertText::render(const AlertTextValues& values, std::size_t limit) const {
  std::string out;
  for (const auto& part : parts_) {
    if (out.size() > limit) break;
    switch (part.kind) {
      case Kind::literal:
        out += part.text;
        break;
      case Kind::value:
        out += part.format(values.value);
        break;
      case Kind::threshold:
        out += part.format(values.threshold);
        break;
      case Kind::label:
        for (const auto& [name, value] : values.labels) {
          if (name == part.text) out += value;
        }
        break;
    }
  }
  return shortened(out, limit);
}

}  // namespace perfwatch
