// What a connector with brygga.webhook/1 needs: the body of a delivery, and whose an address is.
// Pure functions; safe on any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brygga/sdk/base64.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::sdk {

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
