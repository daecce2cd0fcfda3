// Identity: keys and certificates of tests, made when they are needed, and TLS servers that show them.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

namespace brygga::testing {

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

inline void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// names: "DNS:localhost,IP:127.0.0.1", or empty for an authority. Valid from now for `seconds`.
inline Identity make_identity(const char* name, const char* names, const Identity* issuer, long seconds = 3600) {
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

template <class Write>
std::string pem_text(Write write) {
    BIO* out = BIO_new(BIO_s_mem());
    write(out);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string made{text, static_cast<std::size_t>(size)};
    BIO_free(out);
    return made;
}
inline std::string certificate_text(const Identity& identity) {
    return pem_text([&](BIO* out) { PEM_write_bio_X509(out, identity.certificate.get()); });
}
/// passphrase: four letters, or null.
inline std::string key_text(const Identity& identity, const char* passphrase = nullptr) {
    return pem_text([&](BIO* out) {
        PEM_write_bio_PrivateKey(out, identity.key.get(), passphrase ? EVP_aes_128_cbc() : nullptr,
                                 reinterpret_cast<const unsigned char*>(passphrase), passphrase ? 4 : 0, nullptr,
                                 nullptr);
    });
}

inline ServerContext server_context(const Identity& identity, int newest = 0) {
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

inline void write_certificate(const Identity& identity, const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, identity.certificate.get());
    std::fclose(file);
}

}  // namespace brygga::testing
