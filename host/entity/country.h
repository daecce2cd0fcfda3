// Country: which countries are in the VAT territory of the European Union, and their standard rates. Pure, no state,
// safe on any thread. Members as of 2026 (27). Greece is GR as a country and EL in VAT numbers; both are members here.
// Northern Ireland (XI) follows EU rules for goods, but no address carries it as a country: it is not a member here.
#pragma once

#include <optional>
#include <string_view>

#include "brygga/sdk/decimal.hpp"

namespace brygga::entity {

/// Alpha-2, upper case.
bool is_eu(std::string_view country) noexcept;
/// Percent of VAT on most goods, of a member; as of January 2026 (European Commission, Taxes in Europe Database).
std::optional<Decimal> standard_vat(std::string_view country) noexcept;
/// The ISO code for a VAT prefix: "EL" is "GR"; everything else is itself.
std::string_view iso_country(std::string_view code) noexcept;

}  // namespace brygga::entity
