// FakeTrade: books or a shop, each with articles that it tells and products that it takes, for the tests of flows of
// products.
// Owned by the test, one thread; what it was asked and given is kept for the test to look at.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connector/connection.h"
#include "schema/manifest.h"

namespace brygga::flow {

/// Both ends: books, which are called so, and a shop.
class FakeTrade final : public connector::Connection {
public:
    explicit FakeTrade(std::string id)
        : id_{std::move(id)}, manifest_{*schema::parse_manifest(id_ == "books" ? books_text : shop_text)} {
        if (id_ == "books") prices.clear();  // they go by customer
    }

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override {
        Json account = Json::object({{"id", "1"}, {"name", id_}, {"time_zone", "Europe/Stockholm"}});
        account.set("currency", currency);
        Json out = Json::object({{"account", std::move(account)}});
        if (!prices.empty()) out.set("arithmetic", Json::object({{"prices", prices}}));
        return out;
    }
    Expected<void> poll(const CallContext&, const connector::PollCall& request,
                        const connector::RowSink& sink) override {
        ++polls[request.cursor];
        for (const auto& [sku, entity] : articles)
            if (request.cursor.empty() || changed.contains(sku)) {
                sink.row(article_row(sku, entity));
                if (doubles.contains(sku)) sink.row(article_row(sku, entity).set("id", "a-" + doubles.at(sku)));
            }
        changed.clear();
        sink.checkpoint("\"later\"", false);
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall&, const connector::RowSink& sink) override {
        ++lists;
        for (const auto& [id, product] : products)
            if (!hidden.contains(id)) sink.row(product);
        sink.checkpoint("{}", false);
        return {};
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        ++finds;
        for (const Json& key : request["keys"].items()) {
            const std::string value{key["value"].string()};
            if (request["full"].boolean() && articles.contains(value))
                sink.row(article_row(value, articles.at(value)).set("n", key["n"]));
            for (const auto& [id, product] : products)
                if (id == value || product["keys"][key["by"].string()].string() == value) {
                    Json row = product;
                    sink.row(row.set("n", key["n"]));
                }
        }
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json& document, const std::string& key) override {
        written.push_back(document);
        sent_keys.push_back(key);
        if (failure && !failure->outcome_unknown) return *std::exchange(failure, {});
        const std::string id =
            document["op"].string() == "create" ? std::to_string(++last_) : std::string{document["id"].string()};
        if (document["op"].string() == "update" && !products.contains(id))
            return Error{ErrorClass::rejected, "reference.gone", "It is gone.", ""};
        Json& fields = (products.contains(id) ? products.at(id) : (put(id, ""), products.at(id))).member("fields");
        for (const auto& member : document["fields"].members()) fields.set(member.name, member.value);
        put(id, std::string{fields["sku"].string(products.at(id)["number"].string())});
        if (failure) return *std::exchange(failure, {});
        return products.at(id);
    }
    Expected<void> options(const CallContext&, const std::string& kind, const connector::RowSink& sink) override {
        ++asked[kind];
        const auto give = [&](const char* option, const char* label, std::optional<int> rate) {
            Json attributes = Json::object();
            if (rate) attributes.set("rate", *rate);
            sink.row(Json::object({{"id", option}, {"label", label}, {"active", true}, {"attributes", attributes}}));
        };
        if (kind == "package") {
            give("7", "Box", {});
            if (two_packages) give("8", "Letter", {});
        } else if (kind == "unit") {
            give("u1", "Stk", {});
            give("u2", "kg", {});
        } else if (id_ == "books") {
            give("g25", "Goods 25 %", 25);
            give("g12", "Food", 12);
            give("g6", "Books", 6);
            if (second_group) give("h25", "Other goods 25 %", 25);
        } else {
            give("normal", "normal", 25);
            give("low a", "low a", 12);
            give("zero", "zero", 0);
        }
        return {};
    }

    void set(const std::string& sku, const char* text) {
        Json entity = *Json::parse(text);
        articles[sku] = std::move(entity.set("sku", sku));
        changed.insert(sku);
    }
    /// A product, or the keys of one anew.
    Json put(const std::string& id, const std::string& sku, const char* fields = "{}", const char* kind = "article") {
        if (!products.contains(id))
            products[id] = Json::object(
                {{"id", id}, {"kind", kind}, {"state", "open"}, {"version", ""}, {"fields", *Json::parse(fields)}});
        Json& row = products.at(id);
        row.set("number", sku);
        Json keys = Json::object({{"sku", sku}});
        if (!row["fields"]["ean"].string().empty()) keys.set("ean", row["fields"]["ean"]);
        row.set("keys", std::move(keys));
        return row;
    }

    std::map<std::string, Json> articles;
    std::set<std::string> changed, hidden;
    std::map<std::string, Json> products;
    std::vector<Json> written;
    std::vector<std::string> sent_keys;
    std::map<std::string, int> polls, asked;
    std::optional<Error> failure;  ///< of the next write; with an unknown outcome it has its effect
    std::string currency = "SEK", prices = "gross";
    bool two_packages = false, second_group = false;
    int finds = 0, lists = 0;
    std::map<std::string, std::string> doubles;  ///< articles that have the number of another one

private:
    static Json article_row(const std::string& sku, const Json& entity) {
        return Json::object(
            {{"type", "product"}, {"id", "a-" + sku}, {"number", sku}, {"entity", entity}, {"raw", nullptr}});
    }

    static constexpr const char* books_text =
        R"({"id":"ledger","name":"Ledger","version":"1.0.0","vendor":"Example","entities":{
        "product":{"poll":true,"list":true,"find":["id","sku","ean"],"create":["article"],"update":["open"]},
        "document":{"create":["order"]}},
        "fields":{"product":[{"path":"sku","type":"string","length":10,"required":true},
        {"path":"name","type":"string","length":12,"required":true},{"path":"ean","type":"string"},
        {"path":"unit","type":"option","option":"unit","required":true},{"path":"price","type":"decimal"},
        {"path":"price_includes_tax","type":"bool"},{"path":"price_with_tax","type":"decimal"},
        {"path":"treatment","type":"option","option":"tax_treatment","required":true},{"path":"active","type":"bool"},
        {"path":"x","type":"object"}]},
        "arithmetic":{"prices":"by_customer"},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],
        "options":["tax_treatment","unit"],"max_concurrency":4,"errors":[]})";
    static constexpr const char* shop_text =
        R"({"id":"trade","name":"Trade","version":"1.0.0","vendor":"Example","entities":{
        "product":{"poll":true,"list":true,"find":["id","sku","ean"],"create":["article"],"update":["open"]}},
        "fields":{"product":[{"path":"sku","type":"string","length":10,"required":true},
        {"path":"name","type":"string","length":12,"required":true},{"path":"ean","type":"string"},
        {"path":"short_text","type":"string"},{"path":"long_text","type":"string"},{"path":"unit","type":"string"},
        {"path":"weight","type":"decimal"},{"path":"price","type":"decimal","required":true},
        {"path":"price_includes_tax","type":"bool"},
        {"path":"treatment","type":"option","option":"tax_treatment","required":true},{"path":"active","type":"bool"},
        {"path":"x.package_id","type":"option","option":"package","required":true},{"path":"x","type":"object"}]},
        "arithmetic":{"prices":"by_customer"},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],
        "options":["tax_treatment","package"],"max_concurrency":4,"errors":[]})";

    std::string id_;
    schema::Manifest manifest_;
    int last_ = 100;
};

}  // namespace brygga::flow
