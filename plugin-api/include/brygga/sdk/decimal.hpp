// Decimal: exact decimal numbers for money and quantities, shared by the host and by connectors.
// A value type without allocation, safe on any thread; it never passes through binary floating point.
// Range: 28 significant digits, at most 9 places after the point, trailing zeros dropped.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace brygga {

/// A result needs more than 28 significant digits.
struct DecimalOverflow : std::overflow_error {
    DecimalOverflow() : std::overflow_error("a decimal result has more than 28 digits") {}
};

struct DecimalDivisionByZero : std::domain_error {
    DecimalDivisionByZero() : std::domain_error("division by zero") {}
};

enum class Rounding : std::uint8_t {
    half_up,    ///< ties away from zero, the rule of invoices
    half_even,  ///< ties to the even neighbour
    up,         ///< away from zero
    down,       ///< towards zero
};

class Decimal {
public:
    static constexpr int max_digits = 28;
    static constexpr int max_places = 9;

    constexpr Decimal() noexcept = default;
    constexpr Decimal(int value) noexcept : units_{value} {}
    constexpr Decimal(std::int64_t value) noexcept : units_{value} {}

    /// units x 10^-places, 0 <= places <= 9: scaled(1999, 2) is 19.99.
    static constexpr Decimal scaled(std::int64_t units, int places) { return checked(units, places); }

    /// A JSON number (RFC 8259; a leading + and an exponent are accepted). Nothing when the text is not
    /// a number, or needs more digits or places than a Decimal has.
    static constexpr std::optional<Decimal> parse(std::string_view text) noexcept {
        std::size_t i = 0;
        bool negative = false;
        if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';

        constexpr int room = max_digits + max_places + 27;
        std::array<char, room> digits{};
        int count = 0, places = 0;
        bool any = false, point = false;
        for (; i < text.size(); ++i) {
            const char c = text[i];
            if (c == '.' && !point && any) {
                point = true;
                continue;
            }
            if (c < '0' || c > '9') break;
            any = true;
            if (point) ++places;
            if (count == 0 && c == '0') continue;
            if (count == room) return std::nullopt;
            digits[static_cast<std::size_t>(count++)] = c;
        }
        if (!any || text[i - 1] == '.') return std::nullopt;

        int exponent = 0;
        if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
            ++i;
            bool down = false;
            if (i < text.size() && (text[i] == '-' || text[i] == '+')) down = text[i++] == '-';
            if (i == text.size()) return std::nullopt;
            for (; i < text.size(); ++i) {
                if (text[i] < '0' || text[i] > '9') return std::nullopt;
                if (exponent < 1000) exponent = exponent * 10 + (text[i] - '0');
            }
            if (down) exponent = -exponent;
        }
        if (i != text.size()) return std::nullopt;
        if (count == 0) return Decimal{};

