#include "control/tls.h"

#include <Poco/Exception.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace brygga::control {

namespace {

template <auto free_function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Error wrong(std::string code, std::string message, std::string remedy) {
    ERR_clear_error();
    return {ErrorClass::misconfigured, std::move(code), std::move(message), std::move(remedy)};
}
Error wrong_certificate(std::string message) {
    return wrong("tls.certificate", std::move(message),
                 "Give the chain in PEM, the server's own certificate first, as fullchain.pem of certbot has it.");
}
Error wrong_key(std::string message) {
    return wrong("tls.key", std::move(message),
                 "Give the private key of this certificate in PEM, without a passphrase.");
}

/// A service has nobody to ask.
int no_passphrase(char*, int, int, void*) { return 0; }

Bio reader(std::string_view text) { return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

std::vector<Certificate> certificates(const std::string& chain) {
    std::vector<Certificate> out;
    const Bio in = reader(chain);
    while (Certificate one{PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)}) out.push_back(std::move(one));
    ERR_clear_error();  // the end is told as an error
    return out;
}

std::optional<Instant> end_of(const X509* certificate) {
    std::tm broken{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &broken) != 1) return std::nullopt;
    return Instant{std::chrono::seconds{::timegm(&broken)}};
}

}  // namespace

Expected<ServerIdentity> server_identity(const std::string& chain, const Secret& key) {
    auto shown = certificates(chain);
    if (shown.empty()) return wrong_certificate("The file of the certificate holds none.");
    const auto expires = end_of(shown.front().get());
    if (!expires) return wrong_certificate("The certificate's end cannot be read.");
    const Bio in = reader(key.reveal());
    const Key own{PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr)};
    if (!own) return wrong_key("The file of the key holds no private key that can be read.");
    if (X509_check_private_key(shown.front().get(), own.get()) != 1)
        return wrong_key("The key does not belong to the certificate.");
    try {
        Poco::Net::Context::Params params;
        params.verificationMode = Poco::Net::Context::VERIFY_NONE;
        params.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2; those of 1.3 are all right
        Tls tls = new Poco::Net::Context{Poco::Net::Context::TLS_SERVER_USE, params};
        SSL_CTX* raw = tls->sslContext();
        SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
        SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION);
        if (SSL_CTX_use_certificate(raw, shown.front().get()) != 1)
            return wrong_certificate("The certificate is too weak or of a kind that cannot be used.");
        for (std::size_t i = 1; i < shown.size(); ++i)
            if (SSL_CTX_add1_chain_cert(raw, shown[i].get()) != 1)
                return wrong_certificate("A certificate of the chain cannot be used.");
        if (SSL_CTX_use_PrivateKey(raw, own.get()) != 1) return wrong_key("The key cannot be used.");
        return ServerIdentity{std::move(tls), *expires};
    } catch (const Poco::Exception& e) {
        return wrong("tls.certificate", "TLS cannot be set up: " + e.displayText() + ".", "");
    }
}

}  // namespace brygga::control
