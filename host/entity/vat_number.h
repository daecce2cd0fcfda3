// VatNumber: syntax and check digits of European VAT numbers, offline. Pure, no state, safe on any thread.
// Check digits are verified for BE, DE, DK, FI, FR, NL and SE; the other member states and XI by syntax. A valid
// number need not be registered: only the tax authority's service (VIES) can say that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brygga::entity {

struct VatNumber {
    std::string country;  ///< ISO alpha-2 of the prefix: GR for EL
    std::string number;   ///< normalised, with the prefix as on invoices: "SE556677889901"
};

/// `country` (alpha-2, may be empty) stands in when the text has no prefix of its own. Nothing when invalid.
std::optional<VatNumber> parse_vat_number(std::string_view text, std::string_view country = {});

}  // namespace brygga::entity
