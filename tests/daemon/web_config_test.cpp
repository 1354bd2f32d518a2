// SPDX-License-Identifier: Apache-2.0
#include "daemon/web_config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

// "secret", cost 4.
constexpr std::string_view kHash = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

std::string problems_of(std::string_view text) {
  const auto config = parse_web_config(text, "web.yml");
  return config ? "accepted" : config.error().text;
}

TEST(ParseWebConfig, ReadsEverything) {
  const auto config = parse_web_config(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /etc/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    X-XSS-Protection: ""
basic_auth_users:
  alice: )" + std::string(kHash) + "\n",
                                       "web.yml");
  ASSERT_TRUE(config) << config.error().text;
  ASSERT_TRUE(config->tls);
  EXPECT_EQ(config->tls->cert_file, "server.crt");
  EXPECT_EQ(config->tls->key_file, "/etc/server.key");
  EXPECT_EQ(config->tls->client_ca_file, "ca.crt");
  EXPECT_EQ(config->tls->client_auth, ClientAuth::require);
  EXPECT_EQ(config->tls->min_version, TlsVersion::tls13);
  EXPECT_EQ(config->tls->max_version, TlsVersion::tls13);
  EXPECT_EQ(config->tls->ciphers, std::vector<std::string>{"ECDHE-RSA-AES128-GCM-SHA256"});
  EXPECT_EQ(config->tls->groups, (std::vector<std::string>{"X25519", "P-256"}));
  EXPECT_FALSE(config->tls->prefer_server_ciphers);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(config->headers, (Headers{{"X-Frame-Options", "deny"}})) << "a blank one is not set";
  ASSERT_EQ(config->users.size(), 1U);
  EXPECT_EQ(config->users.at("alice"), kHash);
  EXPECT_EQ(config->notes,
            std::vector<std::string>{
                "http_server_config.http2: perfwatch serves HTTP/1.1 only, ignoring"});
}

TEST(ParseWebConfig, TakesAnEmptyFileAsPlainHttp) {
  for (const char* text : {"", "# nothing\n", "tls_server_config: {}\n", "basic_auth_users:\n"}) {
    const auto config = parse_web_config(text, "web.yml");
    ASSERT_TRUE(config) << text << config.error().text;
    EXPECT_FALSE(config->tls) << text;
    EXPECT_TRUE(config->users.empty()) << text;
  }
}

TEST(ParseWebConfig, SuggestsTheNearestKeyWithLineAndColumn) {
  EXPECT_EQ(problems_of("tls_server_config:\n  cert_fiel: a\n  key_file: b\n"),
            "web.yml:2:3: tls_server_config.cert_fiel: unknown key, did you mean \"cert_file\"?");
  EXPECT_EQ(problems_of("basic_auth_user: {}\n"),
            "web.yml:1:1: basic_auth_user: unknown key, did you mean \"basic_auth_users\"?");
}

TEST(ParseWebConfig, RefusesWrongTypesAndRepeatedKeys) {
  EXPECT_EQ(problems_of("tls_server_config: x\n"),
            "web.yml:1:20: tls_server_config: expected a map (key: value), got a text");
  EXPECT_EQ(problems_of("tls_server_config:\n  cert_file: [a]\n"),
            "web.yml:2:14: tls_server_config.cert_file: expected a text, got a list");
  EXPECT_EQ(problems_of("http_server_config:\n  http2: maybe\n"),
            "web.yml:2:10: http_server_config.http2: \"maybe\" is not true or false");
  EXPECT_EQ(problems_of("basic_auth_users:\n  a: " + std::string(kHash) +
                        "\n  a: " + std::string(kHash) + "\n"),
            "web.yml:3:3: basic_auth_users.a: this key is given twice");
  EXPECT_EQ(problems_of("- a\n"), "web.yml:1:1: expected a map (key: value), got a list");
  EXPECT_EQ(problems_of("{}\n---\n{}\n"), "web.yml: has more than one YAML document (---)");
}

TEST(ParseWebConfig, RefusesWhatIsNotYaml) {
  EXPECT_EQ(problems_of("tls_server_config: [\n").substr(0, 8), "web.yml:");
  EXPECT_NE(problems_of("a: b: c\n").find("not YAML: "), std::string::npos);
  EXPECT_NE(problems_of(std::string(5000, '[')), "accepted");
  EXPECT_EQ(problems_of(std::string(kWebConfigLimit + 1, ' ')),
            "web.yml: larger than 262144 bytes");
}

TEST(ParseWebConfig, NeedsACompleteTlsSection) {
  EXPECT_EQ(problems_of("tls_server_config:\n  cert_file: a\n"),
            "web.yml:2:3: tls_server_config: \"key_file\" is missing");
  EXPECT_EQ(problems_of("tls_server_config:\n  key_file: a\n"),
            "web.yml:2:3: tls_server_config: \"cert_file\" is missing");
  const std::string pair = "tls_server_config:\n  cert_file: a\n  key_file: b\n";
  EXPECT_EQ(problems_of(pair + "  client_auth_type: RequireAndVerifyClientCert\n"),
            "web.yml:2:3: tls_server_config: client_auth_type needs \"client_ca_file\", the "
            "authority that signed the clients' certificates");
  EXPECT_EQ(problems_of(pair + "  client_ca_file: c\n"),
            "web.yml:2:3: tls_server_config: client_ca_file does nothing without "
            "\"client_auth_type: RequireAndVerifyClientCert\"");
  EXPECT_EQ(problems_of(pair + "  min_version: TLS13\n  max_version: TLS12\n"),
            "web.yml:2:3: tls_server_config: max_version is older than min_version");
}

