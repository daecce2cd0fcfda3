// FakeBooks: an accounting system in memory behind the Connection port, for tests of the pipeline. It computes a
// document's totals from its rows as the ledger would, and can fail any write before or after it took effect.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "connector/connection.h"
#include "flow/plan.h"
#include "schema/manifest.h"

namespace brygga::flow {

class FakeBooks final : public connector::Connection {
public:
    FakeBooks() : manifest_{*schema::parse_manifest(manifest_text)} {}

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return refused ? Expected<void>{*refused} : Expected<void>{}; }
    Expected<Json> describe(const CallContext&) override {
        Json out = Json::object({{"account", Json::object({{"id", "1"},
                                                           {"name", "Books"},
                                                           {"country", "SE"},
                                                           {"currency", "SEK"},
                                                           {"time_zone", "Europe/Stockholm"},
                                                           {"locked_until", locked_until}})},
                                 {"limits", limits}});
        if (zones)
            out.set("fields",
                    *Json::parse(R"({"customer":[{"path":"zone","type":"option","option":"vat_zone","required":true},
                {"path":"group","type":"option","option":"customer_group","required":true}],
                "document":[{"path":"zone","type":"option","option":"vat_zone","required":true}]})"));
        if (!document_kinds.is_null())
            out.set("operations", Json::object({{"document", Json::object({{"create", document_kinds}})}}));
        return out;
    }
    Expected<void> poll(const CallContext&, const connector::PollCall&, const connector::RowSink&) override {
        return unsupported();
    }
    Expected<void> list(const CallContext&, const connector::ListCall& request,
                        const connector::RowSink& sink) override {
        const std::scoped_lock lock{mutex_};
        ++calls["list " + request.type];
        for (const Json& row : rows_[request.type]) sink.row(row);
        sink.checkpoint("{}", false);
        return {};
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        const std::scoped_lock lock{mutex_};
        ++calls["find " + std::string{request["type"].string()}];
        if (unreachable) return Error{ErrorClass::transient, "fake.down", "The books do not answer.", ""};
        const Json& key = request["keys"].at(0);
        for (Json row : rows_[std::string{request["type"].string()}]) {
            const Json& own = key["by"].string() == "id" ? row["id"] : row["keys"][key["by"].string()];
            if (own.string() != key["value"].string()) continue;
            row.set("n", 0);
            if (!request["full"].boolean()) row.erase("lines");
            sink.row(std::move(row));
        }
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json& document, const std::string& key) override {
        const std::scoped_lock lock{mutex_};
        const std::string type{document["type"].string()};
        ++calls[std::string{document["op"].string()} + " " + type];
        keys.push_back(key);
        if (before_write) {
            if (auto error = before_write(document)) return *error;
        }
        auto row = write(type, document);
        if (row && after_write) {
            if (auto error = after_write(document)) return *error;
        }
        return row;
    }
    Expected<void> options(const CallContext&, const std::string& kind, const connector::RowSink& sink) override {
        const auto option = [](const char* id, const char* label, Json attributes) {
            return Json::object(
                {{"id", id}, {"label", label}, {"active", true}, {"attributes", std::move(attributes)}});
        };
        if (kind == "tax_treatment") {
            for (const char* group : {"goods", "service"})
                for (const char* rate : {"25", "12", "6", "0"})
                    sink.row(option((std::string{group} + rate).c_str(), rate,
                                    Json::object({{"rate", *Decimal::parse(rate)}, {"goods_class", group}})));
            if (second_treatment)
                sink.row(option("goods25b", "25 b", Json::object({{"rate", 25}, {"goods_class", "goods"}})));
        } else if (kind == "unit") {
            sink.row(option("u1", "st", Json::object()));
        } else if (kind == "vat_zone") {
            sink.row(option("1", "Home", Json::object({{"case", "domestic"}})));
            sink.row(option("2", "EU", Json::object({{"case", "reverse_charge"}})));
        } else if (kind == "customer_group") {
            sink.row(option("g1", "Home", Json::object()));
            sink.row(option("g2", "Abroad", Json::object()));
        } else if (kind == "payment_term") {
            sink.row(option("t30", "30 dagar", Json::object({{"default", true}})));
        } else if (kind == "bank_account") {
            sink.row(option("b1", "Bank", Json::object({{"code", 1930}})));
            sink.row(option("b2", "Cards", Json::object({{"code", 1580}})));
        }
        return {};
    }

    std::size_t count(const std::string& type) {
        const std::scoped_lock lock{mutex_};
        return rows_[type].size();
    }
    void add(const std::string& type, Json row) { rows_[type].push_back(std::move(row)); }
    void remove(const std::string& type, const std::string& id) {
        std::erase_if(rows_[type], [&](const Json& row) { return row["id"].string() == id; });
    }
    /// Somebody at work in the books.
    Json& row_of(const std::string& type, const std::string& id) {
        return *std::ranges::find_if(rows_[type], [&](const Json& row) { return row["id"].string() == id; });
    }
    const std::vector<Json>& rows(const std::string& type) { return rows_[type]; }

    std::map<std::string, int> calls;
    std::vector<std::string> keys;
    std::function<std::optional<Error>(const Json&document)> before_write, after_write;
    Decimal skew_booked;  ///< added to the gross of what is booked
    Decimal skew;         ///< added to every gross, as a ledger that computes otherwise would

