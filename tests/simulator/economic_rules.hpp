// What the simulated e-conomic takes: fields of each body and the filter language of its lists.
// Pure functions over documents, safe on any thread.
// Unknown members are dropped without a word, as the vendor does; a known one of the wrong type is refused.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::sim {

struct EconomicField {
    std::string_view path;   ///< with dots
    char type;               ///< s text, i whole number of 1 or more, m money of two places, r rate of six, d date, b
    std::size_t length = 0;  ///< of a text, in characters; 0: any
    bool required = false;
};

extern const std::span<const EconomicField> economic_customer, economic_contact, economic_payment, economic_product,
    economic_document, economic_line;

/// Adds {"errors":[{...}]} at the path of the tree that mirrors the request.
void economic_error(Json& errors, std::string_view path, std::string_view code, std::string_view message,
                    const Json& value);

/// The known fields of the body; what is wrong goes into errors.
Json economic_accept(std::span<const EconomicField> fields, const Json& body, Json& errors);

/// Whether a record fits a filter. error: why the filter is refused; wrong: the property that is not allowed.
bool economic_matches(std::string_view filter, const Json& record, std::string_view allowed, std::string& error);

}  // namespace brygga::sim
