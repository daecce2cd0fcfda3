// Customers, products, reference data and the agreement of e-conomic, to the host's shapes and back.
// Pure functions over documents, safe on any thread; a value of the wrong type reads as absent.
// They never choose a zone, a group, a product or a customer and never shorten a text.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::economic {

/// One field under two names: the host's path and the vendor's. Vendor numbers are ids of the host.
struct FieldName {
    std::string_view path, vendor;
    bool number = false;
};

/// Lines of an address are one text of the vendor: "address.street" stands for them.
std::span<const FieldName> customer_fields();
std::span<const FieldName> product_fields();

inline constexpr std::array<std::string_view, 2> address_lines{"line1", "line2"};
/// The parts of fields[root] by these names, each on a line, become fields[root].street.
void join_street(Json& fields, std::string_view root, std::span<const std::string_view> parts);
/// The other way: the lines of the street become those parts, the last one takes the rest.
void split_street(Json& fields, std::string_view root, std::string_view street,
                  std::span<const std::string_view> parts);
/// The fields that the vendor's record has, but streets; countries as codes, where they are known.
void read_fields(Json& fields, const Json& vendor, std::span<const FieldName> names);
/// Writes every field that is present under its vendor name, and the members of fields.x, but those in reserved.
/// An empty value is left out, and clears on an update: the vendor takes no null.
void write_fields(Json& vendor, const Json& fields, std::span<const FieldName> names,
                  std::span<const std::string_view> reserved);
/// {path: stored value} for the fields that the vendor has stored otherwise or dropped; a text about each dropped one
/// goes into notices.
Json changed_fields(const Json& sent, const Json& vendor, std::span<const FieldName> names, Json& notices);

/// Rows of list, find and deliver; null for a record without its number.
Json customer_row(const Json& vendor);
Json product_row(const Json& vendor);
/// Row of find and deliver; its id is that of its customer, a slash and its own number.
Json contact_row(std::string_view customer, const Json& vendor);
/// Body of the POST of a contact.
Json new_contact(const Json& fields);
/// Row of poll and find: the stock of a product; null where the agreement keeps none of it.
Json stock_row(const Json& vendor);
/// Row of poll, and part of that of find: an article as a product that can be sold elsewhere; null without its number.
Json article_row(const Json& vendor);

/// Body of POST /customers.
Json new_customer(const Json& fields);
/// Body of PUT /customers/{n}: the present record with the new fields, without what is read-only.
Json changed_customer(const Json& fields, const Json& present);
Json new_product(const Json& fields);
/// The whole product as a PUT has it.
Json changed_product(const Json& fields, const Json& present);
/// What was sent, in the form in which changed_fields compares it.
Json customer_form(Json fields);

/// "DK" of "DK", "Danmark" or "Denmark"; empty when the name is not known.
std::string_view country_code(std::string_view name);

/// Rows of options, by kind; null for a record that is no option. self: the answer of /self.
Json option_row(std::string_view kind, const Json& vendor, const Json& self);
/// A product group as tax treatment: what its sales accounts charge in each zone. rates: vat code to percent.
/// Row of poll and find: a group of products as a category; null without its number. And one that is gone.
Json group_row(const Json& vendor);
Json deleted_group(std::string_view number);
Json treatment_row(const Json& group, const Json::Array& sales_accounts, const Json& rates);

/// The document of describe. country: of the connection's config, may be empty. fields: those of the manifest.
Json account(const Json& self, std::string_view country, const Json& fields);
bool has_inventory(const Json& self);

}  // namespace brygga::economic
