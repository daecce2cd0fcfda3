// Reads lists of records page by page: everything, or what has changed since an instant.
// A vendor that cannot filter or sort by the property of change is read in full and told apart here.
// Used inside one call of one instance; it keeps nothing between calls but what the cursor says.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api.h"
#include "brygga/sdk/connector.hpp"
#include "documents.h"

namespace brygga::eaccounting {

/// One list of the vendor and how its records are told to the host.
struct Source {
    std::string_view path;
    std::string_view changed;  ///< property with the time of the last change; empty when there is none
    std::string_view plural;   ///< for messages
    std::string_view root;     ///< customer, product or document
    std::optional<DocumentKind> document;

    /// The host's row; null for a record without id.
    Json row(const Json& vendor) const;
    /// The row of poll.
    Json polled_row(const Json& vendor) const;
    /// With all that deliver could write, and what the vendor sent.
    Json whole_row(const Json& vendor) const;
};

/// The lists behind a type of the host: one, or for documents orders, drafts and booked invoices. Empty for an unknown
/// type.
std::span<const Source> sources_of(std::string_view type);

/// Whether a failure says that the company's licence or modules have no orders and quotes.
bool says_no_orders(const sdk::Failure& failure);

/// Where a reading stands.
struct Position {
    enum Way : std::uint8_t { filter, sorted, all };
    Way way = filter;
    std::int64_t page = 1, total = -1;
    int restarts = 0;
};

/// The next page of the records whose `property` is later than `since` (empty: all), and maybe of older ones.
/// Where the filter is refused the newest come first, where the order is refused too everything is read.
Records next_page(sdk::Call& call, const Api& api, const Source& source, std::string_view property,
                  std::string_view since, Position& position);

/// The calls `list` and, with `polled`, `poll`: rows changed since the cursor, a checkpoint after each page.
void list_rows(sdk::Call& call, const Api& api, std::int64_t now_ms, const sdk::ListRequest& request, sdk::Page& page,
               bool polled = false);

}  // namespace brygga::eaccounting
