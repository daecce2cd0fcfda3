#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace brygga::crypto {

namespace {

constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 16;

const EVP_MD* algorithm(Hash hash) { return hash == Hash::sha256 ? EVP_sha256() : EVP_sha512(); }

// Finding an algorithm and making a context cost more than a short message, so both are made once: the algorithm for
// the process, the context for the thread. Every use sets key and nonce anew.
struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

const EVP_CIPHER* aes() {
    static const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return cipher;
}

EVP_CIPHER_CTX* cipher_context() {
    thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context{EVP_CIPHER_CTX_new()};
    return context.get();
}

EVP_MAC_CTX* mac_context(Hash hash) {
    static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    const auto made = [](const char* digest) {
        std::unique_ptr<EVP_MAC_CTX, FreeContext> context{EVP_MAC_CTX_new(mac)};
        std::string name{digest};
        const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                    OSSL_PARAM_construct_end()};
        if (!context || EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1)
            throw std::runtime_error("crypto: hmac failed");
        return context;
    };
    thread_local const auto sha256 = made("SHA256"), sha512 = made("SHA512");
    return hash == Hash::sha256 ? sha256.get() : sha512.get();
}

unsigned char* writable(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

int length(std::string_view s) {
    if (s.size() > static_cast<std::size_t>(INT32_MAX)) throw std::length_error("crypto: input over 2 GiB");
    return static_cast<int>(s.size());
}

void require(int result, const char* what) {
    if (result != 1) throw std::runtime_error(std::string{"crypto: "} + what + " failed");
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}();

}  // namespace

std::string digest(Hash hash, std::string_view data) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    require(EVP_Digest(data.data(), data.size(), writable(out), &size, algorithm(hash), nullptr), "digest");
    out.resize(size);
    return out;
}

std::string hmac(Hash hash, std::string_view key, std::string_view data) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    std::size_t size = 0;
    // An empty view may hold a null pointer, which stands for "use the last key".
    const std::string_view given = key.empty() ? std::string_view{""} : key;
    EVP_MAC_CTX* const context = mac_context(hash);
    require(EVP_MAC_init(context, bytes(given), given.size(), nullptr), "hmac");
    require(EVP_MAC_update(context, bytes(data), data.size()), "hmac");
    require(EVP_MAC_final(context, writable(out), &size, out.size()), "hmac");
    out.resize(size);
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    if (count > 0) require(RAND_bytes(writable(out), length(out)), "random generator");
    return out;
}

std::string hex(std::string_view data) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(data.size() * 2);
    for (const char c : data) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string base32(std::string_view data) {
    static constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    out.reserve((data.size() * 8 + 4) / 5);
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char c : data) {
        buffer = (buffer << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5) out += alphabet[(buffer >> (bits - 5)) & 31];
    }
    if (bits > 0) out += alphabet[(buffer << (5 - bits)) & 31];
    return out;
}

std::string base64(std::string_view data) {
    std::string out;
    out.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, data.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = (group << 8) | (j < count ? static_cast<unsigned char>(data[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j) out += j <= count ? base64_alphabet[(group >> (18 - 6 * j)) & 63] : '=';
    }
    return out;
}

std::string base64url(std::string_view data) {
    std::string out = base64(data);
    while (!out.empty() && out.back() == '=') out.pop_back();
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        const std::size_t padding = !last || text[i + 3] != '=' ? 0 : text[i + 2] == '=' ? 2 : 1;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const std::int8_t value = j < 4 - padding ? base64_values[static_cast<unsigned char>(text[i + j])] : 0;
            if (value < 0) return std::nullopt;
            group = (group << 6) | static_cast<std::uint32_t>(value);
        }
        // Bits under the padding must be zero, so that one text stands for one value.
        if ((padding == 1 && (group & 0xff)) || (padding == 2 && (group & 0xffff))) return std::nullopt;
        for (std::size_t j = 0; j < 3 - padding; ++j) out += static_cast<char>((group >> (16 - 8 * j)) & 0xff);
    }
    return out;
}

std::string seal(std::string_view key, std::string_view plain, std::string_view context) {
    if (key.size() != key_size) throw std::invalid_argument("crypto: the key must have 32 bytes");
    const std::string nonce = random_bytes(nonce_size);
    std::string out = nonce;
    out.resize(nonce_size + plain.size() + tag_size);
    EVP_CIPHER_CTX* const cipher = cipher_context();
    require(EVP_EncryptInit_ex(cipher, aes(), nullptr, bytes(key), bytes(nonce)), "encryption");
    int written = 0;
    require(EVP_EncryptUpdate(cipher, nullptr, &written, bytes(context), length(context)), "encryption");
    require(EVP_EncryptUpdate(cipher, writable(out) + nonce_size, &written, bytes(plain), length(plain)), "encryption");
    require(EVP_EncryptFinal_ex(cipher, writable(out) + nonce_size + written, &written), "encryption");
    require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_size),
                                writable(out) + nonce_size + plain.size()),
            "encryption");
    return out;
}

std::optional<std::string> open(std::string_view key, std::string_view sealed, std::string_view context) {
    if (key.size() != key_size || sealed.size() < nonce_size + tag_size) return std::nullopt;
    const std::string_view nonce = sealed.substr(0, nonce_size);
    const std::string_view cipher_text = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    std::string tag{sealed.substr(sealed.size() - tag_size)};
    std::string out(cipher_text.size(), '\0');
    EVP_CIPHER_CTX* const cipher = cipher_context();
    int written = 0;
    const bool opened =
        EVP_DecryptInit_ex(cipher, aes(), nullptr, bytes(key), bytes(nonce)) == 1 &&
        EVP_DecryptUpdate(cipher, nullptr, &written, bytes(context), length(context)) == 1 &&
        EVP_DecryptUpdate(cipher, writable(out), &written, bytes(cipher_text), length(cipher_text)) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_size), tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher, writable(out) + written, &written) == 1;
    if (!opened) {
        OPENSSL_cleanse(out.data(), out.size());
        return std::nullopt;
    }
    return out;
}

std::optional<std::string> ed25519_key(std::string_view pem) {
    const std::unique_ptr<BIO, FreeContext> text{BIO_new_mem_buf(pem.data(), length(pem))};
    const std::unique_ptr<EVP_PKEY, FreeContext> key{PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr)};
    std::string out(key_size, '\0');
    std::size_t size = out.size();
    if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key.get(), writable(out), &size) != 1 || size != out.size()) {
        ERR_clear_error();
        return std::nullopt;
    }
    return out;
}

bool verify_ed25519(std::string_view key, std::string_view data, std::string_view signature) {
    const std::unique_ptr<EVP_PKEY, FreeContext> with{
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key), key.size())};
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
    const bool right =
        with && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, with.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(data), data.size()) == 1;
    if (!right) ERR_clear_error();
    return right;
}

}  // namespace brygga::crypto
