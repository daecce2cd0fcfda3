// Crypto: hashes, keyed hashes, AES-256-GCM, random bytes and their text forms, over OpenSSL EVP.
// Pure functions, safe on any thread. They never log and never keep a key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brygga::crypto {

enum class Hash : std::uint8_t { sha256, sha512 };

/// Raw bytes: 32 or 64.
std::string digest(Hash hash, std::string_view data);
std::string hmac(Hash hash, std::string_view key, std::string_view data);
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

/// From the operating system's generator; throws std::runtime_error when there is none.
std::string random_bytes(std::size_t count);

std::string hex(std::string_view bytes);        ///< lower case
std::string base32(std::string_view bytes);     ///< RFC 4648, lower case, without padding
std::string base64(std::string_view bytes);     ///< RFC 4648 with padding
std::string base64url(std::string_view bytes);  ///< RFC 4648, section 5, without padding
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_hex(std::string_view text);

/// nonce (12 bytes) + ciphertext + tag (16). key: 32 bytes. `context` is authenticated, not stored.
std::string seal(std::string_view key, std::string_view plain, std::string_view context);
/// Nothing when the key, the context or a bit is wrong.
std::optional<std::string> open(std::string_view key, std::string_view sealed, std::string_view context);

/// The 32 bytes of an Ed25519 key (RFC 8032) out of its PEM "PUBLIC KEY" (RFC 8410). Nothing for any other text.
std::optional<std::string> ed25519_key(std::string_view pem);
/// Nothing but the 64 bytes that belong to key and data is right.
bool verify_ed25519(std::string_view key, std::string_view data, std::string_view signature);

}  // namespace brygga::crypto
