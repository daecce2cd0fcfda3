// Customers, articles and reference data of Visma eAccounting, to the host's shapes and back.
// Pure functions over documents, safe on any thread; a value of the wrong type reads as absent.
// They never choose a VAT coding, an article or a customer and never change a text.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::eaccounting {

/// One field under two names: the host's path ("address.city") and the vendor's ("InvoiceCity").
struct FieldName {
    std::string_view path, vendor;
};

/// What customers and documents name alike.
inline constexpr std::array billing_address{
    FieldName{"address.line1", "InvoiceAddress1"},         FieldName{"address.line2", "InvoiceAddress2"},
    FieldName{"address.postal_code", "InvoicePostalCode"}, FieldName{"address.city", "InvoiceCity"},
    FieldName{"address.country", "InvoiceCountryCode"},
};
inline constexpr std::array delivery_address{
    FieldName{"delivery.name", "DeliveryCustomerName"}, FieldName{"delivery.line1", "DeliveryAddress1"},
    FieldName{"delivery.line2", "DeliveryAddress2"},    FieldName{"delivery.postal_code", "DeliveryPostalCode"},
    FieldName{"delivery.city", "DeliveryCity"},         FieldName{"delivery.country", "DeliveryCountryCode"},
};

template <std::size_t... Sizes>
constexpr auto joined(const std::array<FieldName, Sizes>&... lists) {
    std::array<FieldName, (Sizes + ...)> all;
    auto end = all.begin();
    ((end = std::ranges::copy(lists, end).out), ...);
    return all;
}

std::span<const FieldName> customer_fields();

/// Dates come back with or without a time.
constexpr bool is_date(const FieldName& name) { return name.vendor.ends_with("Date"); }
bool is_empty(const Json& value);

/// Writes every field that is present into the vendor's document, and the members of fields.x under their own
/// names. An empty value clears; on a create it is left out.
void write_fields(Json& vendor, const Json& fields, std::span<const FieldName> names, bool create);
/// {path: stored value} for the fields that the vendor has stored otherwise than they were sent.
Json changed_fields(const Json& sent, const Json& vendor, std::span<const FieldName> names);

/// Rows of list, find and deliver.
Json customer_row(const Json& vendor);
Json product_row(const Json& vendor);
/// Row of poll and find: the stock of an article; null for one that keeps none.
Json stock_row(const Json& vendor);
/// Row of poll, and part of that of find: an article as a product that can be sold elsewhere; null without its id.
Json article_row(const Json& vendor);

/// Row of poll and find: a label of articles as a category.
Json label_row(const Json& vendor);
/// Row of poll: one that is gone.
Json deleted_label(std::string_view id);

/// Body of POST /customers.
Json new_customer(const Json& document);
/// Body of PUT /customers/{id}: the present record with the document's fields, without what is read-only.
Json changed_customer(const Json& document, Json present);
/// Body of POST /articles.
Json new_article(const Json& document);
/// The whole article as a PUT has it.
Json changed_article(const Json& document, Json present);

/// Rows of options, by kind; null for a record that is no option. `settings` is the answer of /companysettings.
Json option_row(std::string_view kind, const Json& vendor, const Json& settings);
/// One row for each company setting of use.
Json::Array setting_rows(const Json& settings);

/// A VAT rate in percent; values up to 1 are fractions. Null when there is none.
Json percent(const Json& rate);

/// The document of describe.
Json account(const Json& settings);

}  // namespace brygga::eaccounting
