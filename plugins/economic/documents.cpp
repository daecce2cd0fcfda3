#include "documents.h"

#include <algorithm>
#include <utility>

#include "brygga/sdk/paths.hpp"
#include "query.h"

namespace brygga::economic {
namespace {

constexpr std::array document_names{
    FieldName{"date", "date"},
    FieldName{"due_date", "dueDate"},
    FieldName{"currency", "currency"},
    FieldName{"customer", "customer.customerNumber", true},
    FieldName{"contact", "references.customerContact.customerContactNumber", true},
    FieldName{"contact", "recipient.attention.customerContactNumber", true},
    FieldName{"payment_term", "paymentTerms.paymentTermsNumber", true},
    FieldName{"layout", "layout.layoutNumber", true},
    FieldName{"zone", "recipient.vatZone.vatZoneNumber", true},
    FieldName{"name", "recipient.name"},
    FieldName{"address.street", "recipient.address"},
    FieldName{"address.postal_code", "recipient.zip"},
    FieldName{"address.city", "recipient.city"},
    FieldName{"address.country", "recipient.country"},
    FieldName{"delivery.street", "delivery.address"},
    FieldName{"delivery.postal_code", "delivery.zip"},
    FieldName{"delivery.city", "delivery.city"},
    FieldName{"delivery.country", "delivery.country"},
    FieldName{"delivery_date", "delivery.deliveryDate"},
    FieldName{"delivery_term", "delivery.deliveryTerms"},
    FieldName{"heading", "notes.heading"},
    FieldName{"note", "notes.textLine1"},
    FieldName{"project", "project.projectNumber", true},
};
constexpr std::array line_names{
    FieldName{"article", "product.productNumber"},
    FieldName{"text", "description"},
    FieldName{"quantity", "quantity"},
    FieldName{"unit_price", "unitNetPrice"},
    FieldName{"discount_percent", "discountPercentage"},
};
constexpr std::array<std::string_view, 3> delivery_lines{"name", "line1", "line2"};

/// Computed by the server or links; they would contradict the new lines.
constexpr std::array<std::string_view, 17> computed{"self",
                                                    "metaData",
                                                    "templates",
                                                    "pdf",
                                                    "soap",
                                                    "attachment",
                                                    "lastUpdated",
                                                    "netAmount",
                                                    "netAmountInBaseCurrency",
                                                    "grossAmount",
                                                    "grossAmountInBaseCurrency",
                                                    "marginInBaseCurrency",
                                                    "marginPercentage",
                                                    "vatAmount",
                                                    "roundingAmount",
                                                    "costPriceInBaseCurrency",
                                                    "remainder"};
/// Members that the connector answers for; an extra never replaces them.
constexpr std::array<std::string_view, 11> reserved{"lines",       "references", "customer",    "recipient",
                                                    "self",        "currency",   "orderNumber", "draftInvoiceNumber",
                                                    "quoteNumber", "layout",     "date"};

Decimal signed_as(bool credit, const Decimal& value) { return credit ? -value : value; }
Json signed_as(bool credit, const Json& value) {
    const auto number = value.decimal();
    return credit && number ? Json{signed_as(credit, *number)} : value;
}

Json vendor_line(const Json& line, int number, bool credit) {
    Json out = Json::object({{"lineNumber", number}, {"sortKey", number}});
    if (line["kind"].string() != "text") {
        const std::string_view article = line["article"].text().empty() ? line["sku"].text() : line["article"].text();
        out.set("product", Json::object({{"productNumber", article}}));
        out.set("quantity", signed_as(credit, line["quantity"]));
        out.set("unitNetPrice", line["unit_price"]);
        const auto discount = line["discount_percent"].decimal();
        if (discount && !discount->is_zero()) out.set("discountPercentage", *discount);
    }
    if (!line["text"].string().empty()) out.set("description", line["text"]);
    return out;
}

Json vendor_lines(const Json& lines, bool credit = false) {
    Json out = Json::array();
    int number = 0;
    for (const Json& line : lines.items()) out.push(vendor_line(line, ++number, credit));
    return out;
}

Json form_of(const Json& document) {
    Json fields = document["fields"];
    join_street(fields, "address", address_lines);
    join_street(fields, "delivery", delivery_lines);
    // The id of a contact begins with its customer.
    if (const std::string_view contact = fields["contact"].text(); !contact.empty())
        fields.set("contact", std::string{contact.substr(contact.rfind('/') + 1)});
    return fields;
}

void set_reference_text(Json& body, const Json& document) {
    if (!document["reference"].string().empty()) set_path(body, "references.other", document["reference"]);
}

Json totals(const Json& vendor, bool credit) {
    const auto net = vendor["netAmount"].decimal(), tax = vendor["vatAmount"].decimal(),
               gross = vendor["grossAmount"].decimal();
    if (!net || !tax || !gross) return {};
    Json out = Json::object(
        {{"net", signed_as(credit, *net)}, {"tax", signed_as(credit, *tax)}, {"gross", signed_as(credit, *gross)}});
    if (const Decimal rounding = *gross - *net - *tax; !rounding.is_zero())
        out.set("rounding", signed_as(credit, rounding));
    return out;
}

}  // namespace

bool is_credit_note(const Place& place, const Json& vendor) {
    const auto gross = vendor["grossAmount"].decimal();
    return place.path.starts_with("/invoices/") && gross && gross->is_negative();
}

std::span<const FieldName> document_fields() { return document_names; }
std::span<const FieldName> line_fields() { return line_names; }

std::string_view number_in(const Place& place, std::string_view id) {
    if (!id.starts_with(place.prefix)) return {};
    id.remove_prefix(place.prefix.size());
    return is_number(id) ? id : std::string_view{};
}

Json new_document(const Json& document) {
    Json body = Json::object();
    write_fields(body, form_of(document), document_names, reserved);
    set_reference_text(body, document);
    body.set("lines", vendor_lines(document["lines"], document["op"].string() == "credit"));
    return body;
}

Json changed_document(const Json& document, const Json& present) {
    Json body = Json::object();
    for (const Json::Member& member : present.members())
        if (!member.value.is_null() && std::ranges::find(computed, member.name) == computed.end())
            body.set(member.name, member.value);
    // The rate belongs to its currency, the day of payment to terms of that type.
    if (document["fields"].has("currency") && !(document["fields"]["currency"] == present["currency"]))
        body.erase("exchangeRate");
    if (present["paymentTerms"]["paymentTermsType"].string() != "dueDate") body.erase("dueDate");
    write_fields(body, form_of(document), document_names, reserved);
    set_reference_text(body, document);
    if (document["lines"].is_array()) body.set("lines", vendor_lines(document["lines"]));
    return body;
}

Json booking(std::string_view number) {
    Json which = Json::object();
    which.set(invoice_drafts.number, Decimal::parse(number).value_or(Decimal{}));
    return Json::object({{"draftInvoice", std::move(which)}, {"sendBy", "none"}});
}

Json document_row(const Place& place, const Json& vendor) {
    const std::string_view number = vendor[place.number].text();
    if (number.empty()) return {};
    const bool credit = is_credit_note(place, vendor);
    Json keys = Json::object();
    if (const auto reference = vendor["references"]["other"].text(); !reference.empty())
        keys.set("reference", reference);
    Json row = Json::object({{"id", std::string{place.prefix}.append(number)},
                             {"number", number},
                             {"kind", credit ? credit_name(place) : place.kind},
                             {"state", place.state},
                             {"version", vendor["lastUpdated"].text()},
                             {"keys", std::move(keys)},
                             {"fields", Json::object({{"customer", vendor["customer"]["customerNumber"].text()},
                                                      {"currency", vendor["currency"].string()},
                                                      {"date", vendor["date"].string().substr(0, 10)}})}});
    if (Json sums = totals(vendor, credit); !sums.is_null()) row.set("totals", std::move(sums));
    return row;
}

Json status_row(const Place& place, const Json& vendor) {
    if (is_credit_note(place, vendor)) return {};  // it says nothing of how far an order has come
    Json row = document_row(place, vendor);
    if (row.is_null()) return row;
    const Json reference = row["keys"]["reference"];
    Json entity = Json::object({{"id", row["id"]},
                                {"number", row["number"]},
                                {"kind", place.kind},
                                {"reference", reference.string()},
                                {"invoiced", &place == &booked_invoices}});
    if (const Json& gross = row["totals"]["gross"]; gross.is_number()) entity.set("gross", gross);
    std::string revision{place.path};
    revision.append("/").append(row["version"].string()).append("/").append(reference.string());
    return std::move(row.set("type", "order_status")
                         .set("modified", row["version"])
                         .set("revision", std::move(revision))
                         .set("entity", std::move(entity))
                         .set("raw", vendor));
}

Json whole_document_row(const Place& place, const Json& vendor) {
    Json row = document_row(place, vendor);
    if (row.is_null()) return row;
    Json& fields = row.member("fields");
    read_fields(fields, vendor, document_names);
    if (const Json contact = fields["contact"]; !contact.text().empty())
        fields.set("contact", std::string{fields["customer"].text()}.append("/").append(contact.text()));
    split_street(fields, "address", vendor["recipient"]["address"].string(), address_lines);
    split_street(fields, "delivery", vendor["delivery"]["address"].string(), delivery_lines);
    if (!vendor["lines"].is_array()) return row;
    Json lines = Json::array();
    for (const Json& stored : vendor["lines"].items()) {
        const bool text = stored["product"]["productNumber"].text().empty();
        Json line = Json::object({{"kind", text ? "text" : "article"}, {"text", stored["description"].string()}});
        if (!text) {
            line.set("article", stored["product"]["productNumber"].text());
            line.set("quantity", signed_as(is_credit_note(place, vendor), stored["quantity"]));
            line.set("unit_price", stored["unitNetPrice"]);
            line.set("discount_percent", stored["discountPercentage"].decimal().value_or(Decimal{}));
        }
        lines.push(std::move(line));
    }
    row.set("lines", std::move(lines));
    return row;
}

Json delivered_document(const Place& place, const Json& document, const Json& vendor) {
    Json row = document_row(place, vendor);
    if (!row.has("totals")) row.set("totals", Json{});
    Json notices = Json::array();
    Json form = form_of(document);
    // The server computes the day of payment but for one type of terms.
    if (vendor["paymentTerms"]["paymentTermsType"].string() != "dueDate") form.erase("due_date");
    Json changed = changed_fields(form, vendor, document_names, notices);
    const Json& reference = document["reference"];
    if (reference.is_string() && !(reference == vendor["references"]["other"])) {
        changed.set("reference", vendor["references"]["other"]);
        notices.push("e-conomic did not keep the reference as it was sent.");
    }
    if (document["lines"].is_array() && vendor["lines"].is_array() &&
        document["lines"].size() != vendor["lines"].size())
        notices.push("e-conomic did not keep every line.");
    row.set("changed", std::move(changed));
    row.set("notices", std::move(notices));
    return row;
}

}  // namespace brygga::economic
