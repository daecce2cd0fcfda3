#include "entity/country.h"

#include <algorithm>
#include <array>

namespace brygga::entity {

bool is_eu(std::string_view country) noexcept {
    static constexpr std::array<std::string_view, 28> members{
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR",
        "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"};
    return std::ranges::binary_search(members, country);
}

std::optional<Decimal> standard_vat(std::string_view country) noexcept {
    struct Standard {
        std::string_view country;
        int tenths;
    };
    static constexpr std::array<Standard, 27> rates{
        {{"AT", 200}, {"BE", 210}, {"BG", 200}, {"CY", 190}, {"CZ", 210}, {"DE", 190}, {"DK", 250},
         {"EE", 240}, {"ES", 210}, {"FI", 255}, {"FR", 200}, {"GR", 240}, {"HR", 250}, {"HU", 270},
         {"IE", 230}, {"IT", 220}, {"LT", 210}, {"LU", 170}, {"LV", 210}, {"MT", 180}, {"NL", 210},
         {"PL", 230}, {"PT", 230}, {"RO", 210}, {"SE", 250}, {"SI", 220}, {"SK", 230}}};
    const auto found = std::ranges::find(rates, iso_country(country), &Standard::country);
    if (found == rates.end()) return std::nullopt;
    return Decimal::scaled(found->tenths, 1);
}

std::string_view iso_country(std::string_view code) noexcept { return code == "EL" ? "GR" : code; }

}  // namespace brygga::entity
