// The connector of Visma e-conomic: the calls of brygga/plugin.h. One object for each instance, [serial];
// it keeps no state but the table of failures.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "api.h"
#include "brygga/sdk/codes.hpp"
#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/webhook.hpp"
#include "documents.h"
#include "failures.h"
#include "groups.h"
#include "manifest_json.h"
#include "payments.h"
#include "query.h"
#include "reading.h"
#include "translate.h"
#include "webhooks.h"

namespace brygga::economic {
namespace {

using sdk::Call;
using sdk::Failure;
using sdk::Page;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> option_lists{{
    {"payment_term", "/payment-terms"},
    {"unit", "/units"},
    {"layout", "/layouts"},
    {"customer_group", "/customer-groups"},
    {"vat_zone", "/vat-zones"},
    {"vat_code", "/vat-accounts"},
    {"currency", "/currencies"},
    {"bank_account", "/accounts"},
}};

/// Documents older than this are not asked any more how far their order has come.
constexpr std::int64_t longest_way_ms = std::int64_t{90} * 24 * 3'600'000;

class Connector {
public:
    static constexpr std::string_view manifest = manifest_json;

    Connector(sdk::Host host, const Json& config)
        : host_{host},
          manifest_{Json::parse(manifest).value_or(Json{})},
          country_{config["country"].string()},
          failures_{manifest_},
          api_{host, std::string{config["rest_url"].string()}, failures_},
          payments_{api_, failures_, config},
          webhooks_{host, std::string{config["api_url"].string()} + "/webhooksapi/v1.0.0", failures_} {}

    void check(Call& call) { self(call, "read the agreement"); }

    Json describe(Call& call) {
        Json out = account(self(call, "describe the agreement"), country_, manifest_["fields"]);
        if (!payments_.possible()) out.member("operations").set("payment", Json::object({{"create", Json::array()}}));
        return out;
    }

    void list(Call& call, const sdk::ListRequest& request, Page& page) {
        if (!is_type(request.type)) throw unsupported("list", request.type);
        list_rows(call, api_, failures_, host_.unix_ms(), request, page);
    }

    void poll(Call& call, const sdk::PollRequest& request, Page& page) {
        if (request.type == "category") return poll_groups(call, api_, request.cursor, page);
        const bool status = request.type == "order_status";
        if (!status && request.type != "stock" && request.type != "product") throw unsupported("poll", request.type);
        const std::string from = status ? std::max(std::string{request.first_run_from},
                                                   instant_text(host_.unix_ms() - longest_way_ms).substr(0, 10))
                                        : std::string{};
        list_rows(call, api_, failures_, host_.unix_ms(), {request.type, request.cursor, from, request.max_items}, page,
                  true);
    }

    void find(Call& call, const Json& request, Page& page) {
        if (request["type"].string() == "contact") return find_contacts(call, request, page);
        if (request["type"].string() == "payment") return payments_.find(call, request, page);
        if (request["type"].string() == "category") return find_groups(call, api_, failures_, request, page);
        find_rows(call, api_, failures_, request, page);
    }

    Json deliver(Call& call, const Json& document, std::string_view key) {
        const std::string_view type = document["type"].string(), op = document["op"].string();
        if (op == "create" && type == "customer") return create_customer(call, document, key);
        if (op == "update" && type == "customer") return update_customer(call, document, key);
        if (op == "create" && type == "payment" && payments_.possible()) return payments_.create(call, document, key);
        if (op == "create" && type == "contact") return create_contact(call, document, key);
        if (op == "create" && type == "product") return create_product(call, document, key);
        if (op == "update" && type == "product") return update_product(call, document, key);
        const std::string_view kind = document["kind"].string();
        const bool credit_note = kind == credit_name(invoice_drafts);
        if (op == "book" && (credit_note || kind == invoice_drafts.kind)) return book_draft(call, document, key);
        if (op == "credit" && credit_note) return create_document(call, invoice_drafts, document, key);
        if (type == "document")
            for (const Place* place : {&order_drafts, &invoice_drafts, &quote_drafts})
                if (kind == place->kind) {
                    if (op == "create") return create_document(call, *place, document, key);
                    if (op == "update") return update_document(call, *place, document, key);
                    if (op == "cancel") return cancel_document(call, *place, document, key);
                }
        throw unsupported(op, type);
    }

    void options(Call& call, std::string_view kind, Page& page) {
        const Attempt attempt{"list the options of kind " + std::string{kind}, {}};
        if (kind == "tax_treatment") return treatments(call, attempt, page);
        const auto found = std::ranges::find(option_lists, kind, &decltype(option_lists)::value_type::first);
        if (found == option_lists.end()) throw unsupported("list the options of", kind);
        const bool has_default = kind == "payment_term" || kind == "currency";
        const Json agreement = has_default ? api_.get(call, "/self", attempt) : Json{};
        for (const Json& vendor : api_.all(call, found->second, attempt))
            if (const Json row = option_row(kind, vendor, agreement); !row.is_null()) page.entity(row);
    }

