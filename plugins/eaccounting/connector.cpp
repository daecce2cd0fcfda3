// The connector of Visma eAccounting: the calls of brygga/plugin.h. One object for each instance, [serial];
// it keeps no state but the table of failures and which properties cannot be searched by.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "api.h"
#include "brygga/sdk/codes.hpp"
#include "brygga/sdk/connector.hpp"
#include "documents.h"
#include "failures.h"
#include "labels.h"
#include "listing.h"
#include "look_up.h"
#include "manifest_json.h"
#include "translate.h"

namespace brygga::eaccounting {
namespace {

using sdk::Call;
using sdk::Failure;
using sdk::Page;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> option_lists{{
    {"payment_term", "/termsofpayments"},
    {"unit", "/units"},
    {"tax_treatment", "/articleaccountcodings"},
    {"vat_code", "/vatcodes"},
    {"delivery_method", "/deliverymethods"},
    {"delivery_term", "/deliveryterms"},
    {"currency", "/currencies"},
    {"bank_account", "/bankaccounts"},
}};

class Connector {
public:
    static constexpr std::string_view manifest = manifest_json;

    Connector(sdk::Host host, const Json& config)
        : host_{host},
          failures_{Json::parse(manifest).value_or(Json{})},
          api_{host, std::string{config["api_url"].string()}, failures_},
          look_up_{api_, failures_} {}

    void check(Call& call) {
        const Json settings = company_settings(call, "read the company settings");
        if (settings["CompanyStatus"].integer(1) != 1)
            throw failures_.own("company.inactive", {"use the connected company", {}});
    }

    Json describe(Call& call) { return account(company_settings(call, "describe the company")); }

    void poll(Call& call, const sdk::PollRequest& request, Page& page) {
        if (request.type == "category") return poll_labels(call, api_, request.cursor, page);
        const bool status = request.type == "order_status";
        if (!status && request.type != "stock" && request.type != "product") throw unsupported("poll", request.type);
        // Later whatever has changed counts, however old it is.
        const bool first = status && request.cursor["since"].string().empty();
        list_rows(
            call, api_, host_.unix_ms(),
            {request.type, request.cursor, first ? request.first_run_from : std::string_view{}, request.max_items},
            page, true);
    }

    void list(Call& call, const sdk::ListRequest& request, Page& page) {
        if (sources_of(request.type).empty() || request.type == "stock" || request.type == "order_status")
            throw unsupported("list", request.type);
        list_rows(call, api_, host_.unix_ms(), request, page);
    }

    void find(Call& call, const Json& request, Page& page) {
        if (request["type"].string() == "category") return find_labels(call, api_, failures_, request, page);
        look_up_.find(call, request, page);
    }

    Json deliver(Call& call, const Json& document, std::string_view) {
        const std::string_view type = document["type"].string(), op = document["op"].string();
        if (op == "create" && type == "customer") return create_customer(call, document);
        if (op == "update" && type == "customer") return update_customer(call, document);
        if (op == "create" && type == "product") return create_product(call, document);
        if (op == "update" && type == "product") return update_product(call, document);
        if (op == "create" && type == "payment") return create_payment(call, document);
        const std::string_view kind_of = document["kind"].string();
        const bool credit_note = kind_of == credit_name(DocumentKind::invoice_draft);
        if (op == "book" && (credit_note || kind_of == kind_name(DocumentKind::invoice_draft)))
            return book_draft(call, document);
        if (op == "credit" && credit_note) return create_document(call, DocumentKind::invoice_draft, document);
        if (type == "document")
            for (const DocumentKind kind : written_kinds)
                if (kind_of == kind_name(kind)) {
                    if (op == "create") return create_document(call, kind, document);
                    if (op == "update") return update_document(call, kind, document);
                    if (op == "cancel") return cancel_document(call, kind, document);
                }
        throw unsupported(op, type);
    }

    void options(Call& call, std::string_view kind, Page& page) {
        const Attempt attempt{"list the options of kind " + std::string{kind}, {}, false, true};
        if (kind == "company_setting") {
            const auto rows = setting_rows(company_settings(call, attempt.what));
            if (rows.empty()) throw failures_.own("answer.unreadable", attempt);
            for (const Json& row : rows) page.entity(row);
            return;
        }
        const auto found = std::ranges::find(option_lists, kind, &decltype(option_lists)::value_type::first);
        if (found == option_lists.end()) throw unsupported("list the options of", kind);
        const bool has_default = kind == "payment_term" || kind == "currency";
        const Json settings = has_default ? company_settings(call, attempt.what) : Json{};
        for (std::int64_t number = 1;; ++number) {
            call.throw_if_cancelled();
            const Records records = api_.page(call, found->second, {}, number, attempt);
            for (const Json& vendor : records.rows)
                if (const Json row = option_row(kind, vendor, settings); !row.is_null()) page.entity(row);
            if (records.last) return;
        }
    }

private:
    Json company_settings(Call& call, std::string what) {
        const Attempt attempt{std::move(what), {}, false, true};
        return api_.get(call, "/companysettings", attempt);
    }

    static Failure unsupported(std::string_view op, std::string_view type) {
        return {BRYGGA_UNSUPPORTED, "unsupported",
                "The connector of Visma eAccounting cannot " + std::string{op} + " " + std::string{type} + ".",
                "Choose an operation that the manifest of the connector names."};
    }

