#include <array>

#include "orders.hpp"

namespace brygga::sim {
namespace {

int luhn(std::string_view nine) {
    int sum = 0;
    for (std::size_t i = 0; i < nine.size(); ++i) {
        int d = nine[i] - '0';
        if (i % 2 == 0) d *= 2;
        sum += d > 9 ? d - 9 : d;
    }
    return (10 - sum % 10) % 10;
}

int german(std::string_view eight) {
    int product = 10;
    for (const char c : eight) {
        int sum = (c - '0' + product) % 10;
        if (sum == 0) sum = 10;
        product = 2 * sum % 11;
    }
    return (11 - product) % 10;
}

int weighted(std::string_view digits, std::initializer_list<int> weights) {
    int sum = 0;
    std::size_t i = 0;
    for (const int w : weights) sum += w * (digits[i++] - '0');
    return sum % 11;
}

std::string padded(std::uint64_t number, std::size_t width) {
    std::string text = std::to_string(number);
    if (text.size() > width) text.erase(0, text.size() - width);
    return std::string(width - text.size(), '0') + text;
}

bool all_digits(std::string_view text) {
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    return true;
}

}  // namespace

std::string make_vat_number(std::string_view country, std::uint64_t number) {
    for (;; ++number) {
        if (country == "SE") {
            const std::string nine = "559" + padded(number, 6);
            return "SE" + nine + std::to_string(luhn(nine)) + "01";
        }
        if (country == "DE") {
            const std::string eight = "1" + padded(number, 7);
            return "DE" + eight + std::to_string(german(eight));
        }
        if (country == "DK") {
            const std::string seven = "1" + padded(number, 6);
            const int rest = weighted(seven, {2, 7, 6, 5, 4, 3, 2});
            if (rest != 1) return "DK" + seven + std::to_string((11 - rest) % 11);
        } else if (country == "FI") {
            const std::string seven = "1" + padded(number, 6);
            const int rest = weighted(seven, {7, 9, 10, 5, 8, 4, 2});
            if (rest != 1) return "FI" + seven + std::to_string((11 - rest) % 11);
        } else {
            const std::string eight = "1" + padded(number, 7);
            const int rest = weighted(eight, {9, 8, 7, 6, 5, 4, 3, 2});
            if (rest != 10) return "NL" + eight + std::to_string(rest) + "B01";
        }
    }
}

bool vat_number_digits_right(std::string_view text) {
    const std::string_view country = text.substr(0, 2), rest = text.size() > 2 ? text.substr(2) : "";
    if (country == "SE")
        return rest.size() == 12 && all_digits(rest) && rest.ends_with("01") &&
               luhn(rest.substr(0, 9)) == rest[9] - '0';
    if (country == "DE") return rest.size() == 9 && all_digits(rest) && german(rest.substr(0, 8)) == rest[8] - '0';
    if (country == "DK") return rest.size() == 8 && all_digits(rest) && weighted(rest, {2, 7, 6, 5, 4, 3, 2, 1}) == 0;
    if (country == "FI") return rest.size() == 8 && all_digits(rest) && weighted(rest, {7, 9, 10, 5, 8, 4, 2, 1}) == 0;
    if (country == "NL")
        return rest.size() == 12 && all_digits(rest.substr(0, 9)) && rest[9] == 'B' && all_digits(rest.substr(10)) &&
               weighted(rest, {9, 8, 7, 6, 5, 4, 3, 2}) == rest[8] - '0';
    return true;
}

}  // namespace brygga::sim
