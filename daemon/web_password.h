// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/web_config.h"

namespace perfwatch {

// Passwords of basic auth. bcrypt is slow on purpose, so a password that was right once is
// remembered as a salted SHA-256; plain passwords are not kept. At most one entry for each user. A
// wrong password is never remembered: whoever guesses pays each time. Thread-safe; one bcrypt runs
// at a time, so that guessing takes one core at most.
class PasswordChecker {
 public:
  explicit PasswordChecker(std::map<std::string, std::string, std::less<>> users);

  // Does not run bcrypt: true when this was right before. For the loop, before it asks a worker.
  [[nodiscard]] bool known(std::string_view user, std::string_view password) const;
  // Answers for certain; may take a tenth of a second. For a worker.
  [[nodiscard]] bool check(std::string_view user, std::string_view password);

 private:
  using Digest = std::array<unsigned char, 32>;
  [[nodiscard]] std::optional<Digest> digest(std::string_view user, std::string_view hash,
                                             std::string_view password) const;

  const std::map<std::string, std::string, std::less<>> users_;
  Digest salt_{};
  bool salted_ = false;  // without randomness nothing is remembered
  mutable std::mutex verified_mutex_;
  std::map<std::string, Digest, std::less<>> verified_;
  std::mutex bcrypt_mutex_;
};

// True for "$2b$10$" + 22 characters of salt + 31 of hash, and $2a$, $2y$.
[[nodiscard]] bool is_bcrypt_hash(std::string_view text);
// The work factor in such a hash: 2^cost rounds.
[[nodiscard]] int bcrypt_cost(std::string_view hash);

}  // namespace perfwatch
