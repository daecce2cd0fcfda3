// The client against a TLS server whose certificate authority is made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "base/log.h"
#include "http/client.h"
#include "unit/http/loopback.h"

namespace brygga::http {
namespace {

using ::testing::HasSubstr;
using testing::Loopback;
using testing::Peer;

template <auto free_function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using ServerContext = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;

struct Identity {
    Key key;
    Certificate certificate;
};

void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// names: "DNS:localhost,IP:127.0.0.1", or empty for an authority. Valid from now for `seconds`.
Identity make_identity(const char* name, const char* names, const Identity* issuer, long seconds = 3600) {
    static long serial = 1;
    Identity made{Key{EVP_EC_gen("P-256")}, Certificate{X509_new()}};
    X509* x = made.certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds);
    X509_set_pubkey(x, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509* signer = issuer ? issuer->certificate.get() : x;
    X509_set_issuer_name(x, X509_get_subject_name(signer));
    add_extension(x, signer, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (*names) add_extension(x, signer, NID_subject_alt_name, names);
    X509_sign(x, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
    return made;
}

ServerContext server_context(const Identity& identity, int newest = 0) {
    ServerContext context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_use_certificate(context.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
    if (newest) {
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.get(), newest);
        SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    }
    return context;
}

class Tls : public ::testing::Test {
protected:
    Tls() {
        std::FILE* file = std::fopen(ca_file_.c_str(), "w");
        PEM_write_X509(file, authority_.certificate.get());
        std::fclose(file);
    }
    ~Tls() override { std::remove(ca_file_.c_str()); }

    Expected<Response> ask(const Loopback& server, bool trusted = true, const std::string& host = "localhost",
                           int times = 1, const char* method = "GET") {
        ClientOptions options;
        options.allowed_hosts = {host};
        options.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
        options.repeats = 0;
        if (trusted) options.extra_ca_file = ca_file_;
        const auto client = std::move(*Client::create(options, {}, make_budget_book(clock_), clock_, log_));
        const std::string url = "https://" + host + ":" + std::to_string(server.port()) + "/x";
        Expected<Response> answer = Error{};
        for (int i = 0; i < times; ++i) answer = client->send({}, {.method = method, .url = url, .read = true});
        return answer;
    }

    ManualClock clock_;
    NullLog log_;
    const Identity authority_ = make_identity("Test authority", "", nullptr);
    const std::string ca_file_ = ::testing::TempDir() + "brygga_ca_" + std::to_string(::getpid()) + ".pem";
};

void greet(Peer& peer) {
    while (!peer.request().empty()) peer.answer(200, "hello");
}

TEST_F(Tls, ATrustedServerIsReachedAndKept) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server, true, "localhost", 5);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(server.connections(), 1) << "session tickets are no reason to give a connection up";
}

TEST_F(Tls, AnUnknownAuthorityIsRefused) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server, false);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
    EXPECT_EQ(answer.error().error_class, ErrorClass::misconfigured);
    EXPECT_THAT(answer.error().message, HasSubstr("issuer"));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Tls, AnotherNameIsRefused) {
    const Identity identity = make_identity("localhost", "DNS:other.example", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
    EXPECT_THAT(answer.error().message, HasSubstr("not for this host"));
}

TEST_F(Tls, AddressesInCertificatesCount) {
    const Identity identity = make_identity("server", "IP:127.0.0.1", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    EXPECT_TRUE(ask(server, true, "127.0.0.1"));
    EXPECT_FALSE(ask(server, true, "localhost"));
}

TEST_F(Tls, AnExpiredCertificateIsRefused) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_, -3600);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
    EXPECT_THAT(answer.error().message, HasSubstr("expired"));
}

TEST_F(Tls, OldVersionsAreRefused) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity, TLS1_1_VERSION);
    Loopback server{greet, context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.tls");
    EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
    EXPECT_FALSE(answer.error().outcome_unknown);
    const ServerContext newer = server_context(identity, TLS1_2_VERSION);
    Loopback good{greet, newer.get()};
    EXPECT_TRUE(ask(good));
}

TEST_F(Tls, AServerThatSpeaksNoTlsIsNoCertificateFault) {
    Loopback server{[](Peer& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.tls");
}

TEST_F(Tls, ACutAnswerIsNoticed) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{[](Peer& peer) {
                        peer.request();
                        peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of an ans");
                        peer.reset();
                    },
                    context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer) << "a body that ends with the connection needs the end of TLS";
    EXPECT_EQ(answer.error().code, "http.cut");
}

TEST_F(Tls, AMissingAuthorityFileIsSaid) {
    Loopback server{greet};
    std::remove(ca_file_.c_str());
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
}

}  // namespace
}  // namespace brygga::http
