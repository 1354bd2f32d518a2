// SPDX-License-Identifier: Apache-2.0
#include "daemon/web_password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

namespace perfwatch {
namespace {

constexpr std::size_t kHashLength = 60;
constexpr std::string_view kSomeSalt = "abcdefghijklmnopqrstuu";
constexpr std::string_view kSomeHash = "abcdefghijklmnopqrstuvwxyzabcde";  // nobody's password

// A hash that nothing matches and that costs what the users' hashes cost, for unknown users.
std::string decoy(const std::map<std::string, std::string, std::less<>>& users) {
  int cost = 10;
  if (!users.empty()) cost = bcrypt_cost(users.begin()->second);
  for (const auto& [user, hash] : users) cost = std::max(cost, bcrypt_cost(hash));
  const std::string digits = (cost < 10 ? "0" : "") + std::to_string(cost);
  return "$2b$" + digits + "$" + std::string(kSomeSalt) + std::string(kSomeHash);
}

bool bcrypt_matches(const std::string& hash, std::string_view password) {
  // crypt() reads up to a NUL and bcrypt up to 72 bytes; what it would cut off is refused.
  if (password.size() >= CRYPT_MAX_PASSPHRASE_SIZE ||
      password.find('\0') != std::string_view::npos) {
    return false;
  }
  const std::string copy(password);
  const auto data = std::make_unique<crypt_data>();  // 32 KiB
  const char* result = ::crypt_r(copy.c_str(), hash.c_str(), data.get());
  const bool same = result != nullptr && std::string_view(result).size() == hash.size() &&
                    CRYPTO_memcmp(result, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return same;
}

bool check_in(const std::map<std::string, std::string, std::less<>>& users, std::string_view user,
              std::string_view password) {
  const auto found = users.find(user);
  const bool matches =
      bcrypt_matches(found == users.end() ? decoy(users) : found->second, password);
  return matches && found != users.end();
}

}  // namespace

bool is_bcrypt_hash(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto in_alphabet = [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
  };
  if (text.size() != kHashLength) return false;
  if (!text.starts_with("$2a$") && !text.starts_with("$2b$") && !text.starts_with("$2y$")) {
    return false;
  }
  if (!is_digit(text[4]) || !is_digit(text[5]) || text[6] != '$') return false;
  const int cost = bcrypt_cost(text);
  return cost >= 4 && cost <= 31 && std::all_of(text.begin() + 7, text.end(), in_alphabet);
}

int bcrypt_cost(std::string_view hash) { return (hash[4] - '0') * 10 + (hash[5] - '0'); }

bool check_password(const WebConfig& config, std::string_view user, std::string_view password) {
  return check_in(config.users, user, password);
}

PasswordChecker::PasswordChecker(std::map<std::string, std::string, std::less<>> users)
    : users_(std::move(users)) {
  salted_ = ::RAND_bytes(salt_.data(), static_cast<int>(salt_.size())) == 1;
}

std::optional<PasswordChecker::Digest> PasswordChecker::digest(std::string_view user,
                                                               std::string_view hash,
                                                               std::string_view password) const {
  if (!salted_) return std::nullopt;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  Digest out{};
  bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  good = good && EVP_DigestUpdate(context.get(), salt_.data(), salt_.size()) == 1;
  // A length before each part: no two of (user, hash, password) give the same bytes.
  for (const auto part : {user, hash, password}) {
    const std::uint64_t size = part.size();
    good = good && EVP_DigestUpdate(context.get(), &size, sizeof size) == 1;
    good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
  return good ? std::optional(out) : std::nullopt;
}

bool PasswordChecker::known(std::string_view user, std::string_view password) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return false;
  const auto asked = digest(user, found->second, password);
  const std::lock_guard lock(verified_mutex_);
  const auto before = verified_.find(user);
  return asked && before != verified_.end() &&
         CRYPTO_memcmp(asked->data(), before->second.data(), asked->size()) == 0;
}

bool PasswordChecker::check(std::string_view user, std::string_view password) {
  if (known(user, password)) return true;
  {
    const std::lock_guard lock(bcrypt_mutex_);
    if (!check_in(users_, user, password)) return false;
  }
  if (const auto right = digest(user, users_.find(user)->second, password)) {
    const std::lock_guard lock(verified_mutex_);
    verified_.insert_or_assign(std::string(user), *right);
  }
  return true;
}

}  // namespace perfwatch
