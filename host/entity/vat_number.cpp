#include "entity/vat_number.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "entity/country.h"
#include "entity/order.h"

namespace brygga::entity {

namespace {

int digit(char c) noexcept { return c - '0'; }
bool is_letter(char c) noexcept { return c >= 'A' && c <= 'Z'; }

int number(std::string_view digits) noexcept {
    int value = 0;
    for (const char c : digits) value = value * 10 + digit(c);
    return value;
}

template <std::size_t N>
int weighted(std::string_view digits, const std::array<int, N>& weights) noexcept {
    int sum = 0;
    for (std::size_t i = 0; i < N; ++i) sum += digit(digits[i]) * weights[i];
    return sum;
}

bool check_be(std::string_view n) noexcept {
    return n[0] <= '1' && number(n.substr(8)) == 97 - number(n.substr(0, 8)) % 97;
}

/// ISO 7064, MOD 11,10.
bool check_de(std::string_view n) noexcept {
    int product = 10;
    for (const char c : n.substr(0, 8)) {
        const int sum = (digit(c) + product) % 10;
        product = 2 * (sum == 0 ? 10 : sum) % 11;
    }
    return n[0] != '0' && (11 - product) % 10 == digit(n[8]);
}

bool check_dk(std::string_view n) noexcept {
    return n[0] != '0' && weighted(n, std::array{2, 7, 6, 5, 4, 3, 2, 1}) % 11 == 0;
}

bool check_fi(std::string_view n) noexcept {
    const int rest = weighted(n, std::array{7, 9, 10, 5, 8, 4, 2}) % 11;
    return rest != 1 && digit(n[7]) == (rest == 0 ? 0 : 11 - rest);
}

/// The key of two digits; keys with letters have no published rule.
bool check_fr(std::string_view n) noexcept {
    if (!is_digit(n[0]) || !is_digit(n[1])) return true;
    return number(n.substr(0, 2)) == (12 + 3 * (number(n.substr(2)) % 97)) % 97;
}

/// Companies: the eleven-test of their number. Sole traders since 2020: MOD 97 over the whole with letters as 10 to 35.
bool check_nl(std::string_view n) noexcept {
    if (n.substr(10) == "00") return false;
    if (weighted(n, std::array{9, 8, 7, 6, 5, 4, 3, 2}) % 11 == digit(n[8])) return true;
    int rest = 2321 % 97;  // "NL"
    for (const char c : n) rest = is_letter(c) ? (rest * 100 + (c - 'A' + 10)) % 97 : (rest * 10 + digit(c)) % 97;
    return rest == 1;
}

/// Luhn over the organisation number; the last two digits count its registrations from 01.
bool check_se(std::string_view n) noexcept {
    int sum = 0;
    for (std::size_t i = 0; i < 10; ++i) {
        const int doubled = digit(n[i]) * (i % 2 == 0 ? 2 : 1);
        sum += doubled / 10 + doubled % 10;
    }
    return sum % 10 == 0 && n.substr(10) != "00";
}

/// Forms: d digit, l letter, a either, ? the one before may be missing, | or; capitals stand for themselves.
struct Scheme {
    std::string_view prefix, form;
    bool (*check)(std::string_view) noexcept = nullptr;
};

constexpr std::array<Scheme, 28> schemes{{
    {"AT", "Udddddddd"},
    {"BE", "dddddddddd", check_be},
    {"BG", "dddddddddd?"},
    {"CY", "ddddddddl"},
    {"CZ", "ddddddddd?d?"},
    {"DE", "ddddddddd", check_de},
    {"DK", "dddddddd", check_dk},
    {"EE", "ddddddddd"},
    {"EL", "ddddddddd"},
    {"ES", "adddddddl|lddddddda"},
    {"FI", "dddddddd", check_fi},
    {"FR", "aaddddddddd", check_fr},
    {"HR", "ddddddddddd"},
    {"HU", "dddddddd"},
    {"IE", "dddddddll?|dldddddl"},
    {"IT", "ddddddddddd"},
    {"LT", "ddddddddd|dddddddddddd"},
    {"LU", "dddddddd"},
    {"LV", "ddddddddddd"},
    {"MT", "dddddddd"},
    {"NL", "dddddddddBdd", check_nl},
    {"PL", "dddddddddd"},
    {"PT", "ddddddddd"},
    {"RO", "ddd?d?d?d?d?d?d?d?"},
    {"SE", "dddddddddddd", check_se},
    {"SI", "dddddddd"},
    {"SK", "dddddddddd"},
    {"XI", "ddddddddd|dddddddddddd|GDddd|HAddd"},
}};

bool fits(std::string_view text, std::string_view form) noexcept {
    for (std::size_t f = 0; f < form.size(); ++f) {
        const bool optional = f + 1 < form.size() && form[f + 1] == '?';
        const char c = text.empty() ? '\0' : text[0];
        const bool hit = form[f] == 'd'   ? is_digit(c)
                         : form[f] == 'l' ? is_letter(c)
                         : form[f] == 'a' ? is_digit(c) || is_letter(c)
                                          : c == form[f];
        if (hit)
            text.remove_prefix(1);
        else if (!optional)
            return false;
        f += optional;
    }
    return text.empty();
}

bool fits_any(std::string_view text, std::string_view forms) noexcept {
    for (;;) {
        const std::size_t bar = forms.find('|');
        if (fits(text, forms.substr(0, bar))) return true;
        if (bar == std::string_view::npos) return false;
        forms.remove_prefix(bar + 1);
    }
}

std::optional<VatNumber> parse_as(std::string_view prefix, std::string_view rest) {
    if (prefix == "GR") prefix = "EL";
    const auto* scheme = std::ranges::find(schemes, prefix, &Scheme::prefix);
    if (scheme == schemes.end() || !fits_any(rest, scheme->form)) return std::nullopt;
    if (scheme->check && !scheme->check(rest)) return std::nullopt;
    return VatNumber{std::string{iso_country(prefix)}, std::string{prefix}.append(rest)};
}

}  // namespace

std::optional<VatNumber> parse_vat_number(std::string_view text, std::string_view country) {
    if (text.size() > 64) return std::nullopt;
    const std::string number = normalise_number(text);
    if (number.size() > 2) {
        if (auto found = parse_as(std::string_view{number}.substr(0, 2), std::string_view{number}.substr(2)))
            return found;
    }
    return parse_as(country, number);
}

}  // namespace brygga::entity