private:
    static Error unsupported() { return {ErrorClass::unsupported, "fake", "not offered", ""}; }

    static void merge(Json& into, const Json& more) {
        for (const auto& field : more.members())
            if (field.value.is_object() && into[field.name].is_object())
                merge(into.member(field.name), field.value);
            else
                into.set(field.name, field.value);
    }
    static Error gone(std::string code) {
        return {ErrorClass::rejected, std::move(code), "It is not there any more.", ""};
    }
    bool has(const std::string& type, const Json& id) const {
        const auto rows = rows_.find(type);
        return rows != rows_.end() &&
               std::ranges::any_of(rows->second, [&](const Json& row) { return row["id"] == id; });
    }

    Expected<Json> write(const std::string& type, const Json& document) {
        std::vector<Json>& rows = rows_[type];
        Json row = Json::object();
        if (document["op"].string() == "update") {
            for (Json& existing : rows)
                if (existing["id"].string() == document["id"].string()) {
                    merge(existing.member("fields"), document["fields"]);
                    if (type == "document") existing.set("totals", totals(document));
                    return existing;
                }
            return gone(type == "document" ? "document.gone" : "reference.gone");
        }
        if (document["op"].string() == "cancel") {
            if (!has(type, document["id"])) return gone("document.gone");
            row = row_of(type, std::string{document["id"].string()});
            remove(type, std::string{document["id"].string()});
            return row;
        }
        if (document["op"].string() == "book") {
            for (Json& draft : rows)
                if (draft["id"] == document["id"]) {
                    const bool credit = draft["kind"].string() == "credit_note_draft";
                    draft.set("id", "invoice" + std::to_string(++made_["invoice"]));
                    draft.set("kind", credit ? "credit_note" : "invoice");
                    if (!skew_booked.is_zero())
                        draft.member("totals").set("gross", *draft["totals"]["gross"].decimal() + skew_booked);
                    return draft.set("state", "booked");
                }
            return gone("document.gone");
        }
        if (type == "document" && !has("customer", document["fields"]["customer"])) return gone("reference.gone");
        for (const Json& line : document["lines"].items())
            if (line["kind"].string() != "text" && !has("product", line["article"])) return gone("reference.gone");
        const int number = ++made_[type];
        row.set("id", type + std::to_string(number)).set("number", std::to_string(1000 + number)).set("state", "open");
        row.set("kind", zones && type == "customer" ? "" : document["kind"].string()).set("fields", document["fields"]);
        Json keys_of = Json::object();
        if (type == "customer") keys_of.set("email", document["fields"]["email"]).set("number", row["number"]);
        if (type == "product") keys_of.set("sku", document["fields"]["sku"]);
        if (type == "document") {
            keys_of.set("reference", document["reference"]);
            row.member("fields").set("prices_include_tax", prices_include_tax);
            row.set("totals", totals(document)).set("lines", document["lines"]);
        }
        if (type == "payment") keys_of.set("document", document["fields"]["document"]);
        if (type == "product") row.set("number", document["fields"]["sku"]);
        row.set("keys", std::move(keys_of));
        rows.push_back(row);
        return row;
    }
    Json totals(const Json& document) const {
        std::vector<PlannedRow> planned;
        for (const Json& line : document["lines"].items()) {
            if (line["kind"].string() == "text") continue;
            PlannedRow p;
            p.quantity = *line["quantity"].decimal();
            p.unit_price = *line["unit_price"].decimal();
            for (const Json& article : rows_.at("product"))
                if (article["id"].string() == line["article"].string())
                    p.rate = *Decimal::parse(article["fields"]["treatment"].string().substr(
                        article["fields"]["treatment"].string().find_first_of("0123456789")));
            planned.push_back(p);
        }
        TargetArithmetic arithmetic;
        arithmetic.prices_include_tax = prices_include_tax;
        entity::Totals t = ledger_totals(planned, arithmetic);
        t.gross += skew;
        return entity::to_json(t);
    }

    static constexpr const char* manifest_text =
        R"({"id":"books","name":"Books","version":"1.0.0","vendor":"Example","entities":{
        "customer":{"list":true,"find":["id","email","number"],"create":["person","company"],"update":["open"],"idempotency":"none"},
        "product":{"list":true,"find":["id","sku"],"create":["article"],"idempotency":"reference"},
        "payment":{"find":["document"],"create":["customer_payment"]},
        "document":{"kinds":["order","invoice_draft","invoice","credit_note_draft","credit_note"],"create":["order","invoice_draft"],"update":["open"],
            "book":["invoice_draft","credit_note_draft"],"credit":["credit_note_draft"],"cancel":["open"],"list":true,"find":["id","reference"],"idempotency":"reference",
            "reference":{"field":"Reference","length":35,"unique":false}}},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],"max_concurrency":4,
        "fields":{"customer":[{"path":"name","type":"string","length":50,"required":true},{"path":"email","type":"string"},
            {"path":"phone","type":"string"},{"path":"vat_number","type":"string"},{"path":"organisation_number","type":"string"},
            {"path":"address.line1","type":"string"},{"path":"address.line2","type":"string"},{"path":"address.postal_code","type":"string"},
            {"path":"address.city","type":"string"},{"path":"address.country","type":"string"},{"path":"payment_term","type":"option","option":"payment_term"}],"line":[{"path":"text","type":"string","length":60}]},
        "arithmetic":{"prices":"by_customer","by_customer":{"person":"gross","company":"net"},"price_decimals":2,"quantity_decimals":{"order":4},
            "tax_rounding":"document_rate","negative_rows":false,"zero_rated_cases":["reverse_charge","export"]},
        "options":["tax_treatment","unit","payment_term","bank_account"],"errors":[]})";

public:
    bool prices_include_tax = true, second_treatment = false;
    bool unreachable = false;  ///< for look-ups
    bool zones = false;        ///< charges by a zone of the document, and tells no persons from companies
    std::string locked_until;
    Json limits = Json::array(), document_kinds{};
    std::optional<Error> refused;

private:
    std::string id_ = "books";
    schema::Manifest manifest_;
    std::mutex mutex_;
    mutable std::map<std::string, std::vector<Json>> rows_;
    std::map<std::string, int> made_;
};

}  // namespace brygga::flow
