// Quotes, orders and invoices of e-conomic, to the host's shapes; drafts of them also back.
// Pure functions over documents, safe on any thread; a value of the wrong type reads as absent.
// The VAT of a line follows from the zone of the document and the group of its product; a line has no VAT of its own.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"
#include "translate.h"

namespace brygga::economic {

/// One list of documents. Their numbers overlap, so an id says which list it is of.
struct Place {
    std::string_view path, number, kind, state, prefix;
};
/// A quote or order that was sent or became another document, and a booked invoice, cannot be changed. Archived quotes
/// are left out: the order or invoice that each became has its reference.
inline constexpr std::array places{
    Place{"/orders/drafts", "orderNumber", "order", "draft", "order-"},
    Place{"/orders/sent", "orderNumber", "order", "closed", "order-"},
    Place{"/orders/archived", "orderNumber", "order", "closed", "order-"},
    Place{"/invoices/drafts", "draftInvoiceNumber", "invoice_draft", "draft", "draft-"},
    Place{"/invoices/booked", "bookedInvoiceNumber", "invoice", "booked", "invoice-"},
    Place{"/quotes/drafts", "quoteNumber", "quote", "draft", "quote-"},
    Place{"/quotes/sent", "quoteNumber", "quote", "closed", "quote-"},
};
inline constexpr const Place &order_drafts = places[0], &archived_orders = places[2], &invoice_drafts = places[3],
                             &booked_invoices = places[4], &quote_drafts = places[5];

/// A credit note is an invoice whose sum is negative; the host counts what it credits, in positive figures.
bool is_credit_note(const Place& place, const Json& vendor);
constexpr std::string_view credit_name(const Place& place) {
    return &place == &booked_invoices ? "credit_note" : "credit_note_draft";
}

std::span<const FieldName> document_fields();
std::span<const FieldName> line_fields();

/// The vendor's number in an id of this place; empty when the id belongs elsewhere.
std::string_view number_in(const Place& place, std::string_view id);

/// Body of a POST.
Json new_document(const Json& document);
/// Body of a PUT: the present document with the new fields and lines, without what the server computes.
Json changed_document(const Json& document, const Json& present);

/// Body of the POST that books the draft with this number; nothing is sent to the customer.
Json booking(std::string_view number);

/// Row of list, find and deliver; null for a record without its number.
Json document_row(const Place& place, const Json& vendor);
/// The same as a row of order statuses: with what the document says of its order.
Json status_row(const Place& place, const Json& vendor);
/// The same with all that deliver writes, in its names, and with "lines" where the answer has them.
Json whole_document_row(const Place& place, const Json& vendor);
/// What became of the document that was sent, as the result of deliver has it.
Json delivered_document(const Place& place, const Json& document, const Json& vendor);

}  // namespace brygga::economic
