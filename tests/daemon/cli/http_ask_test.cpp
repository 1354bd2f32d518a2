// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/http_ask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/temp_tree.h"

namespace perfwatch {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// A key and a certificate signed by it for `names` ("IP:127.0.0.1"), good for `seconds` from now.
struct Identity {
  explicit Identity(const char* names, long seconds = 3600) {
    X509* x = certificate.get();
    ::X509_set_version(x, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x), 1);
    ::X509_gmtime_adj(::X509_getm_notBefore(x), -7200);
    ::X509_gmtime_adj(::X509_getm_notAfter(x), seconds);
    ::X509_set_pubkey(x, key.get());
    X509_NAME* name = ::X509_get_subject_name(x);
    ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    ::X509_set_issuer_name(x, name);
    const Owned<X509_EXTENSION> extension(
        ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names),
        ::X509_EXTENSION_free);
    ::X509_add_ext(x, extension.get(), -1);
    ::X509_sign(x, key.get(), ::EVP_sha256());
  }
  [[nodiscard]] std::string pem() const {
    const Owned<BIO> out(::BIO_new(::BIO_s_mem()), ::BIO_free_all);
    ::PEM_write_bio_X509(out.get(), certificate.get());
    char* data = nullptr;
    const long size = ::BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  Owned<EVP_PKEY> key{::EVP_EC_gen("P-256"), ::EVP_PKEY_free};
  Owned<X509> certificate{::X509_new(), ::X509_free};
};

// Answers one connection over TLS, if the client trusts it.
class TlsAnswer {
 public:
  explicit TlsAnswer(const Identity& identity) {
    ::SSL_CTX_use_certificate(tls_.native_handle(), identity.certificate.get());
    ::SSL_CTX_use_PrivateKey(tls_.native_handle(), identity.key.get());
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsAnswer() { thread_.join(); }
  TlsAnswer(const TlsAnswer&) = delete;
  TlsAnswer& operator=(const TlsAnswer&) = delete;

  [[nodiscard]] Address address() const {
    return parse_address("https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()))
        .value();
  }

 private:
  void serve() {
    boost::system::error_code error;
    asio::ssl::stream<tcp::socket> stream(context_, tls_);
    acceptor_.accept(stream.lowest_layer(), error);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    std::string request;
    asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", error);
    asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
                error);
  }

  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::thread thread_;
};

std::string error_of(const Identity& identity, const std::string& ca_pem) {
  const test::TempTree tree{{"ca.pem", ca_pem}};
  TlsAnswer server(identity);
  Address address = server.address();
  if (!ca_pem.empty()) address.ca_file = tree.path() + "/ca.pem";
  const auto response = Client(address).get("/");
  return response ? "" : response.error().text;
}

TEST(HttpGet, TrustsADaemonByTheAuthorityThatItIsGiven) {
  const Identity identity("IP:127.0.0.1");
  const test::TempTree tree{{"ca.pem", identity.pem()}};
  TlsAnswer server(identity);
  Address address = server.address();
  address.ca_file = tree.path() + "/ca.pem";
  const auto response = Client(address).get("/");
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "ok");
}

TEST(HttpGet, DoesNotTalkToADaemonThatNobodyVouchesFor) {
  const Identity identity("IP:127.0.0.1");
  EXPECT_THAT(error_of(identity, ""),
              EndsWith(": its certificate is not trusted: self-signed certificate; --ca FILE names "
                       "its authority"));
  EXPECT_THAT(error_of(identity, Identity("IP:127.0.0.1").pem()), HasSubstr("is not trusted"));
}

TEST(HttpGet, DoesNotTalkToAnotherHostThanItAskedFor) {
  const Identity other("DNS:elsewhere.example");
  EXPECT_THAT(error_of(other, other.pem()),
              EndsWith("its certificate is not trusted: IP address mismatch"));
}

TEST(HttpGet, SaysThatACertificateIsTooOld) {
  const Identity old("IP:127.0.0.1", -3600);
  EXPECT_THAT(error_of(old, old.pem()), EndsWith("not trusted: certificate has expired"));
}

TEST(HttpGet, SaysWhichAuthorityCannotBeRead) {
  asio::io_context context;
  const tcp::acceptor silent(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  Address address =
      parse_address("https://127.0.0.1:" + std::to_string(silent.local_endpoint().port())).value();
  address.ca_file = "/nonexistent/ca.pem";
  EXPECT_THAT(Client(address).get("/").error().text,
              HasSubstr("reading --ca /nonexistent/ca.pem: No such file or directory"));
}

}  // namespace
}  // namespace perfwatch