    Json subscribe(Call& call, const Json& request) {
        return register_webhook(call, webhooks_, failures_, request["events"].at(0).string(), request["url"].string());
    }

    void unsubscribe(Call& call, const Json& request) {
        remove_webhook(call, webhooks_, request["events"].at(0).string(), request["url"].string());
    }

    void decode(Call& call, const Json& delivery, Page& page) {
        const Json row = webhook_row(delivery["event"].string(), sdk::body_of(delivery).value_or(""));
        if (row.is_null()) throw failures_.own("webhook.forged", {"take a call as one of e-conomic", {}});
        call.throw_if_cancelled();
        page.entity(row);
    }

private:
    static bool is_type(std::string_view type) {
        return type == "customer" || type == "product" || type == "document" || type == "quote";
    }

    /// The answer of /self, from which the country has to be known: without it no tax case can be told.
    Json self(Call& call, std::string what) {
        const Attempt attempt{std::move(what), {}};
        Json agreement = api_.get(call, "/self", attempt);
        if (country_.empty() && country_code(agreement["company"]["country"].string()).empty())
            throw failures_.own("agreement.country", attempt);
        return agreement;
    }

    static Failure unsupported(std::string_view op, std::string_view type) {
        return {BRYGGA_UNSUPPORTED, "unsupported",
                "The connector of e-conomic cannot " + std::string{op} + " " + std::string{type} + ".",
                "Choose an operation that the manifest of the connector names."};
    }

    void treatments(Call& call, const Attempt& attempt, Page& page) {
        Json rates = Json::object();
        for (const Json& vat : api_.all(call, "/vat-accounts", attempt))
            if (vat["ratePercentage"].is_number()) rates.set(vat["vatCode"].text(), vat["ratePercentage"]);
        for (const Json& group : api_.all(call, "/product-groups", attempt)) {
            const std::string_view number = group["productGroupNumber"].text();
            if (!is_number(number)) continue;
            const std::string path = "/product-groups/" + std::string{number} + "/sales-accounts";
            page.entity(treatment_row(group, api_.all(call, path, attempt), rates));
        }
    }

    /// All of each customer: the vendor has no search over customers in this API.
    void find_contacts(Call& call, const Json& request, Page& page) {
        const Attempt attempt{"read the persons of a customer", "contact"};
        for (const Json& key : request["keys"].items()) {
            const std::string customer{key["value"].text()};
            if (key["by"].string() != "customer") throw failures_.own("find.not_searchable", attempt);
            if (!is_number(customer)) continue;
            for (const Json& vendor : api_.all(call, "/customers/" + customer + "/contacts", attempt))
                if (Json row = contact_row(customer, vendor); !row.is_null()) page.entity(row.set("n", key["n"]));
        }
    }

    static Json delivered(Json row, const Json& form, const Json& vendor, std::span<const FieldName> names) {
        Json notices = Json::array();
        row.set("changed", changed_fields(form, vendor, names, notices));
        row.set("notices", std::move(notices));
        return row;
    }

    Json create_customer(Call& call, const Json& document, std::string_view key) {
        const Json& fields = document["fields"];
        const Json stored =
            api_.write(call, "POST", "/customers", new_customer(fields), key, {"create a customer", "customer", true});
        return delivered(customer_row(stored), customer_form(fields), stored, customer_fields());
    }

    Json update_customer(Call& call, const Json& document, std::string_view key) {
        const std::string id{document["id"].text()};
        const Attempt attempt{"change the customer " + id, "customer"};
        if (!is_number(id)) throw failures_.own(code::reference_gone, attempt);
        const std::string path = "/customers/" + id;
        // A PUT would make a customer that is not there.
        const auto present = api_.find(call, path, attempt);
        if (!present) throw failures_.own(code::reference_gone, attempt);
        const Json body = changed_customer(document["fields"], *present);
        const Json stored = api_.write(call, "PUT", path, body, key, {attempt.what, attempt.root, true});
        Json form = document["fields"];
        if (Json* address = form.find("address")) {
            // The street was completed from the present record.
            address->erase("line1");
            address->erase("line2");
            address->set("street", body["address"]);
        }
        return delivered(customer_row(stored), form, stored, customer_fields());
    }

    Json create_contact(Call& call, const Json& document, std::string_view key) {
        const Json& fields = document["fields"];
        const std::string customer{fields["customer"].text()};
        const Attempt attempt{"enter a person of the customer " + customer, "contact", true};
        if (!is_number(customer)) throw failures_.own(code::reference_gone, attempt);
        const std::string path = "/customers/" + customer + "/contacts";
        const Json stored = api_.write(call, "POST", path, new_contact(fields), key, attempt);
        Json row = contact_row(customer, stored);
        if (row.is_null()) throw failures_.own("answer.unreadable", attempt);
        return std::move(row.set("changed", Json::object()).set("notices", Json::array()));
    }

