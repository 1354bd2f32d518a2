// SPDX-License-Identifier: Apache-2.0
#include "daemon/web_config.h"

#include <fcntl.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <set>
#include <span>

#include "core/base/file_reader.h"
#include "daemon/config_place.h"
#include "daemon/web_password.h"

namespace perfwatch {
namespace {

constexpr int kHighestCost = 18;  // a second or more for one check; 31 would take days

// A place in the file: "web.yml:3:5: tls_server_config.cert_file: ".
class Spot {
 public:
  Spot(Problems& problems, std::string_view origin) : problems_(&problems), origin_(origin) {}

  [[nodiscard]] Spot child(std::string_view key) const {
    Spot out = *this;
    if (!out.path_.empty()) out.path_ += '.';
    const std::string name = quote(key);
    out.path_ += name.substr(1, name.size() - 2);
    return out;
  }
  void problem(const YAML::Node& node, std::string_view what) const {
    Place at(*problems_, origin_);
    std::string text = path_;
    if (!text.empty()) text += ": ";
    text += what;
    const YAML::Mark mark = node.Mark();
    if (mark.is_null()) {
      at.problem(text);
    } else {
      at.problem_at(static_cast<std::size_t>(mark.line) + 1,
                    static_cast<std::size_t>(mark.column) + 1, text);
    }
  }

 private:
  Problems* problems_;
  std::string origin_;
  std::string path_;
};

std::string_view kind_of(const YAML::Node& node) {
  if (node.IsScalar()) return "a text";
  if (node.IsSequence()) return "a list";
  return node.IsMap() ? "a map" : "nothing";
}

// One key of one section.
template <class T>
struct WebKey {
  std::string_view name;
  void (*read)(const YAML::Node&, const Spot&, T&);
};

// Calls `each(name, value, spot)` for every entry of a map; names are unique and scalar.
template <class Each>
void for_each_entry(const YAML::Node& node, const Spot& at, Each each) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) {
    at.problem(node, "expected a map (key: value), got " + std::string(kind_of(node)));
    return;
  }
  std::set<std::string, std::less<>> seen;
  for (const auto& entry : node) {
    const YAML::Node& key = entry.first;
    const YAML::Node& value = entry.second;
    if (!key.IsScalar()) {
      at.problem(key, "a key must be a text");
    } else if (!seen.insert(key.Scalar()).second) {
      at.child(key.Scalar()).problem(key, "this key is given twice");
    } else {
      each(key, value, at.child(key.Scalar()));
    }
  }
}

template <class T>
void read_section(const YAML::Node& node, const Spot& at, std::span<const WebKey<T>> keys,
                  T& target) {
  for_each_entry(node, at, [&](const YAML::Node& key, const YAML::Node& value, const Spot& spot) {
    const auto known = std::find_if(keys.begin(), keys.end(),
                                    [&](const auto& k) { return k.name == key.Scalar(); });
    if (known != keys.end()) {
      known->read(value, spot, target);
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& k : keys) names.push_back(k.name);
    spot.problem(key, "unknown key" + suggestion(key.Scalar(), names));
  });
}

std::optional<std::string> read_scalar(const YAML::Node& node, const Spot& at) {
  if (node.IsScalar()) return node.Scalar();
  at.problem(node, "expected a text, got " + std::string(kind_of(node)));
  return std::nullopt;
}

std::optional<bool> read_bool(const YAML::Node& node, const Spot& at) {
  const auto text = read_scalar(node, at);
  if (!text) return std::nullopt;
  if (*text == "true" || *text == "false") return *text == "true";
  at.problem(node, quote(*text) + " is not true or false");
  return std::nullopt;
}

// The value that stands beside the text in `choices`.
template <class T>
struct Choice {
  std::string_view text;
  T value;
};
template <class T>
std::optional<T> read_choice(const YAML::Node& node, const Spot& at,
                             std::span<const Choice<T>> choices) {
  const auto text = read_scalar(node, at);
  if (!text) return std::nullopt;
  std::vector<std::string_view> names;
  for (const auto& choice : choices) {
    if (choice.text == *text) return choice.value;
    names.push_back(choice.text);
  }
  at.problem(node, quote(*text) + " is unknown" + suggestion(*text, names));
  return std::nullopt;
}

