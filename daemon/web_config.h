// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace perfwatch {

// Whether clients must show a certificate (client_auth_type).
enum class ClientAuth : std::uint8_t {
  none,             // NoClientCert
  verify_if_given,  // VerifyClientCertIfGiven
  require,          // RequireAndVerifyClientCert
};
enum class TlsVersion : std::uint8_t { tls12, tls13 };

// The file of --web.config.file, in the format of Prometheus' exporter-toolkit:
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
struct WebConfig {
  struct Tls {
    std::string cert_file;
    std::string key_file;
    std::string client_ca_file;  // empty without client authentication
    ClientAuth client_auth = ClientAuth::none;
    TlsVersion min_version = TlsVersion::tls12;
    TlsVersion max_version = TlsVersion::tls13;
    std::vector<std::string> ciphers;  // OpenSSL's names, TLS 1.2 only; empty: the default
    std::vector<std::string> groups;   // OpenSSL's names of curves; empty: the default
    bool prefer_server_ciphers = true;
  };
  std::optional<Tls> tls;
  std::vector<std::pair<std::string, std::string>> headers;  // for every response
  std::map<std::string, std::string, std::less<>> users;     // name -> bcrypt; empty: no password
  std::vector<std::string> notes;  // for the log: what was accepted but does nothing here
};

inline constexpr std::size_t kWebConfigLimit = std::size_t{256} << 10U;

// Reads the file's text; an error has a line per problem, "web.yml:3:5: tls_server_config: ...".
// File names stay as written. Hashes and what might be a password never get into a text.
[[nodiscard]] Result<WebConfig> parse_web_config(std::string_view text, std::string_view origin);

// The same for a file; file names in it are taken relative to its folder and must be readable.
[[nodiscard]] Result<WebConfig> load_web_config(const std::string& path);

// True when `user` exists and the password is his. Runs bcrypt, a tenth of a second or so, for
// unknown users too (as long as for known ones). No cache: see PasswordChecker.
[[nodiscard]] bool check_password(const WebConfig& config, std::string_view user,
                                  std::string_view password);

}  // namespace perfwatch
