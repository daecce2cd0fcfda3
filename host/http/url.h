// Url: an absolute http or https address, taken apart strictly. A plain value; the parser never resolves.
// Whatever could be read in two ways (user info, fragments, blanks, control characters) is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brygga::http {

struct Url {
    bool tls = true;
    std::string host;  ///< lower case, IPv6 without brackets
    std::uint16_t port = 443;
    std::string target;  ///< path and query exactly as given; "/" when there is none

    std::string_view path() const noexcept { return std::string_view{target}.substr(0, target.find('?')); }
    /// As in the Host header: the port only where it is not the scheme's own.
    std::string authority() const;
};

/// Nothing for anything but an absolute URL of at most 8 KiB in visible ASCII.
std::optional<Url> parse_url(std::string_view text);

/// The name itself says loopback: 127.0.0.0/8, ::1, localhost.
bool is_loopback_name(std::string_view host) noexcept;
bool is_address_literal(std::string_view host) noexcept;

/// 4 or 16 bytes in network order that belong to the public internet: not private, link-local, loopback,
/// shared, multicast, reserved, nor an IPv6 form that wraps such an IPv4 address.
bool is_public_address(std::string_view bytes) noexcept;
bool is_loopback_address(std::string_view bytes) noexcept;

/// The path with ids (digits, GUIDs, 32 hexadecimal digits, anything with an @) replaced by *.
std::string path_pattern(std::string_view path);

/// Scheme, host, path and the names of the query's parameters; no values. For records and messages.
std::string redacted(const Url& url);

}  // namespace brygga::http
