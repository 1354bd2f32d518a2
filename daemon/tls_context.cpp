// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls_context.h"

#include <openssl/ssl.h>

#include <string>

#include "daemon/asio.h"

namespace perfwatch {
namespace {

using boost::system::error_code;

int protocol(TlsVersion version) {
  return version == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all.append(all.empty() ? "" : ":").append(name);
  return all;
}

Error wrong(std::string_view key, const std::string& value, const error_code& error) {
  return {ErrorKind::malformed,
          "tls_server_config." + std::string(key) + ": " + value + ": " + error.message()};
}

Result<void> load_files(asio::ssl::context& context, const WebConfig::Tls& tls) {
  error_code error;
  context.use_certificate_chain_file(tls.cert_file, error);
  if (error) return tl::unexpected(wrong("cert_file", tls.cert_file, error));
  context.use_private_key_file(tls.key_file, asio::ssl::context::pem, error);
  if (error) return tl::unexpected(wrong("key_file", tls.key_file, error));
  if (tls.client_auth == ClientAuth::none) return {};
  context.load_verify_file(tls.client_ca_file, error);
  if (error) return tl::unexpected(wrong("client_ca_file", tls.client_ca_file, error));
  auto mode = asio::ssl::verify_peer;
  if (tls.client_auth == ClientAuth::require) mode |= asio::ssl::verify_fail_if_no_peer_cert;
  context.set_verify_mode(mode, error);
  if (error) return tl::unexpected(wrong("client_auth_type", "", error));
  return {};
}

}  // namespace

Result<std::shared_ptr<asio::ssl::context>> make_tls_context(const WebConfig::Tls& tls) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  ::SSL_CTX_set_min_proto_version(native, protocol(tls.min_version));
  ::SSL_CTX_set_max_proto_version(native, protocol(tls.max_version));
  ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (tls.prefer_server_ciphers) ::SSL_CTX_set_options(native, SSL_OP_CIPHER_SERVER_PREFERENCE);
  // OpenSSL requires an id for sessions of clients with certificates.
  constexpr unsigned char kSession[] = "perfwatch";
  ::SSL_CTX_set_session_id_context(native, kSession, sizeof kSession - 1);
  if (!tls.ciphers.empty() && ::SSL_CTX_set_cipher_list(native, joined(tls.ciphers).c_str()) != 1) {
    return fail(ErrorKind::malformed, "tls_server_config.cipher_suites: none of them can be used");
  }
  if (!tls.groups.empty() && ::SSL_CTX_set1_groups_list(native, joined(tls.groups).c_str()) != 1) {
    return fail(ErrorKind::malformed,
                "tls_server_config.curve_preferences: one of them cannot be used");
  }
  if (auto loaded = load_files(*context, tls); !loaded) return tl::unexpected(loaded.error());
  return context;
}

}  // namespace perfwatch
