// FakeShelves: books that tell labels and articles, or a shop that has categories, products and links between them, for
// the tests of flows of categories and of what flows of products link. Owned by the test, one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "brygga/sdk/whole_list.hpp"
#include "connector/connection.h"
#include "schema/manifest.h"

namespace brygga::flow {

class FakeShelves final : public connector::Connection {
public:
    explicit FakeShelves(std::string id) : id_{std::move(id)}, manifest_{*schema::parse_manifest(manifest_text)} {}

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override {
        return Json::object({{"account", Json::object({{"id", "1"}, {"name", id_}, {"currency", "SEK"}})}});
    }
    Expected<void> poll(const CallContext&, const connector::PollCall& request,
                        const connector::RowSink& sink) override {
        ++polls[request.type];
        if (request.type == "product") {
            for (const auto& [sku, entity] : articles)
                if (request.cursor.empty() || changed.contains(sku)) sink.row(article_row(sku, entity));
            changed.clear();
            sink.checkpoint("\"later\"", false);
            return {};
        }
        sdk::WholeList list{Json::parse(request.cursor).value_or(Json{})};
        for (const auto& [id, entity] : labels) {
            list.read(id);
            if (!sink.seen(id, entity.dump())) sink.row(label_row(id, entity));
        }
        for (const std::string& id : list.gone())
            sink.row(label_row(id, Json::object({{"id", id}, {"deleted", true}})));
        sink.checkpoint(list.cursor().dump(), false);
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall& request,
                        const connector::RowSink& sink) override {
        ++lists[request.type];
        sdk::WholeList list{Json::parse(request.cursor).value_or(Json{})};
        if (request.type == "product")
            for (const auto& [id, sku] : products) sink.row(product_row(id));
        if (request.type == "category") {
            for (const auto& [id, fields] : categories) {
                list.read(id);
                if (!hidden.contains(id)) sink.row(category_row(id));
            }
            for (const std::string& id : list.gone()) sink.row(Json::object({{"id", id}, {"deleted", true}}));
        }
        sink.checkpoint(list.cursor().dump(), false);
        return {};
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        ++finds[std::string{request["type"].string()}];
        for (const Json& key : request["keys"].items()) {
            const std::string by{key["by"].string()}, value{key["value"].string()};
            const auto give = [&](Json row) { sink.row(row.set("n", key["n"])); };
            if (request["type"].string() == "image") {
                for (const auto& [id, photo] : photos)
                    if (photo.first == value) give(Json::object({{"id", id}, {"fields", Json::object()}}));
                continue;
            }
            if (request["type"].string() == "product") {
                for (const auto& [id, sku] : products)
                    if ((by == "id" ? id : sku) == value) give(product_row(id));
                continue;
            }
            for (const auto& [id, fields] : categories)
                if (by == "id" ? id == value : fields["name"].string() == value) give(category_row(id));
            for (const auto& [id, entity] : labels)
                if (request["full"].boolean() && entity["name"].string() == value) give(label_row(id, entity));
        }
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json& document, const std::string&) override {
        written.push_back(document);
        if (refuse_images && document["type"].string() == "image") return *refuse_images;
        if (failure && !failure->outcome_unknown) return *std::exchange(failure, {});
        Json answer = take(document);
        if (answer.has("code"))
            return Error{ErrorClass::rejected, std::string{answer["code"].string()}, "There is none.", ""};
        if (answer.is_null()) return Error{ErrorClass::rejected, "reference.gone", "It is gone.", ""};
        if (failure) return *std::exchange(failure, {});
        return answer;
    }
    Expected<void> options(const CallContext&, const std::string& kind, const connector::RowSink& sink) override {
        const auto give = [&](const std::string& id, const std::string& label, std::optional<int> rate) {
            Json attributes = Json::object();
            if (rate) attributes.set("rate", *rate);
            sink.row(Json::object({{"id", id}, {"label", label}, {"active", true}, {"attributes", attributes}}));
        };
        if (kind == "tax_treatment") give(id_ == "books" ? "g25" : "normal", "normal", 25);
        if (kind == "category")
            for (const auto& [id, fields] : categories) give(id, std::string{fields["name"].string()}, {});
        return {};
    }

    void label(const std::string& id, const char* name) { labels[id] = Json::object({{"id", id}, {"name", name}}); }
    void article(const std::string& sku, const std::vector<std::string>& of) {
        Json ids = Json::array();
        for (const std::string& id : of) ids.push(id);
        articles[sku] = Json::object(
            {{"sku", sku}, {"name", sku}, {"price", 80}, {"treatment", "g25"}, {"categories", std::move(ids)}});
        changed.insert(sku);
    }
    void category(const std::string& id, const char* name, const char* parent = "") {
        categories[id] = Json::object({{"name", name}, {"parent", parent}});
    }
    /// "MUG in Cups".
    std::multiset<std::string> linked() const {
        std::multiset<std::string> out;
        for (const auto& [id, link] : links)
            out.insert(products.at(link.first) + " in " + std::string{categories.at(link.second)["name"].string()});
        return out;
    }
    std::vector<std::string> ops() const {
        std::vector<std::string> out;
        for (const Json& each : written)
            out.push_back(std::string{each["op"].string()} + " " + std::string{each["type"].string()});
        return out;
    }

