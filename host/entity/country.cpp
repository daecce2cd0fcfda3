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

std::string_view iso_country(std::string_view code) noexcept { return code == "EL" ? "GR" : code; }

}  // namespace brygga::entity