TEST(ParseWebConfig, RefusesWhatProtectsNothing) {
  const std::string tls = "tls_server_config:\n  ";
  EXPECT_EQ(problems_of(tls + "client_auth_type: RequireAnyClientCert\n"),
            "web.yml:2:21: tls_server_config.client_auth_type: \"RequireAnyClientCert\" takes any "
            "certificate unchecked, which protects nothing; use RequireAndVerifyClientCert");
  EXPECT_EQ(problems_of(tls + "client_auth_type: RequireAndVerifyClientCerts\n"),
            "web.yml:2:21: tls_server_config.client_auth_type: \"RequireAndVerifyClientCerts\" is "
            "unknown, did you mean \"RequireAndVerifyClientCert\"?");
  EXPECT_EQ(problems_of(tls + "min_version: TLS10\n"),
            "web.yml:2:16: tls_server_config.min_version: \"TLS10\" is broken and not served "
            "(allowed: TLS12, TLS13)");
  EXPECT_EQ(problems_of(tls + "client_allowed_sans: [a]\n"),
            "web.yml:2:24: tls_server_config.client_allowed_sans: not supported: every certificate "
            "that client_ca_file signed is let in");
  EXPECT_EQ(problems_of(tls + "cert: x\n"),
            "web.yml:2:9: tls_server_config.cert: certificates and keys in this file are not "
            "supported; put them into a file of their own and name it (cert_file, key_file, "
            "client_ca_file)");
}

TEST(ParseWebConfig, ChecksHeaders) {
  const std::string headers = "http_server_config:\n  headers:\n    ";
  EXPECT_EQ(problems_of(headers + "X-Frame-Option: deny\n"),
            "web.yml:3:5: http_server_config.headers.X-Frame-Option: this header cannot be set, "
            "did you mean \"X-Frame-Options\"?");
  EXPECT_EQ(problems_of(headers + "X-Frame-Options: allow\n"),
            "web.yml:3:22: http_server_config.headers.X-Frame-Options: \"allow\" is not allowed "
            "(allowed: deny, sameorigin)");
  EXPECT_EQ(problems_of(headers + "Content-Security-Policy: \"a\\r\\nSet-Cookie: b\"\n"),
            "web.yml:3:30: http_server_config.headers.Content-Security-Policy: a header is at most "
            "4096 printable ASCII characters");
}

TEST(ParseWebConfig, NeverRepeatsWhatMightBeAPassword) {
  EXPECT_EQ(problems_of("basic_auth_users:\n  alice: hunter2\n"),
            "web.yml:2:10: basic_auth_users.alice: not a bcrypt hash (make one with: htpasswd "
            "-nBC 10 \"\" | tr -d ':\\n')");
  EXPECT_EQ(problems_of("basic_auth_users:\n  alice: $2y$31$" + std::string(53, 'a') + "\n"),
            "web.yml:2:10: basic_auth_users.alice: the hash's cost is 31, too slow to check; at "
            "most 18 is allowed");
  EXPECT_EQ(problems_of("basic_auth_users:\n  \"a:b\": x\n"),
            "web.yml:2:3: basic_auth_users.a:b: a user name is not empty and has no \":\" (basic "
            "auth cannot send it)");
}

TEST(LoadWebConfig, TakesFileNamesRelativeToItself) {
  const test::TempTree tree{
      {"web.yml", "tls_server_config:\n  cert_file: tls/a.crt\n  key_file: tls/a.key\n"},
      {"tls/a.crt", ""},
      {"tls/a.key", ""}};
  const auto config = load_web_config(tree.path() + "/web.yml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->tls->cert_file, tree.path() + "/tls/a.crt");
  EXPECT_EQ(config->tls->key_file, tree.path() + "/tls/a.key");
}

TEST(LoadWebConfig, NamesEveryFileThatIsMissing) {
  const test::TempTree tree{
      {"web.yml", "tls_server_config:\n  cert_file: a.crt\n  key_file: /none/a.key\n"}};
  const std::string path = tree.path() + "/web.yml";
  const auto config = load_web_config(path);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().text,
            path + ": tls_server_config.cert_file: reading " + tree.path() +
                "/a.crt: No such file or directory\n" + path +
                ": tls_server_config.key_file: reading /none/a.key: No such file or directory");
  EXPECT_FALSE(load_web_config("/none/web.yml"));
}

// promtool reads the same format by the toolkit's own code.
TEST(WebConfig, AgreesWithPromtool) {
  if (::system("promtool --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "promtool is not installed (package prometheus)";
  }
  const std::string user = "basic_auth_users:\n  alice: " + std::string(kHash) + "\n";
  const std::pair<std::string, bool> files[] = {
      {user, true},
      {"http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n" + user, true},
      {"tls_server_config:\n  min_version: TLS12\n  cert_file: a\n", false},
      {"basic_auth_users:\n  alice: hunter2\n", false},
      {"http_server_config:\n  headers:\n    X-Other: a\n", false},
      {"unknown: 1\n", false}};
  for (const auto& [text, good] : files) {
    const test::TempTree tree{{"web.yml", text}};
    const std::string path = tree.path() + "/web.yml";
    const std::string command = "promtool check web-config " + path + " >/dev/null 2>&1";
    EXPECT_EQ(::system(command.c_str()) == 0, good) << text;
    EXPECT_EQ(load_web_config(path).has_value(), good) << text;
  }
}

}  // namespace
}  // namespace perfwatch
