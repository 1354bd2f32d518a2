// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace perfwatch {

// Kinds by what the caller does next, not by what the kernel said:
//   gone         the subject ended while we looked (a process, a mount, a device): skip it
//   unsupported  this host has no such source: leave the series out, do not ask again soon
//   denied       a right is missing: leave the series out, `perfwatch doctor` names the cure
//   malformed    the text is not what its origin documents: report it, it is a bug or an attack
//   io           everything else that the world can refuse: report it and try again
enum class ErrorKind : std::uint8_t { gone, unsupported, denied, malformed, io };
inline constexpr std::size_t kErrorKinds = 5;

// The label value of `reason` in perfwatch_collector_errors_total.
[[nodiscard]] std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::io;
  std::string text;  // without the caller's context; grows outward with within()
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string text) {
  return tl::unexpected<Error>(Error{kind, std::move(text)});
}

// The only place where errno values are sorted into kinds.
[[nodiscard]] Error error_from_errno(int errno_value);

// "reading /proc/pressure/cpu" + "denied" -> "reading /proc/pressure/cpu: denied".
[[nodiscard]] Error within(std::string_view context, Error error);

}  // namespace perfwatch
