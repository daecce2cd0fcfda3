// What a connector with brygga.webhook/1 needs: the body of a delivery, and whose an address is.
// Pure functions; safe on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::sdk {

/// RFC 4648 with padding; nothing when it is anything else.
inline std::optional<std::string> from_base64(std::string_view text) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    std::string out;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool padded = i + padding >= text.size();
        const std::size_t digit = padded ? 0 : digits.find(text[i]);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        if (i % 4 == 3) {
            for (const int shift : {16, 8, 0}) out += static_cast<char>(bits >> shift & 0xFFu);
            bits = 0;
        }
    }
    out.resize(out.size() - padding);
    return out;
}

/// The bytes that the vendor sent; nothing when the delivery has none that can be read.
inline std::optional<std::string> body_of(const Json& delivery) {
    return from_base64(delivery["body_base64"].string());
}

/// Whether an address that is registered at the vendor was this connection's before it was `url`: both are the same but
/// for the last segment of the path, which is the secret.
inline bool was_ours(std::string_view address, std::string_view url) {
    const std::size_t end = url.rfind('/');
    return end != std::string_view::npos && address != url && address.rfind('/') == end &&
           address.substr(0, end) == url.substr(0, end);
}

}  // namespace brygga::sdk
