// SPDX-License-Identifier: Apache-2.0
#include "exporters/prometheus/negotiate.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr int kFullQuality = 1000;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Takes the text up to `separator` off the front of `rest`, trimmed; one inside quotes separates
// nothing. False when nothing is left.
bool next_piece(std::string_view& rest, char separator, std::string_view& piece) {
  if (rest.empty()) return false;
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (rest[end] == '\\' && quoted) ++end;  // a quoted pair
  }
  end = std::min(end, rest.size());
  piece = trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int quality = text[0] == '1' ? kFullQuality : 0;
  int place = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    quality += (c - '0') * place;
    place /= 10;
  }
  if (quality > kFullQuality) return std::nullopt;
  return quality;
}

// One element of either header: `text/plain;version=0.0.4;q=0.5`, `gzip;q=0`.
struct Wish {
  std::string_view what;
  std::string_view version;  // empty when not said
  int quality = kFullQuality;
};

// Nullopt when the q is none: an element that we misread must not win.
std::optional<Wish> parse_wish(std::string_view element) {
  Wish wish;
  if (!next_piece(element, ';', wish.what) || wish.what.empty()) return std::nullopt;
  std::string_view parameter;
  while (next_piece(element, ';', parameter)) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim(parameter.substr(0, equals));
    std::string_view value = trim(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (equal_ignoring_case(name, "version")) wish.version = value;
    if (equal_ignoring_case(name, "q")) {
      const auto quality = parse_quality(value);
      if (!quality) return std::nullopt;
      wish.quality = *quality;
    }
  }
  return wish;
}

// How well one of ours is asked for. Compared member by member; the default is "not at all".
struct Match {
  int specificity = -1;  // of the range that decides: 0 */*, 1 type/*, 2 type/subtype, 3 a version
  int quality = 0;
  std::size_t position = 0;  // of that range in the header

  // Of all ranges that fit, the most specific decides; of equal ones, the kindest.
  void consider(int range_specificity, int range_quality, std::size_t range_position) {
    if (range_specificity < 0) return;
    if (std::tie(range_specificity, range_quality) <= std::tie(specificity, quality)) return;
    *this = {range_specificity, range_quality, range_position};
  }
};

// How closely `wish` names `type`, -1 if it does not. `versions` are those that we answer.
int specificity(const Wish& wish, std::string_view type,
                std::initializer_list<std::string_view> versions) {
  if (wish.what == "*/*") return 0;
  const std::size_t slash = type.find('/') + 1;
  if (wish.what.size() == slash + 1 && wish.what.back() == '*' &&
      equal_ignoring_case(wish.what.substr(0, slash), type.substr(0, slash))) {
    return 1;
  }
  if (!equal_ignoring_case(wish.what, type)) return -1;
  if (wish.version.empty()) return 2;
  return std::ranges::find(versions, wish.version) != versions.end() ? 3 : -1;
}

}  // namespace

Exposition negotiate_exposition(std::string_view accept) {
  Match text;
  Match openmetrics;
  std::string_view element;
  for (std::size_t position = 0; next_piece(accept, ',', element); ++position) {
    const auto wish = parse_wish(element);
    if (!wish) continue;
    text.consider(specificity(*wish, "text/plain", {"0.0.4"}), wish->quality, position);
    openmetrics.consider(specificity(*wish, "application/openmetrics-text", {"1.0.0", "0.0.1"}),
                         wish->quality, position);
  }
  if (openmetrics.quality != text.quality) {
    return openmetrics.quality > text.quality ? Exposition::openmetrics_1_0_0
                                              : Exposition::text_0_0_4;
  }
  const bool both_named = openmetrics.specificity >= 2 && text.specificity >= 2;
  const bool first = both_named ? openmetrics.position < text.position
                                : openmetrics.specificity > text.specificity;
  return openmetrics.quality > 0 && first ? Exposition::openmetrics_1_0_0 : Exposition::text_0_0_4;
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  std::string_view element;
  while (next_piece(accept_encoding, ',', element)) {
    const auto wish = parse_wish(element);
    if (!wish) continue;
    // x-gzip is an older name of the same coding (RFC 9110, 8.4.1.3).
    if (equal_ignoring_case(wish->what, "gzip") || equal_ignoring_case(wish->what, "x-gzip")) {
      gzip = std::max(gzip.value_or(0), wish->quality);
    }
    if (equal_ignoring_case(wish->what, "identity")) identity = wish->quality;
    if (wish->what == "*") any = wish->quality;
  }
  const int quality = gzip.value_or(any.value_or(0));
  return quality > 0 && quality >= identity.value_or(0);
}

}  // namespace perfwatch
