// Codes of failures on which the host acts by their name; every other code is for people alone. Each comes with
// BRYGGA_REJECTED and says for certain that nothing was written. plugin-api/README.md lists them.
#pragma once

#include <array>
#include <string_view>

namespace brygga::code {

inline constexpr std::string_view product_exists = "product.exists";
inline constexpr std::string_view vat_number_refused = "tax.vat_number_refused";
inline constexpr std::string_view document_closed = "document.closed";
inline constexpr std::string_view document_gone = "document.gone";
inline constexpr std::string_view reference_gone = "reference.gone";

inline constexpr std::array all{product_exists, vat_number_refused, document_closed, document_gone, reference_gone};

}  // namespace brygga::code
