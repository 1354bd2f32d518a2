// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace perfwatch {

// A name that nobody else gives and that sorts by time: 48 bits of milliseconds since 1970 and 80
// random ones in Crockford's base 32 (github.com/ulid/spec). Two of the same millisecond sort by
// chance.
inline constexpr std::size_t kUlidSize = 26;
inline constexpr std::size_t kUlidRandomBytes = 10;

// Times before 1970 are moved there.
[[nodiscard]] std::string make_ulid(std::chrono::system_clock::time_point at,
                                    const std::array<std::uint8_t, kUlidRandomBytes>& random);

// The same with random bytes of the kernel's.
[[nodiscard]] std::string new_ulid(std::chrono::system_clock::time_point at);

// 26 of its capital letters and digits, and not above what 128 bits can say.
[[nodiscard]] bool is_ulid(std::string_view text);

// When it was made, to the millisecond; nullopt for what is none.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> ulid_time(std::string_view text);

// `text` as a person types it (small letters, O for 0, I and L for 1), in the letters of a ULID, of
// any length; nullopt when something else is in it.
[[nodiscard]] std::optional<std::string> ulid_letters(std::string_view text);

}  // namespace perfwatch
