#include "basics.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstdio>

namespace brygga::sim {
namespace {

using Days = std::chrono::sys_days;

struct Civil {
    int year, month, day, hour, minute, second, weekday;
};

Civil civil(std::int64_t seconds) {
    const std::chrono::sys_seconds t{std::chrono::seconds{seconds}};
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date{day};
    const std::int64_t rest = (t - day).count();
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(rest / 3600),
            static_cast<int>(rest / 60 % 60),
            static_cast<int>(rest % 60),
            static_cast<int>(std::chrono::weekday{day}.c_encoding())};
}

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
    if (at + count > text.size()) return false;
    out = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        out = out * 10 + (text[i] - '0');
    }
    return true;
}

bool zone_offset(std::string_view zone, int& seconds) {
    seconds = 0;
    if (zone.empty() || zone == "Z") return true;
    int hours = 0, minutes = 0;
    if ((zone[0] != '+' && zone[0] != '-') || !digits(zone, 1, 2, hours)) return false;
    const std::size_t at = zone.size() == 6 && zone[3] == ':' ? 4 : 3;
    if (zone.size() != at + 2 || !digits(zone, at, 2, minutes)) return false;
    seconds = (hours * 3600 + minutes * 60) * (zone[0] == '-' ? -1 : 1);
    return true;
}

}  // namespace

std::string utc_text(std::int64_t seconds, std::string_view zone) {
    const Civil c = civil(seconds);
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                  c.second);
    return std::string{text}.append(zone);
}

std::string date_text(std::int64_t seconds) { return utc_text(seconds, "").substr(0, 10); }

std::string http_date(std::int64_t seconds) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = civil(seconds);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[c.weekday], c.day, months[c.month - 1],
                  c.year, c.hour, c.minute, c.second);
    return text;
}

ParsedTime parse_time(std::string_view text) {
    ParsedTime result;
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, offset = 0;
    if (!digits(text, 0, 4, y) || !digits(text, 5, 2, mo) || !digits(text, 8, 2, d) || text[4] != '-' || text[7] != '-')
        return result;
    const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(mo)},
                                           std::chrono::day{static_cast<unsigned>(d)}};
    if (!date.ok()) return result;
    if (text.size() > 10) {
        if (text[10] != 'T' || text.size() < 19 || !digits(text, 11, 2, h) || !digits(text, 14, 2, mi) ||
            !digits(text, 17, 2, s) || text[13] != ':' || text[16] != ':' || h > 23 || mi > 59 || s > 60)
            return result;
        std::size_t at = 19;
        if (at < text.size() && text[at] == '.') {
            ++at;
            while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        }
        if (!zone_offset(text.substr(at), offset)) return result;
        result.has_time = true;
    }
    result.seconds = std::chrono::seconds{Days{date}.time_since_epoch()}.count() + h * 3600 + mi * 60 + s - offset;
    result.valid = true;
    return result;
}

std::int64_t daylight_change(int year, bool spring) {
    const auto month = spring ? std::chrono::March : std::chrono::October;
    const Days day{std::chrono::year{year} / month / std::chrono::Sunday[std::chrono::last]};
    return std::chrono::seconds{day.time_since_epoch()}.count() + 3600;
}

int year_of(std::int64_t seconds) { return civil(seconds).year; }

int central_european_offset(std::int64_t seconds) {
    const int year = year_of(seconds);
    return seconds >= daylight_change(year, true) && seconds < daylight_change(year, false) ? 7200 : 3600;
}

std::int64_t divide_rounded(Wide numerator, Wide denominator) {
    const bool negative = (numerator < 0) != (denominator < 0);
    const Wide n = numerator < 0 ? -numerator : numerator;
    const Wide d = denominator < 0 ? -denominator : denominator;
    const Wide quotient = (2 * n + d) / (2 * d);
    return static_cast<std::int64_t>(negative ? -quotient : quotient);
}

Cents vat_on_net(Cents net, int rate) { return divide_rounded(static_cast<Wide>(net) * rate, 10000); }
Cents vat_in_gross(Cents gross, int rate) { return divide_rounded(static_cast<Wide>(gross) * rate, 10000 + rate); }

Cents row_amount(const Decimal& quantity, const Decimal& price, const Decimal& discount) {
    constexpr int places = 6;
    const Wide q = quantity.round(places).units(places).value_or(0);
    const Wide p = price.round(places).units(places).value_or(0);
    const Wide d = 10000 - static_cast<Wide>(discount.round(4).units(4).value_or(0));
    return divide_rounded(q * p * d, static_cast<Wide>(100'000'000) * 1'000'000);  // 6 + 6 + 4 places to 2
}

std::uint64_t Random::next() {
    state_ += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

int Random::between(int least, int most) {
    const auto span = static_cast<std::uint64_t>(most - least) + 1;
    return least + static_cast<int>(next() % span);
}

std::string hmac_sha512_hex(std::string_view key, std::string_view message) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
         message.size(), digest, &size);
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    out.reserve(size * 2);
    for (unsigned i = 0; i < size; ++i) {
        out += hex[digest[i] >> 4];
        out += hex[digest[i] & 15];
    }
    return out;
}

std::string sha256_base64url(std::string_view text) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    unsigned char encoded[4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1];
    const int size = EVP_EncodeBlock(encoded, digest, SHA256_DIGEST_LENGTH);
    std::string out{reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size)};
    for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (!out.empty() && out.back() == '=') out.pop_back();
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64_decode(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > 4096) return {};
    std::string out(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return {};
    std::size_t length = static_cast<std::size_t>(size);
    if (text.ends_with("=="))
        length -= 2;
    else if (text.ends_with("="))
        length -= 1;
    out.resize(length);
    return out;
}

std::string guid(std::uint32_t space, std::uint64_t number) {
    char text[40];
    std::snprintf(text, sizeof text, "%08x-%04x-4000-8000-%012llx", space, static_cast<unsigned>(number >> 48 & 0xFFFF),
                  static_cast<unsigned long long>(number & 0xFFFFFFFFFFFFull));
    return text;
}

bool is_guid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < 36; ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex) return false;
    }
    return true;
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string{text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1)};
}

std::size_t utf8_length(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++count;
    return count;
}

bool percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return false;
            const int high = digit(text[i + 1]), low = digit(text[i + 2]);
            if (high < 0 || low < 0) return false;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return true;
}

}  // namespace brygga::sim