        places -= exponent;
        while (places > 0 && count > 1 && digits[static_cast<std::size_t>(count - 1)] == '0') {
            --count;
            --places;
        }
        if (places > max_places) return std::nullopt;
        const int zeros = places < 0 ? -places : 0;
        if (count + zeros > max_digits) return std::nullopt;
        Wide units = 0;
        for (int d = 0; d < count; ++d) units = units * 10 + (digits[static_cast<std::size_t>(d)] - '0');
        for (int z = 0; z < zeros; ++z) units *= 10;
        Decimal result;
        result.units_ = negative ? -units : units;
        result.places_ = static_cast<std::int8_t>(places < 0 ? 0 : places);
        return result;
    }

    constexpr bool is_zero() const noexcept { return units_ == 0; }
    constexpr bool is_negative() const noexcept { return units_ < 0; }
    constexpr bool is_integer() const noexcept { return places_ == 0; }
    /// Digits after the point, 0 to 9.
    constexpr int places() const noexcept { return places_; }

    /// The value as a whole number of 10^-places, or nothing when it has more places or does not fit.
    constexpr std::optional<std::int64_t> units(int places) const noexcept {
        if (places_ > places || places > max_digits) return std::nullopt;
        const Wide wide = units_ * pow10(places - places_);
        if (wide > INT64_MAX || wide < INT64_MIN) return std::nullopt;
        return static_cast<std::int64_t>(wide);
    }

    /// Without exponent and without trailing zeros: "1250", "0.07", "-3.5".
    std::string text() const { return text(0); }
    /// The same with at least `places` digits after the point: text(2) of 5 is "5.00".
    std::string text(int places) const {
        std::string reversed;
        UWide rest = magnitude();
        int after = places_;
        for (int pad = places_; pad < places; ++pad) reversed += '0';
        const int point_at = places > places_ ? places : places_;
        while (rest != 0 || after > 0 || static_cast<int>(reversed.size()) <= point_at) {
            reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
            rest /= 10;
            --after;
        }
        std::string out;
        out.reserve(reversed.size() + 2);
        if (units_ < 0) out += '-';
        for (int i = static_cast<int>(reversed.size()) - 1; i >= 0; --i) {
            out += reversed[static_cast<std::size_t>(i)];
            if (i == point_at && i > 0) out += '.';
        }
        return out;
    }

    /// At most `places` digits after the point (less than 0 counts as 0).
    constexpr Decimal round(int places, Rounding mode = Rounding::half_up) const {
        if (places < 0) places = 0;
        if (places >= places_) return *this;
        const Wide divisor = pow10(places_ - places);
        const Wide quotient = units_ / divisor;
        const Wide rest = units_ % divisor;
        return checked(quotient + away(quotient, rest, divisor, mode, units_ < 0), places);
    }
    constexpr Decimal abs() const noexcept {
        Decimal d = *this;
        if (d.units_ < 0) d.units_ = -d.units_;
        return d;
    }
    constexpr Decimal operator-() const noexcept {
        Decimal d = *this;
        d.units_ = -d.units_;
        return d;
    }

    friend constexpr Decimal operator+(const Decimal& a, const Decimal& b) {
        const int places = a.places_ > b.places_ ? a.places_ : b.places_;
        return checked(a.at(places) + b.at(places), places);
    }
    friend constexpr Decimal operator-(const Decimal& a, const Decimal& b) { return a + -b; }
    /// Rounded half-even to 9 places.
    friend constexpr Decimal operator*(const Decimal& a, const Decimal& b) {
        return from_quotient(multiply(a.magnitude(), b.magnitude()), pow10(over(a.places_ + b.places_)),
                             a.places_ + b.places_ - over(a.places_ + b.places_), (a.units_ < 0) != (b.units_ < 0));
    }
    /// Rounded half-even to 9 places.
    friend constexpr Decimal operator/(const Decimal& a, const Decimal& b) {
        if (b.units_ == 0) throw DecimalDivisionByZero{};
        const int shift = max_places + b.places_ - a.places_;
        return from_quotient(multiply(a.magnitude(), static_cast<UWide>(pow10(shift))),
                             static_cast<Wide>(b.magnitude()), max_places, (a.units_ < 0) != (b.units_ < 0));
    }
    /// Exact; the sign is that of the dividend.
    friend constexpr Decimal operator%(const Decimal& a, const Decimal& b) {
        if (b.units_ == 0) throw DecimalDivisionByZero{};
        const int places = a.places_ > b.places_ ? a.places_ : b.places_;
        return checked(a.at(places) % b.at(places), places);
    }
    constexpr Decimal& operator+=(const Decimal& b) { return *this = *this + b; }
    constexpr Decimal& operator-=(const Decimal& b) { return *this = *this - b; }

    friend constexpr bool operator==(const Decimal& a, const Decimal& b) noexcept {
        return a.units_ == b.units_ && a.places_ == b.places_;
    }
    friend constexpr std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) noexcept {
        const int places = a.places_ > b.places_ ? a.places_ : b.places_;
        const Wide x = a.at(places), y = b.at(places);
        return x < y ? std::strong_ordering::less : x > y ? std::strong_ordering::greater : std::strong_ordering::equal;
    }