    std::map<std::string, Json> labels, articles, categories;
    std::map<std::string, std::string> products;                        ///< number by id
    std::map<std::string, std::pair<std::string, std::string>> links;   ///< (product, category) by id
    std::map<std::string, std::pair<std::string, std::string>> photos;  ///< (product, address) by id
    std::set<std::string> no_pictures;                                  ///< addresses at which there is nothing
    std::set<std::string> changed, hidden;
    std::vector<Json> written;
    std::map<std::string, int> polls, lists, finds;
    std::optional<Error> refuse_images;
    std::optional<Error> failure;  ///< of the next write; with an unknown outcome it has its effect

private:
    static Json label_row(const std::string& id, const Json& entity) {
        return Json::object({{"type", "category"},
                             {"id", id},
                             {"number", entity["name"].string(id)},
                             {"revision", entity.dump()},
                             {"entity", entity},
                             {"raw", nullptr}});
    }
    static Json article_row(const std::string& sku, const Json& entity) {
        return Json::object(
            {{"type", "product"}, {"id", "a-" + sku}, {"number", sku}, {"entity", entity}, {"raw", nullptr}});
    }
    Json category_row(const std::string& id) const {
        return Json::object({{"id", id},
                             {"number", id},
                             {"kind", "category"},
                             {"state", "open"},
                             {"keys", Json::object({{"id", id}, {"name", categories.at(id)["name"]}})},
                             {"fields", categories.at(id)}});
    }
    Json product_row(const std::string& id) const {
        Json of = Json::object();
        for (const auto& [link, ends] : links)
            if (ends.first == id) of.set(ends.second, link);
        Json shown = Json::array();
        for (const auto& [photo, what] : photos)
            if (what.first == id) shown.push(what.second);
        return Json::object({{"id", id},
                             {"number", products.at(id)},
                             {"kind", "article"},
                             {"state", "open"},
                             {"keys", Json::object({{"sku", products.at(id)}})},
                             {"fields", Json::object({{"name", products.at(id)}, {"links", of}, {"images", shown}})}});
    }
    Json take(const Json& document) {
        const std::string op{document["op"].string()}, id{document["id"].string()};
        const Json& fields = document["fields"];
        if (document["type"].string() == "product") {
            if (op != "create") return product_row(id);
            const std::string made = std::to_string(++last_);
            products[made] = fields["sku"].string();
            Json row = product_row(made);
            row.member("fields").erase("links");
            row.member("fields").erase("images");
            return row;
        }
        if (document["type"].string() == "image") {
            if (op == "cancel") {
                if (photos.erase(id) == 0) return {};
                return Json::object({{"id", id}, {"fields", Json::object()}});
            }
            const std::string url{fields["url"].string()};
            if (no_pictures.contains(url)) return Json::object({{"code", "image.missing"}});
            const std::string made = std::to_string(++last_);
            photos[made] = {std::string{fields["product"].string()}, url};
            return Json::object({{"id", made}, {"fields", Json::object()}});
        }
        if (op == "create") {
            const std::string made = std::to_string(++last_);
            categories[made] = fields;
            return category_row(made);
        }
        if (op == "unlink") {
            if (links.erase(std::string{fields["link"].string()}) == 0) return {};
            return Json::object({{"id", fields["link"]}, {"fields", Json::object()}});
        }
        if (!categories.contains(id)) return {};
        if (op == "link") {
            const std::string made = std::to_string(++last_);
            links[made] = {std::string{fields["product"].string()}, id};
            return Json::object({{"id", made}, {"fields", Json::object()}});
        }
        for (const Json::Member& m : fields.members()) categories.at(id).set(m.name, m.value);
        return category_row(id);
    }

    static constexpr const char* manifest_text =
        R"({"id":"shelves","name":"Shelves","version":"1.0.0","vendor":"Example","entities":{
        "product":{"poll":true,"list":true,"find":["id","sku"],"create":["article"],"update":["open"]},
        "category":{"poll":true,"list":true,"find":["id","name"],"create":["category"],"update":["open"]},
        "image":{"find":["product"],"create":["photo"],"cancel":["open"]}},
        "fields":{"product":[{"path":"sku","type":"string"},{"path":"name","type":"string"},
        {"path":"images","type":"object"}],
        "category":[{"path":"name","type":"string","length":20,"required":true},
        {"path":"description","type":"string"},{"path":"parent","type":"option","option":"category"},
        {"path":"position","type":"integer"},{"path":"visible","type":"bool"},{"path":"x","type":"object"}]},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],
        "options":["category","tax_treatment"],"max_concurrency":4,"errors":[]})";

    std::string id_;
    schema::Manifest manifest_;
    int last_ = 100;
};

}  // namespace brygga::flow