    static bool has_vat_number(const Json& customer) { return !customer["VatNumber"].text().empty(); }
    static std::string name_of(DocumentKind kind, const Json& document) {
        const bool credit_note = document["kind"].string() == credit_name(kind);
        return std::string{kind == DocumentKind::quote   ? "quote "
                           : kind == DocumentKind::order ? "order "
                           : credit_note                 ? "credit note "
                                                         : "invoice draft "} +
               std::string{document["reference"].string()};
    }

    static Json delivered(Json row, const Json& document, const Json& vendor, std::span<const FieldName> names) {
        row.set("changed", changed_fields(document["fields"], vendor, names));
        row.set("notices", Json::array());
        return row;
    }

    Json create_customer(Call& call, const Json& document) {
        const Json body = new_customer(document);
        const Attempt attempt{"create a customer", "customer", true, false, has_vat_number(body)};
        const Json stored = api_.write(call, "POST", "/customers", body, attempt);
        return delivered(customer_row(stored), document, stored, customer_fields());
    }

    Json update_customer(Call& call, const Json& document) {
        const std::string path = item_path("/customers", document["id"].text());
        const Attempt attempt{"change the customer with id " + std::string{document["id"].text()}, "customer"};
        const auto present = api_.find(call, path, attempt);
        if (!present) throw failures_.own(code::reference_gone, attempt);
        const Json body = changed_customer(document, *present);
        const Json stored =
            api_.write(call, "PUT", path, body, {attempt.what, attempt.root, true, false, has_vat_number(body)});
        return delivered(customer_row(stored), document, stored, customer_fields());
    }

    Json create_product(Call& call, const Json& document) {
        const Attempt attempt{"create the article " + std::string{document["fields"]["sku"].text()}, "product", true};
        const Json stored = api_.write(call, "POST", "/articles", new_article(document), attempt);
        return delivered(product_row(stored), document, stored, {});
    }

    Json update_product(Call& call, const Json& document) {
        const std::string path = item_path("/articles", document["id"].text());
        const Attempt attempt{"change the article with id " + std::string{document["id"].text()}, "product"};
        const auto present = api_.find(call, path, attempt);
        if (!present) throw failures_.own(code::reference_gone, attempt);
        const Json body = changed_article(document, *present);
        const Json stored = api_.write(call, "PUT", path, body, {attempt.what, attempt.root, true});
        return delivered(product_row(stored), document, stored, {});
    }

    Json create_document(Call& call, DocumentKind kind, const Json& document) {
        const Attempt attempt{"create the " + name_of(kind, document), "document", true};
        const Json stored =
            api_.write(call, "POST", std::string{collection(kind)}, new_document(kind, document), attempt);
        return delivered_document(kind, document, stored);
    }

    Json update_document(Call& call, DocumentKind kind, const Json& document) {
        const std::string path = item_path(collection(kind), document["id"].text());
        const Attempt attempt{"change the " + name_of(kind, document), "document"};
        auto present = api_.find(call, path, attempt);
        if (!present) throw failures_.own(code::document_gone, attempt);
        if (is_final(kind, *present)) throw failures_.own(code::document_closed, attempt);
        const Json body = changed_document(kind, document, std::move(*present));
        const Json stored = api_.write(call, "PUT", path, body, {attempt.what, attempt.root, true});
        return delivered_document(kind, document, stored);
    }

    Json cancel_document(Call& call, DocumentKind kind, const Json& document) {
        const std::string path = item_path(collection(kind), document["id"].text());
        const Attempt attempt{"delete the " + name_of(kind, document), "document"};
        const auto present = api_.find(call, path, attempt);
        if (!present) throw failures_.own(code::document_gone, attempt);
        if (is_final(kind, *present)) throw failures_.own(code::document_closed, attempt);
        api_.erase(call, path, {attempt.what, attempt.root, true});
        Json row = document_row(kind, *present);
        return row.set("state", "closed").set("changed", Json::object()).set("notices", Json::array());
    }

    /// The invoice keeps the date of its draft, which is that of the order.
    Json book_draft(Call& call, const Json& document) {
        const std::string draft = item_path(collection(DocumentKind::invoice_draft), document["id"].text());
        const Attempt attempt{"book the " + name_of(DocumentKind::invoice_draft, document), "document", true};
        try {
            const Json stored =
                api_.write(call, "POST", draft + "/convert?keepOriginalDraftDate=true", Json::object(), attempt);
            return delivered_document(DocumentKind::invoice, document, stored);
        } catch (const Failure& failure) {
            const bool not_found = failure.code == "http.404" || failure.code == code::reference_gone;
            if (!not_found || api_.find(call, draft, {attempt.what, attempt.root})) throw;
            throw failures_.own(code::document_gone, attempt);
        }
    }

    Json create_payment(Call& call, const Json& document) {
        const Json& fields = document["fields"];
        const std::string invoice{fields["document"].text()};
        const Attempt attempt{"register a payment on the invoice " + std::string{fields["number"].text()}, "payment",
                              true, false, false};
        const std::string path = item_path("/customerinvoices", invoice) + "/payments";
        (void)api_.write(call, "POST", path, new_payment(document), attempt, "PaymentAmount");
        return paid_row(invoice, fields["amount"]);
    }

    sdk::Host host_;
    Failures failures_;
    Api api_;
    LookUp look_up_;
};

}  // namespace
}  // namespace brygga::eaccounting

BRYGGA_CONNECTOR(brygga::eaccounting::Connector)
