// SPDX-License-Identifier: Apache-2.0
#include "daemon/base64.h"

#include <openssl/evp.h>

#include <vector>

namespace perfwatch {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::vector<unsigned char> out(4 * ((bytes.size() + 2) / 3) + 1);
  const int size = ::EVP_EncodeBlock(out.data(), bytes_of(bytes), static_cast<int>(bytes.size()));
  return {out.begin(), out.begin() + size};
}

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<unsigned char> out(text.size() / 4 * 3 + 1);
  const int size = ::EVP_DecodeBlock(out.data(), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  std::string bytes(out.begin(), out.begin() + size);
  for (int i = 0; i < 2 && text.ends_with('='); ++i) {  // EVP_DecodeBlock counts padding as bytes
    text.remove_suffix(1);
    bytes.pop_back();
  }
  return bytes;
}

}  // namespace perfwatch
