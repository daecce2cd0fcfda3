#include "http/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"

namespace brygga::http {

namespace {

constexpr std::size_t max_url = 8192;

bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_host_char(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; }

bool read_authority(std::string_view authority, Url& url) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return false;
        url.host = lower_ascii(authority.substr(1, end - 1));
        in6_addr ignored{};
        if (inet_pton(AF_INET6, url.host.c_str(), &ignored) != 1) return false;
        port = authority.substr(end + 1);
    } else {
        const auto colon = authority.find(':');
        url.host = lower_ascii(authority.substr(0, colon));
        if (url.host.empty() || url.host.size() > 253 || !std::all_of(url.host.begin(), url.host.end(), is_host_char))
            return false;
        if (colon != std::string_view::npos) port = authority.substr(colon);
    }
    if (port.empty()) return true;
    if (!port.starts_with(':')) return false;
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    return error == std::errc{} && end == port.data() + port.size() && url.port != 0;
}

unsigned byte(std::string_view bytes, std::size_t i) noexcept { return static_cast<unsigned char>(bytes[i]); }

bool is_public_v4(std::string_view b) noexcept {
    const unsigned a = byte(b, 0), c = byte(b, 1), d = byte(b, 2);
    if (a == 0 || a == 10 || a == 127 || a >= 224) return false;
    if (a == 100 && (c & 0xc0) == 64) return false;
    if (a == 169 && c == 254) return false;
    if (a == 172 && (c & 0xf0) == 16) return false;
    if (a == 192 && (c == 168 || (c == 0 && (d == 0 || d == 2)))) return false;
    if (a == 198 && ((c & 0xfe) == 18 || (c == 51 && d == 100))) return false;
    return !(a == 203 && c == 0 && d == 113);
}

std::string_view wrapped_v4(std::string_view b) noexcept {
    static constexpr std::string_view mapped{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};
    static constexpr std::string_view translated{"\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12};
    return b.starts_with(mapped) || b.starts_with(translated) ? b.substr(12) : std::string_view{};
}

bool is_id(std::string_view segment) noexcept {
    if (segment.find('@') != std::string_view::npos || segment.find("%40") != std::string_view::npos) return true;
    if (std::all_of(segment.begin(), segment.end(), is_digit)) return !segment.empty();
    const auto digits = std::count_if(segment.begin(), segment.end(), is_hex);
    const auto dashes = std::count(segment.begin(), segment.end(), '-');
    return digits == 32 && (dashes == 0 || dashes == 4) && segment.size() == static_cast<std::size_t>(digits + dashes);
}

}  // namespace

std::string Url::authority() const {
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80)) out.append(":").append(std::to_string(port));
    return out;
}

std::optional<Url> parse_url(std::string_view text) {
    if (text.size() > max_url) return std::nullopt;
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '#' && c != '\\'; }))
        return std::nullopt;
    Url url;
    if (text.starts_with("https://")) {
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
        url.tls = false;
        url.port = 80;
    } else {
        return std::nullopt;
    }
    const auto end = std::min(text.find_first_of("/?"), text.size());
    if (!read_authority(text.substr(0, end), url)) return std::nullopt;
    url.target = text.substr(end);
    if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
    return url;
}

bool is_address_literal(std::string_view host) noexcept {
    std::array<char, 64> text{};
    if (host.size() >= text.size()) return false;
    std::copy(host.begin(), host.end(), text.begin());
    in6_addr ignored{};
    return inet_pton(AF_INET, text.data(), &ignored) == 1 || inet_pton(AF_INET6, text.data(), &ignored) == 1;
}

bool is_loopback_name(std::string_view host) noexcept {
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address_literal(host));
}

bool is_loopback_address(std::string_view b) noexcept {
    if (b.size() == 4) return byte(b, 0) == 127;
    static constexpr std::string_view v6{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16};
    return b == v6;
}

bool is_public_address(std::string_view b) noexcept {
    if (b.size() == 4) return is_public_v4(b);
    if (b.size() != 16) return false;
    if (const std::string_view v4 = wrapped_v4(b); !v4.empty()) return is_public_v4(v4);
    // Global unicast is 2000::/3; of it 2001:db8::/32 is for documents, 2002::/16 and 2001::/32 wrap IPv4.
    if ((byte(b, 0) & 0xe0) != 0x20) return false;
    const unsigned first = byte(b, 0) << 8 | byte(b, 1), second = byte(b, 2) << 8 | byte(b, 3);
    return first != 0x2002 && !(first == 0x2001 && (second == 0 || second == 0x0db8));
}

std::string path_pattern(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    for (std::size_t start = 0; start <= path.size();) {
        const auto end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        if (is_id(segment)) {
            out += '*';
        } else {
            out += segment;
        }
        if (end < path.size()) out += '/';
        start = end + 1;
    }
    return out;
}

std::string redacted(const Url& url) {
    std::string out = (url.tls ? "https://" : "http://") + url.authority();
    const std::string_view path = url.path();
    if (path.find('@') == std::string_view::npos && path.find("%40") == std::string_view::npos) {
        out += path;
    } else {
        out += path_pattern(path);
    }
    std::string_view query = std::string_view{url.target}.substr(path.size());
    while (!query.empty()) {  // starts with ? or &
        const auto end = std::min(query.find('&', 1), query.size());
        const std::string_view parameter = query.substr(0, end);
        out += parameter.substr(0, parameter.find('='));
        query.remove_prefix(end);
    }
    return out;
}

}  // namespace brygga::http