using Names = std::vector<std::string>;
Names read_names(const YAML::Node& node, const Spot& at,
                 std::span<const Choice<std::string_view>> choices) {
  Names out;
  if (node.IsNull()) return out;
  if (!node.IsSequence()) {
    at.problem(node, "expected a list, got " + std::string(kind_of(node)));
    return out;
  }
  for (const auto& element : node) {
    const auto name = read_choice(element, at, choices);
    if (name && !name->empty()) out.emplace_back(*name);
  }
  return out;
}

using Tls = WebConfig::Tls;

template <std::string Tls::*member>
void read_file_name(const YAML::Node& node, const Spot& at, Tls& tls) {
  if (auto text = read_scalar(node, at)) tls.*member = std::move(*text);
}

void read_client_auth(const YAML::Node& node, const Spot& at, Tls& tls) {
  static constexpr Choice<ClientAuth> kChoices[] = {
      {"", ClientAuth::none},
      {"NoClientCert", ClientAuth::none},
      {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
      {"RequireAndVerifyClientCert", ClientAuth::require}};
  if (node.IsScalar() &&
      (node.Scalar() == "RequestClientCert" || node.Scalar() == "RequireAnyClientCert" ||
       node.Scalar() == "RequireClientCert")) {
    at.problem(node, quote(node.Scalar()) +
                         " takes any certificate unchecked, which protects nothing; use "
                         "RequireAndVerifyClientCert");
    return;
  }
  if (const auto value = read_choice<ClientAuth>(node, at, kChoices)) tls.client_auth = *value;
}

template <TlsVersion Tls::*member>
void read_version(const YAML::Node& node, const Spot& at, Tls& tls) {
  static constexpr Choice<TlsVersion> kChoices[] = {{"TLS12", TlsVersion::tls12},
                                                    {"TLS13", TlsVersion::tls13}};
  if (node.IsScalar() && (node.Scalar() == "TLS10" || node.Scalar() == "TLS11")) {
    at.problem(node, quote(node.Scalar()) + " is broken and not served (allowed: TLS12, TLS13)");
    return;
  }
  if (const auto value = read_choice<TlsVersion>(node, at, kChoices)) tls.*member = *value;
}

void read_ciphers(const YAML::Node& node, const Spot& at, Tls& tls) {
  // Go's names and OpenSSL's. Those of TLS 1.3 cannot be chosen in either; they are always on.
  static constexpr Choice<std::string_view> kChoices[] = {
      {"TLS_AES_128_GCM_SHA256", ""},
      {"TLS_AES_256_GCM_SHA384", ""},
      {"TLS_CHACHA20_POLY1305_SHA256", ""},
      {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
      {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
      {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
      {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
      {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
      {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
      {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
      {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
      {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
      {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}};
  tls.ciphers = read_names(node, at, kChoices);
}

void read_curves(const YAML::Node& node, const Spot& at, Tls& tls) {
  static constexpr Choice<std::string_view> kChoices[] = {
      {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}};
  tls.groups = read_names(node, at, kChoices);
}

void read_preference(const YAML::Node& node, const Spot& at, Tls& tls) {
  if (const auto value = read_bool(node, at)) tls.prefer_server_ciphers = *value;
}

void refuse_inline(const YAML::Node& node, const Spot& at, Tls& /*tls*/) {
  at.problem(node,
             "certificates and keys in this file are not supported; put them into a file of "
             "their own and name it (cert_file, key_file, client_ca_file)");
}

void refuse_sans(const YAML::Node& node, const Spot& at, Tls& /*tls*/) {
  at.problem(node, "not supported: every certificate that client_ca_file signed is let in");
}

constexpr WebKey<Tls> kTlsKeys[] = {{"cert_file", read_file_name<&Tls::cert_file>},
                                    {"key_file", read_file_name<&Tls::key_file>},
                                    {"client_auth_type", read_client_auth},
                                    {"client_ca_file", read_file_name<&Tls::client_ca_file>},
                                    {"min_version", read_version<&Tls::min_version>},
                                    {"max_version", read_version<&Tls::max_version>},
                                    {"cipher_suites", read_ciphers},
                                    {"curve_preferences", read_curves},
                                    {"prefer_server_cipher_suites", read_preference},
                                    {"cert", refuse_inline},
                                    {"key", refuse_inline},
                                    {"client_ca", refuse_inline},
                                    {"client_allowed_sans", refuse_sans}};

void read_tls(const YAML::Node& node, const Spot& at, WebConfig& config) {
  Tls tls;
  read_section<Tls>(node, at, kTlsKeys, tls);
  if (!node.IsMap() || node.size() == 0) return;  // a section without content is no TLS
  config.tls = std::move(tls);
}

// Checked when all keys are known.
void check_tls(const YAML::Node& node, const Spot& at, const Tls& tls) {
  const auto given = [&](const char* key) { return static_cast<bool>(node[key]); };
  if (tls.cert_file.empty() && !given("cert")) at.problem(node, "\"cert_file\" is missing");
  if (tls.key_file.empty() && !given("key")) at.problem(node, "\"key_file\" is missing");
  if (tls.client_auth != ClientAuth::none && tls.client_ca_file.empty() && !given("client_ca")) {
    at.problem(node,
               "client_auth_type needs \"client_ca_file\", the authority that signed the "
               "clients' certificates");
  }
  if (tls.client_auth == ClientAuth::none && !tls.client_ca_file.empty()) {
    at.problem(node,
               "client_ca_file does nothing without \"client_auth_type: "
               "RequireAndVerifyClientCert\"");
  }
  if (tls.max_version < tls.min_version) {
    at.problem(node, "max_version is older than min_version");
  }
}

void read_http2(const YAML::Node& node, const Spot& at, WebConfig& config) {
  const auto wanted = read_bool(node, at);
  if (wanted && *wanted) {
    config.notes.emplace_back("http_server_config.http2: perfwatch serves HTTP/1.1 only, ignoring");
  }
}

void read_headers(const YAML::Node& node, const Spot& at, WebConfig& config) {
  static constexpr std::string_view kAllowed[] = {"Strict-Transport-Security",
                                                  "X-Content-Type-Options", "X-Frame-Options",
                                                  "X-XSS-Protection", "Content-Security-Policy"};
  for_each_entry(node, at, [&](const YAML::Node& key, const YAML::Node& value, const Spot& spot) {
    const std::string& name = key.Scalar();
    if (std::find(std::begin(kAllowed), std::end(kAllowed), name) == std::end(kAllowed)) {
      spot.problem(key, "this header cannot be set" +
                            suggestion(name, {std::begin(kAllowed), std::end(kAllowed)}));
      return;
    }
    const auto text = read_scalar(value, spot);
    if (!text || text->empty()) return;  // blank: not set
    const auto printable = [](char c) { return c >= ' ' && c < '\x7F'; };
    if (!std::all_of(text->begin(), text->end(), printable) || text->size() > 4096) {
      spot.problem(value, "a header is at most 4096 printable ASCII characters");
    } else if (name == "X-Content-Type-Options" && *text != "nosniff") {
      spot.problem(value, quote(*text) + " is not allowed (allowed: nosniff)");
    } else if (name == "X-Frame-Options" && *text != "deny" && *text != "sameorigin") {
      spot.problem(value, quote(*text) + " is not allowed (allowed: deny, sameorigin)");
    } else {
      config.headers.emplace_back(name, *text);
    }
  });
}

void read_http(const YAML::Node& node, const Spot& at, WebConfig& config) {
  static constexpr WebKey<WebConfig> kKeys[] = {{"http2", read_http2}, {"headers", read_headers}};
  read_section<WebConfig>(node, at, kKeys, config);
}

void read_users(const YAML::Node& node, const Spot& at, WebConfig& config) {
  for_each_entry(node, at, [&](const YAML::Node& key, const YAML::Node& value, const Spot& spot) {
    const std::string& name = key.Scalar();
    if (name.empty() || name.find(':') != std::string::npos) {
      spot.problem(key, "a user name is not empty and has no \":\" (basic auth cannot send it)");
      return;
    }
    const auto hash = read_scalar(value, spot);
    if (!hash) return;
    if (!is_bcrypt_hash(*hash)) {  // may be a plain password: not repeated
      spot.problem(value,
                   "not a bcrypt hash (make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n')");
    } else if (bcrypt_cost(*hash) > kHighestCost) {
      spot.problem(value, "the hash's cost is " + std::to_string(bcrypt_cost(*hash)) +
                              ", too slow to check; at most " + std::to_string(kHighestCost) +
                              " is allowed");
    } else {
      config.users.emplace(name, *hash);
    }
  });
}

void refuse_rate_limit(const YAML::Node& node, const Spot& at, WebConfig& /*config*/) {
  at.problem(node,
             "not supported; web.max_connections and web.max_requests_in_flight of the "
             "configuration bound the load");
}

constexpr WebKey<WebConfig> kWebKeys[] = {{"tls_server_config", read_tls},
                                          {"http_server_config", read_http},
                                          {"basic_auth_users", read_users},
                                          {"rate_limit", refuse_rate_limit}};

WebConfig read_root(const YAML::Node& root, Problems& problems, std::string_view origin) {
  WebConfig config;
  const Spot at(problems, origin);
  const std::size_t before = problems.count();
  read_section<WebConfig>(root, at, kWebKeys, config);
  if (config.tls && problems.count() == before) {
    check_tls(root["tls_server_config"], at.child("tls_server_config"), *config.tls);
  }
  return config;
}

}  // namespace

Result<WebConfig> parse_web_config(std::string_view text, std::string_view origin) {
  Problems problems;
  const Place at(problems, origin);
  try {
    if (text.size() > kWebConfigLimit) {
      return fail(ErrorKind::malformed, std::string(origin) + ": larger than " +
                                            std::to_string(kWebConfigLimit) + " bytes");
    }
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) at.problem("has more than one YAML document (---)");
    WebConfig config;
    if (!documents.empty()) config = read_root(documents.front(), problems, origin);
    if (problems.count() == 0) return config;
  } catch (const YAML::Exception& error) {
    at.problem_at(static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1,
                  static_cast<std::size_t>(std::max(error.mark.column, 0)) + 1,
                  "not YAML: " + error.msg);
  } catch (const std::exception& error) {
    at.problem(std::string("cannot be read as YAML: ") + error.what());
  }
  return fail(ErrorKind::malformed, problems.text());
}

Result<WebConfig> load_web_config(const std::string& path) {
  FileReader reader(kWebConfigLimit);
  const auto text = reader.read(path.c_str());
  if (!text) return tl::unexpected(text.error());
  auto config = parse_web_config(*text, path);
  if (!config || !config->tls) return config;
  Problems problems;
  ErrorKind kind = ErrorKind::io;
  const auto folder = std::filesystem::path(path).parent_path();
  const auto check = [&](std::string_view key, std::string& file) {
    if (file.empty()) return;
    file = (folder / file).string();  // an absolute one stays as it is
    if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0) return;
    const Error error = error_from_errno(errno);
    kind = error.kind;
    Place(problems, path)
        .problem("tls_server_config." + std::string(key) + ": reading " + file + ": " + error.text);
  };
  check("cert_file", config->tls->cert_file);
  check("key_file", config->tls->key_file);
  check("client_ca_file", config->tls->client_ca_file);
  if (problems.count() > 0) return fail(kind, problems.text());
  return config;
}

}  // namespace perfwatch
