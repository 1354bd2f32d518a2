// SPDX-License-Identifier: Apache-2.0
#include "core/base/ulid.h"

#include <sys/random.h>

#include <algorithm>

namespace perfwatch {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kTimeLetters = 10;

}  // namespace

std::string make_ulid(std::chrono::system_clock::time_point at,
                      const std::array<std::uint8_t, kUlidRandomBytes>& random) {
  // The clock ends (2262) long before 48 bits of milliseconds do.
  const auto since = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  auto time = static_cast<std::uint64_t>(std::max(std::int64_t{since}, std::int64_t{0}));
  std::string text(kUlidSize, '0');
  for (std::size_t i = kTimeLetters; i-- > 0; time >>= 5U) text[i] = kLetters[time & 31U];
  std::uint32_t bits = 0;  // the lowest `held` are to be written
  unsigned held = 0;
  std::size_t place = kTimeLetters;
  for (const std::uint8_t byte : random) {
    bits = bits << 8U | byte;
    for (held += 8; held >= 5; held -= 5) text[place++] = kLetters[bits >> (held - 5) & 31U];
  }
  return text;
}

std::string new_ulid(std::chrono::system_clock::time_point at) {
  std::array<std::uint8_t, kUlidRandomBytes> random{};
  (void)!::getrandom(random.data(), random.size(), 0);  // so few bytes it gives always
  return make_ulid(at, random);
}

bool is_ulid(std::string_view text) {
  return text.size() == kUlidSize && text.front() <= '7' &&
         text.find_first_not_of(kLetters) == std::string_view::npos;
}

std::optional<std::chrono::system_clock::time_point> ulid_time(std::string_view text) {
  if (!is_ulid(text)) return std::nullopt;
  std::int64_t time = 0;
  for (const char letter : text.substr(0, kTimeLetters)) {
    time = time << 5U | static_cast<std::int64_t>(kLetters.find(letter));
  }
  // What the clock cannot say (after 2262) is its end.
  const std::chrono::milliseconds since(time);
  constexpr auto kEnd = std::chrono::system_clock::time_point::max();
  constexpr auto kLast = std::chrono::floor<std::chrono::milliseconds>(kEnd.time_since_epoch());
  if (since > kLast) return kEnd;
  return std::chrono::system_clock::time_point(since);
}

std::optional<std::string> ulid_letters(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    if (letter == 'O') letter = '0';
    if (letter == 'I' || letter == 'L') letter = '1';
    if (kLetters.find(letter) == std::string_view::npos) return std::nullopt;
  }
  return out;
}

}  // namespace perfwatch
