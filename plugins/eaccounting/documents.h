// Quotes, orders, invoice drafts and booked invoices of Visma eAccounting, to the host's shapes; the first three also
// back.
// Pure functions over documents, safe on any thread; a value of the wrong type reads as absent.
// The VAT of a row follows its article and customer at the vendor; nothing here chooses or corrects it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "brygga/sdk/json.hpp"
#include "translate.h"

namespace brygga::eaccounting {

/// An invoice is what became of a draft or an order; it is only read.
enum class DocumentKind : std::uint8_t { quote, order, invoice_draft, invoice };
inline constexpr std::array written_kinds{DocumentKind::quote, DocumentKind::order, DocumentKind::invoice_draft};

constexpr std::string_view kind_name(DocumentKind kind) {
    constexpr std::array<std::string_view, 4> names{"quote", "order", "invoice_draft", "invoice"};
    return names[static_cast<std::size_t>(kind)];
}
/// Of the API.
constexpr std::string_view collection(DocumentKind kind) {
    constexpr std::array<std::string_view, 4> paths{"/quotes", "/orders", "/customerinvoicedrafts",
                                                    "/customerinvoices"};
    return paths[static_cast<std::size_t>(kind)];
}
/// Of these it is not certain whether their amount is with tax.
constexpr bool is_before_invoice(DocumentKind kind) {
    return kind == DocumentKind::quote || kind == DocumentKind::order;
}

/// Kinds of the host for what the vendor keeps among drafts and invoices: IsCreditInvoice tells them apart.
constexpr std::string_view credit_name(DocumentKind kind) {
    return kind == DocumentKind::invoice ? "credit_note" : "credit_note_draft";
}
inline bool is_credit_note(const Json& vendor) { return vendor["IsCreditInvoice"].boolean(); }
/// Of a vendor's document among those of this kind.
inline std::string_view kind_name(DocumentKind kind, const Json& vendor) {
    return is_credit_note(vendor) ? credit_name(kind) : kind_name(kind);
}

std::span<const FieldName> document_fields(DocumentKind kind);

/// Body of a POST.
Json new_document(DocumentKind kind, const Json& document);
/// Body of a PUT: the present document with the new fields and rows, without what is read-only.
Json changed_document(DocumentKind kind, const Json& document, Json present);
/// Whether the vendor's document has gone too far to be changed.
bool is_final(DocumentKind kind, const Json& vendor);

/// Row of list, find and deliver.
Json document_row(DocumentKind kind, const Json& vendor);
/// The same as a row of order statuses: with what the document says of its order.
Json status_row(DocumentKind kind, const Json& vendor);
/// The same with all that deliver writes, in its names, and with "lines".
Json whole_document_row(DocumentKind kind, const Json& vendor);
/// What became of the document that was sent, as the result of deliver has it.
Json delivered_document(DocumentKind kind, const Json& document, const Json& vendor);

/// Body of the POST of a payment: the whole of an invoice.
Json new_payment(const Json& document);
/// Row of find and deliver for what was paid on an invoice; the vendor lists no payments.
Json paid_row(std::string_view invoice, const Json& amount);

/// {"net","tax","gross"} as the vendor states them, and "taxes" per rate and "rounding" where they can be told;
/// null when the answer contradicts itself. Which of net and gross the amount and rows of an order or quote are follows
/// from the figures, IncludesVat deciding where both fit. Those of a credit note are what it credits: positive,
/// whichever sign the vendor gives them.
Json totals(DocumentKind kind, const Json& vendor);

}  // namespace brygga::eaccounting