    Json create_product(Call& call, const Json& document, std::string_view key) {
        const Json& fields = document["fields"];
        const Attempt attempt{"create the product " + std::string{fields["sku"].text()}, "product", true};
        const Json stored = api_.write(call, "POST", "/products", new_product(fields), key, attempt);
        return delivered(product_row(stored), fields, stored, product_fields());
    }

    Json update_product(Call& call, const Json& document, std::string_view key) {
        const std::string number{document["id"].text()};
        const Attempt attempt{"change the product " + number, "product"};
        const std::string path = "/products/" + path_key(number);
        // A PUT would make a product that is not there.
        const auto present = api_.find(call, path, attempt);
        if (!present) throw failures_.own(code::reference_gone, attempt);
        const Json& fields = document["fields"];
        const Json stored =
            api_.write(call, "PUT", path, changed_product(fields, *present), key, {attempt.what, attempt.root, true});
        return delivered(product_row(stored), fields, stored, product_fields());
    }

    static std::string name_of(const Place& place, const Json& document) {
        const bool credit_note = document["kind"].string() == credit_name(place);
        return std::string{place.kind == "order"   ? "order "
                           : place.kind == "quote" ? "quote "
                           : credit_note           ? "credit note "
                                                   : "invoice draft "} +
               std::string{document["reference"].string()};
    }

    Json create_document(Call& call, const Place& place, const Json& document, std::string_view key) {
        const Attempt attempt{"create the " + name_of(place, document), "document", true};
        const Json stored = api_.write(call, "POST", std::string{place.path}, new_document(document), key, attempt);
        return delivered_document(place, document, stored);
    }

    /// The draft with this id. Numbers are given again after a deletion, and a PUT makes what is not there.
    Json present_draft(Call& call, const Place& place, const Json& document, const Attempt& attempt) {
        const std::string number{number_in(place, document["id"].text())};
        if (number.empty()) throw failures_.own(code::document_gone, attempt);
        const auto is_ours = [&](const std::optional<Json>& vendor) {
            return vendor && (document["reference"].string().empty() ||
                              (*vendor)["references"]["other"] == document["reference"]);
        };
        auto present = api_.find(call, std::string{place.path} + "/" + number, attempt);
        if (is_ours(present)) return std::move(*present);
        for (const Place& later : places)
            if (later.kind == place.kind && later.state == "closed" &&
                is_ours(api_.find(call, std::string{later.path} + "/" + number, attempt)))
                throw failures_.own(code::document_closed, attempt);
        throw failures_.own(code::document_gone, attempt);
    }

    Json update_document(Call& call, const Place& place, const Json& document, std::string_view key) {
        const Attempt attempt{"change the " + name_of(place, document), "document"};
        const Json present = present_draft(call, place, document, attempt);
        const Json stored = api_.write(call, "PUT", path_of(place, document), changed_document(document, present), key,
                                       {attempt.what, attempt.root, true});
        return delivered_document(place, document, stored);
    }

    Json cancel_document(Call& call, const Place& place, const Json& document, std::string_view key) {
        const Attempt attempt{"delete the " + name_of(place, document), "document"};
        const Json present = present_draft(call, place, document, attempt);
        api_.erase(call, path_of(place, document), key, {attempt.what, attempt.root, true});
        Json row = document_row(place, present);
        return row.set("state", "closed").set("changed", Json::object()).set("notices", Json::array());
    }

    static std::string path_of(const Place& place, const Json& document) {
        return std::string{place.path}.append("/").append(number_in(place, document["id"].text()));
    }

    Json book_draft(Call& call, const Json& document, std::string_view key) {
        const Attempt attempt{"book the " + name_of(invoice_drafts, document), "document", true};
        const Attempt reading{attempt.what, attempt.root};
        if (document["check"].boolean()) (void)present_draft(call, invoice_drafts, document, reading);
        const std::string number{number_in(invoice_drafts, document["id"].text())};
        if (number.empty()) throw failures_.own(code::document_gone, attempt);
        try {
            const Json stored =
                api_.write(call, "POST", std::string{booked_invoices.path}, booking(number), key, attempt);
            return delivered_document(booked_invoices, document, stored);
        } catch (const Failure& failure) {
            if (failure.status != BRYGGA_REJECTED) throw;
            (void)present_draft(call, invoice_drafts, document, reading);
            throw;
        }
    }

    sdk::Host host_;
    Json manifest_;
    std::string country_;
    Failures failures_;
    Api api_;
    Payments payments_;
    Api webhooks_;
};

}  // namespace
}  // namespace brygga::economic

BRYGGA_CONNECTOR(brygga::economic::Connector)
