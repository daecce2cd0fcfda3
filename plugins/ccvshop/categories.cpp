#include "categories.h"

#include <algorithm>
#include <array>
#include <map>

#include "brygga/sdk/whole_list.hpp"
#include "products.h"
#include "translate.h"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

using sdk::Failure;

constexpr int deepest = 20;

Json all_categories(sdk::Call& call, const Api& api) { return api.get_all(call, "/categories/"); }

bool same_name(std::string_view a, std::string_view b) { return lower(std::string{a}) == lower(std::string{b}); }

Json number_of(const Json& id) {
    const auto number = Decimal::parse(id.text());
    return number ? Json{*number} : Json{};
}

/// Body of POST /categories/ or of PATCH: the fields of a category in the shop's names.
Json category_body(const Json& fields) {
    Json body = Json::object();
    for (const auto& [path, name] :
         {std::pair{"name", "name"}, std::pair{"position", "position"}, std::pair{"visible", "show_on_website"}})
        if (!fields[path].is_null()) body.set(name, fields[path]);
    if (fields["description"].is_string()) body.set("description", escaped(fields["description"].string()));
    if (const Json parent = number_of(fields["parent"]); !parent.is_null()) body.set("parentcategory_id", parent);
    for (const Json::Member& extra : fields["x"].members()) body.set(extra.name, extra.value);
    return body;
}

Json written(std::string_view id, const Json& fields) {
    return Json::object({{"id", id},
                         {"number", id},
                         {"kind", "category"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", Json::object({{"id", id}, {"name", fields["name"]}})},
                         {"fields", fields},
                         {"changed", Json::object()},
                         {"notices", Json::array()}});
}

/// What the shop made of a request that it has taken without an answer: looked for, and never guessed.
template <class Look>
std::string found_afterwards(const Api& api, std::string_view what, const Look& look) {
    std::string id;
    try {
        id = look();
    } catch (Failure& failure) {
        failure.outcome_unknown = true;
        throw;
    }
    if (!id.empty()) return id;
    throw api
        .failure("answer.shape",
                 "CCV Shop took " + std::string{what} + ", answered without it and does not show it yet.")
        .unknown_outcome();
}

[[noreturn]] void rethrow_gone(const Api& api, const Failure& failure) {
    if (failure.remote_status == 404 && failure.code != "answer.not_api")
        throw api.failure("reference.gone", failure.message).remote(404);
    throw failure;
}

Json create(sdk::Call& call, const Api& api, const Json& fields) {
    if (fields["name"].string().empty()) throw api.failure("type", "A category without a name was to be created.");
    std::string id;
    try {
        id = id_of(api.post(call, "/categories/", category_body(fields)));
    } catch (const Failure& failure) {
        rethrow_gone(api, failure);
    }
    if (id.empty())
        id = found_afterwards(api, "a category", [&] {
            std::string newest;
            const Json all = all_categories(call, api);
            for (const Json& category : all.items())
                if (category["name"].string() == fields["name"].string() &&
                    parent_category(category) == fields["parent"].text())
                    newest = id_of(category);
            return newest;
        });
    return written(id, fields);
}

Json update(sdk::Call& call, const Api& api, const std::string& id, const Json& fields) {
    try {
        api.patch(call, "/categories/" + id + "/", category_body(fields));
    } catch (const Failure& failure) {
        if (failure.code != "500.50") rethrow_gone(api, failure);  // else it has these values already
    }
    return written(id, fields);
}

Json link(sdk::Call& call, const Api& api, const std::string& category, const std::string& product) {
    const Json body =
        Json::object({{"product_id", number_of(Json{product})}, {"category_id", number_of(Json{category})}});
    std::string id;
    try {
        id = id_of(api.post(call, "/producttocategories/", body));
    } catch (const Failure& failure) {
        rethrow_gone(api, failure);
    }
    if (id.empty())
        id = found_afterwards(api, "a link", [&] {
            std::string found;
            const Json links = api.get(call, "/products/" + product + "/producttocategories/");
            for (const Json& each : links["items"].items())
                if (id_of(Json::object({{"id", each["category_id"]}})) == category) found = id_of(each);
            return found;
        });
    Json row = written(id, Json::object());
    return std::move(row.set("keys", Json::object()));
}

}  // namespace

Json links_of(const Json& product) {
    Json out = Json::object();
    for (const Json& link : product["producttocategories"]["collection"].items()) {
        const std::string category = id_of(Json::object({{"id", link["category_id"]}})), id = id_of(link);
        if (!category.empty() && !id.empty() && !out.has(category)) out.set(category, id);
    }
    return out;
}

void list_categories(sdk::Call& call, const Api& api, const Json& cursor, sdk::Page& page) {
    const Json all = all_categories(call, api);
    sdk::WholeList list{cursor};
    for (const Json& category : all.items()) {
        const std::string id = id_of(category);
        if (id.empty()) continue;
        list.read(id);
        page.entity(found_category(category));
    }
    for (const std::string& id : list.gone()) page.entity(Json::object({{"id", id}, {"deleted", true}}));
    page.checkpoint(list.cursor(), false);
}

void find_category(sdk::Call& call, const Api& api, const Json& key, sdk::Page& page) {
    const std::string_view by = key["by"].string(), value = key["value"].string();
    const auto give = [&](const Json& category) {
        Json row = found_category(category);
        page.entity(row.set("n", key["n"]));
    };
    if (by == "id") {
        const std::string id = id_of(Json::object({{"id", value}}));
        const Json category = id.empty() ? Json{} : api.get_one(call, "/categories/" + id + "/");
        if (!category.is_null()) give(category);
        return;
    }
    if (by != "name") throw api.failure("find.key", "Categories were searched by " + std::string{by} + ".");
    const Json all = all_categories(call, api);
    for (const Json& category : all.items())
        if (!id_of(category).empty() && same_name(category["name"].string(), value)) give(category);
}

void category_options(sdk::Call& call, const Api& api, sdk::Page& page) {
    const Json all = all_categories(call, api);
    std::map<std::string, const Json*> by_id;
    for (const Json& category : all.items()) by_id.emplace(id_of(category), &category);
    for (const auto& [id, category] : by_id) {
        if (id.empty()) continue;
        std::string label = text_of((*category)["name"]);
        auto above = by_id.find(parent_category(*category));
        for (int depth = 0; above != by_id.end() && !above->first.empty() && depth < deepest; ++depth) {
            label = text_of((*above->second)["name"]) + " / " + label;
            above = by_id.find(parent_category(*above->second));
        }
        page.entity(Json::object({{"id", id}, {"label", label}, {"active", true}, {"attributes", Json::object()}}));
    }
}

Json deliver_category(sdk::Call& call, const Api& api, const Json& document) {
    const std::string_view op = document["op"].string();
    const Json& fields = document["fields"];
    if (op == "create") return create(call, api, fields);
    const std::string id = id_of(document), product = id_of(Json::object({{"id", fields["product"]}})),
                      made = id_of(Json::object({{"id", fields["link"]}}));
    if (op == "update" && !id.empty()) return update(call, api, id, fields);
    if (op == "link" && !id.empty() && !product.empty()) return link(call, api, id, product);
    if (op != "unlink" || made.empty()) return {};
    api.remove(call, "/producttocategories/" + made + "/");
    return written(made, Json::object()).set("keys", Json::object());
}

}  // namespace brygga::ccvshop