private:
    __extension__ typedef __int128 Wide;
    __extension__ typedef unsigned __int128 UWide;
    struct Product {
        UWide high, low;
    };

    static constexpr auto powers = [] {
        std::array<Wide, 39> table{1};
        for (std::size_t i = 1; i < table.size(); ++i) table[i] = table[i - 1] * 10;
        return table;
    }();
    /// n from 0 to 38: the largest power of ten below 2^127.
    static constexpr Wide pow10(int n) noexcept { return powers[static_cast<std::size_t>(n)]; }
    static constexpr int over(int places) noexcept { return places > max_places ? places - max_places : 0; }

    // 10^28 x 10^9 is below 2^127, so aligning two values never overflows.
    constexpr Wide at(int places) const noexcept { return units_ * pow10(places - places_); }
    constexpr UWide magnitude() const noexcept { return static_cast<UWide>(units_ < 0 ? -units_ : units_); }

    constexpr void trim() noexcept {
        if (units_ == 0) places_ = 0;
        if (units_ >= INT64_MIN && units_ <= INT64_MAX)
            units_ = trimmed(static_cast<std::int64_t>(units_));  // far cheaper to divide
        else
            units_ = trimmed(units_);
    }
    template <class Integer>
    constexpr Integer trimmed(Integer units) noexcept {
        while (places_ > 0 && units % 10 == 0) {
            units /= 10;
            --places_;
        }
        return units;
    }
    static constexpr Decimal checked(Wide units, int places) {
        Decimal d;
        d.units_ = units;
        d.places_ = static_cast<std::int8_t>(places);
        d.trim();
        if (d.magnitude() >= static_cast<UWide>(pow10(max_digits))) throw DecimalOverflow{};
        return d;
    }

    /// What to add to a quotient that was cut towards zero.
    static constexpr int away(Wide quotient, Wide rest, Wide divisor, Rounding mode, bool negative) noexcept {
        if (rest == 0) return 0;
        const UWide r = static_cast<UWide>(rest < 0 ? -rest : rest);
        const UWide left = static_cast<UWide>(divisor) - r;
        bool step = false;
        switch (mode) {
            case Rounding::half_up:
                step = r >= left;
                break;
            case Rounding::half_even:
                step = r > left || (r == left && quotient % 2 != 0);
                break;
            case Rounding::up:
                step = true;
                break;
            case Rounding::down:
                break;
        }
        return step ? (negative ? -1 : 1) : 0;
    }

    static constexpr Product multiply(UWide a, UWide b) noexcept {
        constexpr UWide mask = ~static_cast<std::uint64_t>(0);
        const UWide a1 = a >> 64, a0 = a & mask, b1 = b >> 64, b0 = b & mask;
        const UWide low = a0 * b0;
        const UWide mid1 = a1 * b0 + (low >> 64);
        const UWide mid2 = a0 * b1 + (mid1 & mask);
        return {a1 * b1 + (mid1 >> 64) + (mid2 >> 64), (mid2 << 64) | (low & mask)};
    }
    static constexpr Decimal from_quotient(Product n, Wide divisor, int places, bool negative) {
        const UWide d = static_cast<UWide>(divisor);
        UWide quotient = 0, rest = 0;
        if (n.high == 0) {
            quotient = n.low / d;
            rest = n.low % d;
        } else {
            if (n.high >= d) throw DecimalOverflow{};
            rest = n.high;
            for (int bit = 127; bit >= 0; --bit) {
                rest = (rest << 1) | ((n.low >> bit) & 1);
                quotient <<= 1;
                if (rest >= d) {
                    rest -= d;
                    quotient |= 1;
                }
            }
        }
        if (quotient > static_cast<UWide>(pow10(max_digits + max_places))) throw DecimalOverflow{};
        const Wide q = static_cast<Wide>(quotient);
        const Wide rounded = q + away(q, static_cast<Wide>(rest), divisor, Rounding::half_even, false);
        return checked(negative ? -rounded : rounded, places);
    }

    Wide units_ = 0;
    std::int8_t places_ = 0;
};

}  // namespace brygga
