#include <algorithm>
#include <array>

#include "shop_call.hpp"

namespace brygga::sim {

namespace {

struct Property {
    std::string_view name;
    char type;  ///< n number, b boolean, t text
};
constexpr std::array category_properties{
    Property{"name", 't'},
    Property{"description", 't'},
    Property{"description_bottom", 't'},
    Property{"description_photo_size", 't'},
    Property{"description_photo_source", 't'},
    Property{"description_photo_file_type", 't'},
    Property{"description_photo_position", 't'},
    Property{"searchwords", 't'},
    Property{"layout_of_products_id", 'n'},
    Property{"layout_of_categories_id", 'n'},
    Property{"color", 'n'},
    Property{"color_alternative", 'n'},
    Property{"photo_source", 't'},
    Property{"photo_file_type", 't'},
    Property{"show_big_photo", 'b'},
    Property{"productphoto_in_canvas", 'b'},
    Property{"show_orderbutton", 'b'},
    Property{"orderby", 't'},
    Property{"items_per_page", 'n'},
    Property{"position", 'n'},
    Property{"show_on_website", 'b'},
    Property{"parentcategory_id", 'n'},
    Property{"meta_description", 't'},
    Property{"meta_keywords", 't'},
    Property{"page_title", 't'},
    Property{"no_index", 'b'},
    Property{"no_follow", 'b'},
    Property{"alias", 't'},
};
constexpr std::size_t longest_name = 255;
constexpr std::array<std::string_view, 7> integers{"position",
                                                   "parentcategory_id",
                                                   "color",
                                                   "color_alternative",
                                                   "items_per_page",
                                                   "layout_of_products_id",
                                                   "layout_of_categories_id"};

bool is_type(char type, const Json& value) {
    return type == 'n' ? value.is_number() : type == 'b' ? value.is_boolean() : value.is_string();
}

}  // namespace

Json Shop::category_json(std::int64_t id, const Json& written) const {
    const std::string self = api("/categories/" + std::to_string(id) + "/");
    Json j = Json::object({{"href", self}, {"id", id}, {"orderby", "position"}, {"items_per_page", 25}});
    for (const char* text : {"name", "description", "description_bottom", "searchwords", "meta_description",
                             "meta_keywords", "page_title", "alias"})
        j.set(text, "");
    for (const char* nothing : {"description_photo_size", "description_photo_position", "description_photo", "photo"})
        j.set(nothing, Json{});
    for (const char* no : {"show_big_photo", "productphoto_in_canvas", "no_index", "no_follow"}) j.set(no, false);
    for (const char* one : {"position", "layout_of_categories_id", "color", "color_alternative"}) j.set(one, 1);
    for (const char* yes : {"show_orderbutton", "show_on_website"}) j.set(yes, true);
    j.set("layout_of_products", Json::object({{"id", 1}, {"href", api("/categoryproductlayouts/1/")}}));
    j.set("deeplink", base_ + "/" + std::to_string(id));
    for (const Json::Member& m : written.members())
        if (j.has(m.name)) j.set(m.name, m.value);
    const auto parent = written["parentcategory_id"].integer(0);
    Json above = Json::object({{"id", Json{}}, {"href", Json{}}});
    if (parent != 0) {
        above.set("id", parent);
        above.set("href", api("/categories/" + std::to_string(parent) + "/"));
    }
    j.set("producttocategories", Json::object({{"href", self + "producttocategories/"}}));
    j.set("categories", Json::object({{"href", self + "categories/"}}));
    j.set("parentcategory", std::move(above));
    return std::move(j.set("parent", Json::object({{"href", api("/categories/")}})));
}

Json Shop::link_json(std::int64_t id, const ProductLink& link) const {
    return Json::object({{"href", api("/producttocategories/" + std::to_string(id) + "/")},
                         {"id", id},
                         {"position", 0},
                         {"product_id", link.product},
                         {"category_id", link.category},
                         {"product_href", api("/products/" + std::to_string(link.product) + "/")},
                         {"category_href", api("/categories/" + std::to_string(link.category) + "/")}});
}

std::vector<Json> Shop::links_of(std::int64_t product, std::int64_t category) const {
    std::vector<Json> out;
    for (const auto& [id, link] : links_)
        if ((product == 0 || link.product == product) && (category == 0 || link.category == category))
            out.push_back(link_json(id, link));
    return out;
}

/// Empty on success, else why not.
std::string Shop::take_category(const Json& body, Json& written) const {
    for (const Json::Member& m : body.members()) {
        const auto property = std::ranges::find(category_properties, m.name, &Property::name);
        if (property == category_properties.end()) {
            if (switches_.is_default(Switch::unknown_parameter)) return "Unknown property " + m.name;
            continue;
        }
        if (!is_type(property->type, m.value)) return "Property " + m.name + " has the wrong type";
        if (std::ranges::find(integers, m.name) != integers.end() && !m.value.integer())
            return "Property " + m.name + " has the wrong type";
        if (m.name == "name" && m.value.string().empty()) return "Property name is empty";
        if (m.name == "name" && m.value.string().size() > longest_name) return "Property name is too long";
        if (m.name == "parentcategory_id" && !categories_.contains(m.value.integer(0)))
            return "Property parentcategory_id is no category";
        written.set(m.name, m.value);
    }
    return {};
}

/// Names need not be unique: who posts twice has two categories.
Reply Shop::category_calls(const Call& call) {
    if (call.id_text.empty()) {
        if (call.get()) return category_list(call, 0);
        if (call.request.method != "POST") return refuse(405, "405.10", "Method not allowed");
        const auto body = json_body(call.request);
        if (!body) return invalid("The body is not a JSON object");
        if ((*body)["name"].is_null()) return invalid("Property name is required");
        Json written = Json::object();
        if (const std::string wrong = take_category(*body, written); !wrong.empty()) return invalid(wrong);
        const std::int64_t id = next_category_++;
        categories_.emplace(id, std::move(written));
        if (!switches_.is_default(Switch::product_answer)) return {.status = 204};
        return {.status = 201, .body = php_escaped(category_json(id, categories_.at(id)).dump())};
    }
    const auto found = categories_.find(call.id);
    if (found == categories_.end()) return refuse(404, "404.10", "Not found");
    if (call.sub == "categories" && call.get()) return category_list(call, call.id);
    if (call.sub == "producttocategories") return link_list(call, 0, call.id);
    if (!call.sub.empty()) return refuse(501, "501.20", "Resource not implemented");
    if (call.get()) return {.body = php_escaped(category_json(call.id, found->second).dump())};
    if (call.request.method == "DELETE") return remove_category(call.id), Reply{.status = 204};
    if (call.request.method != "PATCH") return refuse(405, "405.10", "Method not allowed");
    const auto body = json_body(call.request);
    if (!body) return invalid("The body is not a JSON object");
    Json written = found->second;
    if (const std::string wrong = take_category(*body, written); !wrong.empty()) return invalid(wrong);
    found->second = std::move(written);
    return {.status = 204};
}

Reply Shop::category_list(const Call& call, std::int64_t parent) const {
    if (const std::string error = unknown_parameters(call, {"start", "size"}); !error.empty()) return invalid(error);
    std::vector<std::string> texts;
    for (const auto& [id, written] : categories_)
        if (parent == 0 || written["parentcategory_id"].integer(0) == parent)
            texts.push_back(php_escaped(category_json(id, written).dump()));
    return pages(call, texts);
}

Reply Shop::link_list(const Call& call, std::int64_t product, std::int64_t category) const {
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (const std::string error = unknown_parameters(call, {}); !error.empty()) return invalid(error);
    Json items = Json::array();
    for (Json& link : links_of(product, category)) items.push(std::move(link));
    return {
        .body = php_escaped(
            Json::object({{"href", base_ + std::string{call.request.path()}}, {"items", std::move(items)}}).dump())};
}

/// The same link may be made twice: the product then stands in its category twice.
Reply Shop::link_calls(const Call& call) {
    if (!call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    if (call.id_text.empty()) {
        if (call.request.method != "POST") return refuse(405, "405.10", "Method not allowed");
        const auto body = json_body(call.request);
        if (!body) return invalid("The body is not a JSON object");
        for (const Json::Member& m : body->members())
            if (m.name != "product_id" && m.name != "category_id" && m.name != "position")
                return invalid("Unknown property " + m.name);
        for (const char* name : {"product_id", "category_id"})
            if (!(*body)[name].integer()) return invalid("Property " + std::string{name} + " is required");
        const ProductLink link{(*body)["product_id"].integer(0), (*body)["category_id"].integer(0)};
        if (!product(link.product) || !categories_.contains(link.category)) return refuse(404, "404.10", "Not found");
        const std::int64_t id = next_link_++;
        links_.emplace(id, link);
        if (!switches_.is_default(Switch::product_answer)) return {.status = 204};
        return {.status = 201, .body = php_escaped(link_json(id, link).dump())};
    }
    const auto found = links_.find(call.id);
    if (found == links_.end()) return refuse(404, "404.10", "Not found");
    if (call.get()) return {.body = php_escaped(link_json(call.id, found->second).dump())};
    if (call.request.method != "DELETE") return refuse(501, "501.10", "Method not implemented");
    links_.erase(found);
    return {.status = 204};
}

void Shop::remove_category(std::int64_t id) {
    categories_.erase(id);
    std::erase_if(links_, [&](const auto& link) { return link.second.category == id; });
}

Json Shop::shelves() const {
    const std::lock_guard lock{mutex_};
    Json categories = Json::array(), links = Json::array();
    for (const auto& [id, written] : categories_) categories.push(category_json(id, written));
    for (const auto& [id, link] : links_) {
        const Product* p = product(link.product);
        links.push(Json::object({{"id", id},
                                 {"sku", p ? number_of(*p) : std::string{}},
                                 {"category", link.category},
                                 {"name", categories_.at(link.category)["name"]}}));
    }
    return Json::object({{"categories", std::move(categories)}, {"links", std::move(links)}});
}

Json Shop::set_category(const Json& change) {
    const std::lock_guard lock{mutex_};
    const std::int64_t id = change["id"].integer(0);
    if (change.has("id") && !categories_.contains(id)) return {};
    if (change["removed"].boolean()) return remove_category(id), change["id"];
    Json written = change.has("id") ? categories_.at(id) : Json::object();
    for (const Json::Member& m : change.members())
        if (m.name != "id") written.set(m.name, m.value);
    const std::int64_t made = change.has("id") ? id : next_category_++;
    categories_[made] = std::move(written);
    return Json{made};
}

Json Shop::set_link(const Json& change) {
    const std::lock_guard lock{mutex_};
    if (change["removed"].boolean()) return links_.erase(change["id"].integer(0)) > 0 ? change["id"] : Json{};
    const auto all = all_products();
    const auto p =
        std::ranges::find_if(all, [&](const Product* each) { return number_of(*each) == change["sku"].string(); });
    if (p == all.end() || !categories_.contains(change["category"].integer(0))) return {};
    const std::int64_t id = next_link_++;
    links_.emplace(id, ProductLink{(*p)->id, change["category"].integer(0)});
    return Json{id};
}

}  // namespace brygga::sim
