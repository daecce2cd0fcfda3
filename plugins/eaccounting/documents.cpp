#include "documents.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "brygga/sdk/paths.hpp"

namespace brygga::eaccounting {
namespace {

constexpr std::array common_names{
    FieldName{"delivery_date", "DeliveryDate"},     FieldName{"customer", "CustomerId"},
    FieldName{"your_reference", "YourReference"},   FieldName{"our_reference", "OurReference"},
    FieldName{"payment_term", "TermsOfPaymentId"},  FieldName{"delivery_method", "DeliveryMethodName"},
    FieldName{"delivery_term", "DeliveryTermName"},
};

constexpr auto billing_names = joined(std::array{FieldName{"name", "InvoiceCustomerName"}}, billing_address);

constexpr auto order_names = joined(
    std::array{
        FieldName{"date", "OrderDate"},
        FieldName{"currency", "CurrencyCode"},
    },
    common_names, billing_names, delivery_address);

// Where a quote goes and what it costs follows from its customer.
constexpr std::array quote_names{
    FieldName{"date", "QuoteDate"},
    FieldName{"due_date", "DueDate"},
    FieldName{"delivery_date", "DeliveryDate"},
    FieldName{"customer", "CustomerId"},
    FieldName{"your_reference", "CustomerReference"},
    FieldName{"our_reference", "CompanyReference"},
    FieldName{"payment_term", "TermsOfPayment.Id"},
};

// The billing name and address of a draft are the customer's and read-only; its currency follows the customer.
constexpr auto draft_names = joined(
    std::array{
        FieldName{"date", "InvoiceDate"},
        FieldName{"due_date", "DueDate"},
    },
    common_names, delivery_address);

// The amounts are not marked read-only; they are computed by the server and would contradict new rows.
constexpr std::array<std::string_view, 25> order_read_only{"Id",
                                                           "Amount",
                                                           "VatAmount",
                                                           "RoundingsAmount",
                                                           "DeliveredAmount",
                                                           "DeliveredVatAmount",
                                                           "DeliveredRoundingsAmount",
                                                           "CreatedUtc",
                                                           "ModifiedUtc",
                                                           "CustomerNumber",
                                                           "CustomerName",
                                                           "DeliveryTermId",
                                                           "DeliveryMethodId",
                                                           "CustomerIsPrivatePerson",
                                                           "IncludesVat",
                                                           "Number",
                                                           "SalesDocumentAttachments",
                                                           "MessageThreads",
                                                           "Notes",
                                                           "MaxAllowedTaxReductionAmount",
                                                           "RotReducedInvoicingPercent",
                                                           "IsNotDelivered",
                                                           "ContributionMargin",
                                                           "CreatedFromQuoteId",
                                                           "BackgroundId"};

constexpr std::array<std::string_view, 22> draft_read_only{"Id",
                                                           "CreatedUtc",
                                                           "MaxAllowedTaxReductionAmount",
                                                           "InvoiceCustomerName",
                                                           "InvoicePostalCode",
                                                           "InvoiceCity",
                                                           "InvoiceCountryCode",
                                                           "InvoiceCurrencyCode",
                                                           "CustomerIsPrivatePerson",
                                                           "ReverseChargeOnConstructionServices",
                                                           "SalesDocumentAttachments",
                                                           "MessageThreads",
                                                           "Notes",
                                                           "TotalAmount",
                                                           "TotalVatAmount",
                                                           "TotalRoundings",
                                                           "TotalAmountBaseCurrency",
                                                           "TotalVatAmountBaseCurrency",
                                                           "CustomerNumber",
                                                           "CustomerName",
                                                           "IncludesVat",
                                                           "ContributionMargin"};

// The amounts of a quote are marked read-only, as are the names and addresses, which are its customer's.
constexpr std::array<std::string_view, 39> quote_read_only{"Id",
                                                           "ApprovedDate",
                                                           "BackgroundId",
                                                           "ContributionMargin",
                                                           "CreatedUtc",
                                                           "CurrencyCode",
                                                           "CurrencyRate",
                                                           "CustomerIsPrivatePerson",
                                                           "CustomerName",
                                                           "CustomerNumber",
                                                           "DeliveryAddress1",
                                                           "DeliveryAddress2",
                                                           "DeliveryCity",
                                                           "DeliveryCountryCode",
                                                           "DeliveryCustomerName",
                                                           "DeliveryMethodCode",
                                                           "DeliveryMethodName",
                                                           "DeliveryPostalCode",
                                                           "DeliveryTermCode",
                                                           "DeliveryTermName",
                                                           "IncludesVat",
                                                           "InvoiceAddress1",
                                                           "InvoiceAddress2",
                                                           "InvoiceCity",
                                                           "InvoiceCountryCode",
                                                           "InvoiceCustomerName",
                                                           "InvoicePostalCode",
                                                           "IsDomestic",
                                                           "IsNotDelivered",
                                                           "MessageThreads",
                                                           "ModifiedUtc",
                                                           "Notes",
                                                           "Number",
                                                           "MaxAllowedTaxReductionAmount",
                                                           "RotReducedInvoicingAutomaticDistribution",
                                                           "RotReducedInvoicingPercent",
                                                           "RoundingsAmount",
                                                           "SalesDocumentAttachments",
                                                           "Status"};

constexpr std::array<std::string_view, 14> row_read_only{"Id",
                                                         "IsServiceArticle",
                                                         "UnitId",
                                                         "IsDiscountInFixedAmount",
                                                         "DiscountFixedAmount",
                                                         "VatRate",
                                                         "VatRateId",
                                                         "Amount",
                                                         "PurchasePrice",
                                                         "FreightCosts",
                                                         "ContributionMargin",
                                                         "UnitName",
                                                         "UnitAbbreviation",
                                                         "UnitAbbreviationEnglish"};

constexpr std::array<std::string_view, 4> quote_row_read_only{"LineNumber", "IsTextRow", "IsWorkCost", "ArticleNumber"};

std::span<const std::string_view> read_only(DocumentKind kind) {
    if (kind == DocumentKind::quote) return quote_read_only;
    if (kind == DocumentKind::order) return order_read_only;
    return draft_read_only;
}

// Members that the connector answers for; an extra never replaces them.
constexpr std::array<std::string_view, 6> reserved{
    "Id", "Rows", "CustomerId", "BuyersOrderReference", "IncludesVat", "IsCreditInvoice"};

Json vendor_row(DocumentKind kind, const Json& line, int number) {
    const bool text = line["kind"].string() == "text";
    Json row = Json::object();
    if (kind == DocumentKind::quote) {
        // What is text and where it stands follows from the rows themselves.
    } else if (kind == DocumentKind::order) {
        row = Json::object({{"LineNumber", number},
                            {"IsTextRow", text},
                            {"IsWorkCost", false},
                            {"EligibleForReverseChargeOnVat", false}});
    } else {
        row = Json::object({{"IsTextRow", text}, {"ReversedConstructionServicesVatFree", false}});
    }
    if (!text && !line["article"].text().empty()) row.set("ArticleId", line["article"].text());
    if (!line["text"].string().empty()) row.set("Text", line["text"].string());
    if (text) return row;
    row.set("Quantity", line["quantity"]);
    row.set("UnitPrice", line["unit_price"]);
    const auto discount = line["discount_percent"].decimal();
    if (discount && !discount->is_zero()) row.set("DiscountPercentage", *discount / Decimal{100});
    return row;
}

Json vendor_rows(DocumentKind kind, const Json& lines) {
    Json rows = Json::array();
    int number = 0;
    for (const Json& line : lines.items()) rows.push(vendor_row(kind, line, ++number));
    return rows;
}

/// A draft has no billing name and address of its own: they go where the draft has room for them. A quote has room
/// for the name only.
Json draft_form(Json fields) {
    const std::string name{fields["name"].string()};
    if (!name.empty() && fields["your_reference"].string().empty()) fields.set("your_reference", name);
    if (fields["delivery"].size() > 0 || (name.empty() && fields["address"].size() == 0)) return fields;
    Json delivery = fields["address"];
    if (!name.empty()) delivery.set("name", name);
    fields.set("delivery", std::move(delivery));
    return fields;
}

Json form_of(DocumentKind kind, const Json& document) {
    Json fields = document["fields"];
    Json extras = fields["x"];
    for (const std::string_view name : reserved) extras.erase(name);
    if (extras.size() > 0)
        fields.set("x", std::move(extras));
    else
        fields.erase("x");
    return kind == DocumentKind::order ? fields : draft_form(std::move(fields));
}

std::string_view state_of(DocumentKind kind, const Json& vendor) {
    if (kind == DocumentKind::invoice_draft) return "draft";
    if (kind == DocumentKind::invoice) return "booked";
    // 0 draft, 1 ongoing, 2 approved, 3 invoiced, 4 order created: what was agreed on is not changed.
    if (kind == DocumentKind::quote) return vendor["Status"].integer(1) <= 1 ? "open" : "closed";
    switch (vendor["Status"].integer(0)) {
        case 1:
            return "draft";
        case 3:
            return "closed";
        case 4:
            return "booked";
        default:
            return "open";
    }
}

}  // namespace

std::span<const FieldName> document_fields(DocumentKind kind) {
    if (kind == DocumentKind::quote) return quote_names;
    if (kind == DocumentKind::order) return order_names;
    return draft_names;
}

Json new_document(DocumentKind kind, const Json& document) {
    Json body = Json::object({{"EuThirdParty", false}, {"RotReducedInvoicingType", 0}});
    if (document["op"].string() == "credit") body.set("IsCreditInvoice", true);
    if (kind == DocumentKind::order) {
        body.set("Status", 2);
        body.set("ReverseChargeOnConstructionServices", false);
    }
    write_fields(body, form_of(kind, document), document_fields(kind), true);
    if (!document["reference"].string().empty()) body.set("BuyersOrderReference", document["reference"]);
    body.set("Rows", vendor_rows(kind, document["lines"]));
    return body;
}

Json changed_document(DocumentKind kind, const Json& document, Json present) {
    for (const std::string_view name : read_only(kind)) present.erase(name);
    // Beside its id it repeats the terms in full and would contradict new ones.
    if (Json* terms = kind == DocumentKind::quote ? present.find("TermsOfPayment") : nullptr)
        *terms = Json::object({{"Id", (*terms)["Id"]}});
    write_fields(present, form_of(kind, document), document_fields(kind), false);
    if (!document["reference"].string().empty()) present.set("BuyersOrderReference", document["reference"]);
    if (document["lines"].is_array()) {
        present.set("Rows", vendor_rows(kind, document["lines"]));
    } else if (Json* rows = present.find("Rows"); rows && rows->is_array()) {
        for (Json& row : rows->items_for_writing()) {
            for (const std::string_view name : row_read_only) row.erase(name);
            if (kind == DocumentKind::quote)
                for (const std::string_view name : quote_row_read_only) row.erase(name);
        }
    }
    return present;
}

bool is_final(DocumentKind kind, const Json& vendor) {
    const std::string_view state = state_of(kind, vendor);
    return state == "closed" || state == "booked";
}

Json document_row(DocumentKind kind, const Json& vendor) {
    const bool draft = kind == DocumentKind::invoice_draft, invoice = kind == DocumentKind::invoice;
    Json keys = Json::object();
    if (!vendor["BuyersOrderReference"].text().empty()) keys.set("reference", vendor["BuyersOrderReference"].text());
    Json fields = Json::object({{"customer", vendor["CustomerId"].text()},
                                {"currency", vendor[draft ? "InvoiceCurrencyCode" : "CurrencyCode"].string()},
                                {"date", vendor[document_fields(kind).front().vendor].string().substr(0, 10)}});
    if (vendor["IncludesVat"].is_boolean()) fields.set("prices_include_tax", vendor["IncludesVat"]);
    const std::string_view modified = vendor["ModifiedUtc"].string();
    Json row = Json::object({{"id", vendor["Id"].text()},
                             {"number", vendor[invoice ? "InvoiceNumber" : "Number"].text()},
                             {"kind", kind_name(kind, vendor)},
                             {"state", state_of(kind, vendor)},
                             {"version", modified.empty() ? vendor["CreatedUtc"].string() : modified},
                             {"keys", std::move(keys)},
                             {"fields", std::move(fields)}});
    if (Json sums = totals(kind, vendor); !sums.is_null()) row.set("totals", std::move(sums));
    return row;
}

Json status_row(DocumentKind kind, const Json& vendor) {
    Json row = document_row(kind, vendor);
    const Json reference = row["keys"]["reference"];
    const std::string state{row["state"].string()};
    // An invoiced order keeps the day on which it was shipped, if it ever was.
    const bool shipped = state == "closed" || (state == "booked" && !is_empty(vendor["ShippedDateTime"]));
    Json entity = Json::object({{"id", row["id"]},
                                {"number", row["number"]},
                                {"kind", kind_name(kind)},
                                {"reference", reference.string()},
                                {"invoiced", state == "booked"},
                                {"shipped", kind == DocumentKind::order && shipped}});
    if (const Json& gross = row["totals"]["gross"]; gross.is_number()) entity.set("gross", gross);
    std::string revision{row["version"].string()};
    revision.append("/").append(state).append("/").append(reference.string());
    return std::move(row.set("type", "order_status")
                         .set("modified", row["version"])
                         .set("revision", std::move(revision))
                         .set("entity", std::move(entity))
                         .set("raw", vendor));
}

Json whole_document_row(DocumentKind kind, const Json& vendor) {
    Json row = document_row(kind, vendor);
    Json& fields = row.member("fields");
    const auto tell = [&](std::span<const FieldName> names) {
        for (const FieldName& name : names) {
            const Json* const value = at_path(vendor, name.vendor);
            if (!value || is_empty(*value) || name.path == "currency") continue;
            set_path(fields, name.path, is_date(name) ? Json{value->string().substr(0, 10)} : *value);
        }
    };
    tell(document_fields(kind));
    // Of a quote and a draft they are the customer's.
    if (kind == DocumentKind::quote) tell(delivery_address);
    if (kind != DocumentKind::order) tell(billing_names);
    Json lines = Json::array();
    for (const Json& stored : vendor["Rows"].items()) {
        const bool text = stored["IsTextRow"].boolean();
        Json line = Json::object({{"kind", text ? "text" : "article"}, {"text", stored["Text"].string()}});
        if (!text) {
            line.set("article", stored["ArticleId"].text());
            line.set("quantity", stored["Quantity"]);
            line.set("unit_price", stored["UnitPrice"]);
            line.set("discount_percent", stored["DiscountPercentage"].decimal().value_or(Decimal{}) * Decimal{100});
        }
        lines.push(std::move(line));
    }
    row.set("lines", std::move(lines));
    return row;
}

Json delivered_document(DocumentKind kind, const Json& document, const Json& vendor) {
    Json row = document_row(kind, vendor);
    if (!row.has("totals")) row.set("totals", Json{});
    const Json form = form_of(kind, document);
    Json changed = changed_fields(form, vendor, document_fields(kind));
    const Json& reference = document["reference"];
    if (reference.is_string() && vendor.has("BuyersOrderReference") && !(reference == vendor["BuyersOrderReference"]))
        changed.set("reference", vendor["BuyersOrderReference"]);
    row.set("changed", std::move(changed));
    Json notices = Json::array();
    const Json& fields = document["fields"];
    const bool named = !fields["name"].string().empty() || fields["address"].size() > 0;
    if (kind == DocumentKind::invoice_draft && named)
        notices.push(
            "The billing name and address of an invoice draft are those of its customer; the ones of this document "
            "went to the delivery address and the buyer's reference where those were free.");
    if (kind == DocumentKind::quote && (named || fields["delivery"].size() > 0))
        notices.push(
            "The names and addresses of a quote are those of its customer; the name of this document went to the "
            "buyer's reference where that was free.");
    row.set("notices", std::move(notices));
    return row;
}

Json new_payment(const Json& document) {
    constexpr int complete = 2;  // PaymentType: 1 partial, 2 complete, 3 rounding, 4 bank charge
    const Json& fields = document["fields"];
    return Json::object({{"CompanyBankAccountId", fields["account"].text()},
                         {"PaymentDate", fields["date"]},
                         {"PaymentAmount", fields["amount"]},
                         {"PaymentCurrency", fields["currency"]},
                         {"PaymentType", complete},
                         {"Reference", document["reference"]}});
}

Json paid_row(std::string_view invoice, const Json& amount) {
    return Json::object({{"id", invoice},
                         {"number", ""},
                         {"kind", "customer_payment"},
                         {"state", "booked"},
                         {"version", ""},
                         {"keys", Json::object({{"document", invoice}})},
                         {"fields", Json::object({{"amount", amount}})},
                         {"changed", Json::object()},
                         {"notices", Json::array()}});
}

}  // namespace brygga::eaccounting
