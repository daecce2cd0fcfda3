#include <algorithm>
#include <array>

#include "shop_call.hpp"

namespace brygga::sim {

struct Writable {
    std::string_view name;
    char type;  ///< n number, b boolean, t text
};

namespace {

constexpr std::array product_properties{
    Writable{"name", 't'},
    Writable{"productnumber", 't'},
    Writable{"eannumber", 't'},
    Writable{"mpnnumber", 't'},
    Writable{"shortdescription", 't'},
    Writable{"description", 't'},
    Writable{"taxtariff", 't'},
    Writable{"price", 'n'},
    Writable{"discount", 'n'},
    Writable{"purchaseprice", 'n'},
    Writable{"unit", 't'},
    Writable{"stockenabled", 'b'},
    Writable{"stocktype", 't'},
    Writable{"stock", 'n'},
    Writable{"stocklocation", 't'},
    Writable{"ordering_without_stock", 't'},
    Writable{"weight", 'n'},
    Writable{"active", 'b'},
    Writable{"memo", 't'},
    Writable{"minimal_order_amount", 'n'},
    Writable{"package_id", 'n'},
    Writable{"page_title", 't'},
    Writable{"meta_description", 't'},
};
constexpr std::array required_properties{"name", "price", "discount", "package_id", "taxtariff"};
constexpr std::array<std::string_view, 5> tariffs{"normal", "low a", "low b", "extra low", "zero"};
constexpr std::int64_t only_package = 1'660'001, first_made = 846'000'001;
constexpr std::int64_t first_given = 10'000'000'000;  ///< ids of variants that a person gave a product

std::size_t longest(std::string_view property) {
    if (property == "name") return 200;
    if (property == "shortdescription" || property == "stocklocation") return 255;
    if (property == "description") return 65'536;
    return property.ends_with("number") ? 50 : 1'000;
}

/// Why a value of the right type is not taken; empty when it is.
std::string wrong_value(std::string_view name, const Json& value) {
    if (value.is_string() && value.string().size() > longest(name)) return "is too long";
    if (name == "name" && value.string().empty()) return "is empty";
    if (name == "taxtariff" && std::ranges::find(tariffs, value.string()) == tariffs.end()) return "is no tariff";
    if (name == "package_id" && value.integer(0) != only_package) return "is no package";
    if ((name == "price" || name == "discount") && value.decimal()->is_negative()) return "is negative";
    return {};
}
constexpr std::array combination_properties{
    Writable{"note", 't'},
    Writable{"stock", 'n'},
    Writable{"product_number", 't'},
    Writable{"ean_number", 't'},
    Writable{"sku_number", 't'},
    Writable{"delivery_time", 'n'},
    Writable{"delivery_time_type", 't'},
    Writable{"delivery_default_text", 't'},
    Writable{"active", 'b'},
};
constexpr std::array<std::string_view, 14> expandable{"attributecombinations",  "productattachments",
                                                      "productattributesets",   "productkeywords",
                                                      "productphotos",          "productrelevant",
                                                      "productreviews",         "productshippingcosts",
                                                      "productstaggeredprices", "producttaxtariffexceptions",
                                                      "producttocategories",    "producttopropertygroups",
                                                      "productvariants",        "productvideos"};

bool fits(char type, const Json& value) {
    return type == 'n' ? value.is_number() : type == 'b' ? value.is_boolean() : value.is_string();
}

}  // namespace

std::string_view Shop::expand_of(const Call& call) {
    const std::string* expand = call.query.find("expand");
    return expand ? std::string_view{*expand} : std::string_view{};
}

bool Shop::expand_right(const Call& call) {
    for (std::string_view rest = expand_of(call); !rest.empty();) {
        const std::string_view one = rest.substr(0, rest.find(','));
        if (std::ranges::find(expandable, one) == expandable.end()) return false;
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    }
    return true;
}

std::vector<const Product*> Shop::all_products() const {
    std::vector<const Product*> all;
    for (const Product& p : products()) all.push_back(&p);
    for (const Product& p : made_) all.push_back(&p);
    std::erase_if(all, [&](const Product* p) { return removed_.contains(p->id); });
    return all;
}

const Product* Shop::product(std::int64_t id) const {
    const auto all = all_products();
    const auto found = std::ranges::find(all, id, &Product::id);
    return found == all.end() ? nullptr : *found;
}

std::string Shop::number_of(const Product& p) const {
    const auto written = written_.find(p.id);
    if (written != written_.end() && written->second.has("productnumber"))
        return std::string{written->second["productnumber"].string()};
    return is_variant(p) ? p.base_number : p.number;
}

std::string Shop::ean_of(const Product& p) const {
    const auto written = written_.find(p.id);
    if (written != written_.end() && written->second.has("eannumber"))
        return std::string{written->second["eannumber"].string()};
    return p.ean;
}

std::string Shop::product_text(const Product& p, std::string_view expand) const {
    const auto written = written_.find(p.id);
    Json j = product_json(p, api(""), shelf(p), written == written_.end() ? Json{} : written->second);
    if (expand.find("attributecombinations") != std::string_view::npos && has_variants(p)) {
        Json all = Json::array();
        for (Json& combination : combinations(p)) all.push(std::move(combination));
        j.member("attributecombinations").set("collection", std::move(all));
    }
    for (const auto& [id, photo] : photos_)
        if (photo.product == p.id && photo.main) j.set("productmainphoto", photo_json(id, photo)["deeplink"]);
    if (expand.find("producttocategories") != std::string_view::npos) {
        Json links = Json::array();
        for (Json& link : links_of(p.id, 0)) links.push(std::move(link));
        j.member("producttocategories").set("collection", std::move(links));
    }
    return php_escaped(j.dump());
}

Shelf Shop::shelf(const Product& p) const {
    const auto known = shelves_.find(p.id);
    return known == shelves_.end() ? Shelf{} : known->second;
}

Reply Shop::pages(const Call& call, const std::vector<std::string>& texts) const {
    std::vector<const std::string*> items;
    for (const std::string& text : texts) items.push_back(&text);
    return json_page(call, items, true);
}

Reply Shop::product_calls(const Call& call) {
    if (call.resource == "attributecombinations" && call.id >= first_given) return combination_call(call);
    if (call.resource == "attributecombinations") {
        const Product* p = product(call.id - first_combination);
        if (!p || !is_variant(*p) || !call.sub.empty()) return refuse(404, "404.10", "Not found");
        if (call.request.method == "PATCH") return product_patch(call, *p, combination_properties);
        if (!call.get()) return refuse(405, "405.10", "Method not allowed");
        return {.body = php_escaped(combination_json(*p, api(""), shelf(*p)).dump())};
    }
    if (call.id_text.empty()) {
        if (call.request.method == "POST") return product_post(call);
        return call.get() ? product_list(call) : refuse(405, "405.10", "Method not allowed");
    }
    const Product* p = product(call.id);
    if (!p) return refuse(404, "404.10", "Not found");
    if (call.sub.empty() && call.request.method == "PATCH") return product_patch(call, *p, product_properties);
    if (call.sub == "producttocategories") return link_list(call, p->id, 0);
    if (call.sub == "productphotos") return photo_calls(call, p->id);
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (call.sub.empty()) {
        if (const std::string error = unknown_parameters(call, {"expand"}); !error.empty()) return invalid(error);
        if (!expand_right(call)) return invalid("expand is not valid");
        return {.body = product_text(*p, expand_of(call))};
    }
    if (call.sub != "attributecombinations") return refuse(501, "501.20", "Resource not implemented");
    return whole_list(Call{call.request, {}, {}, {}, {}}, "/products/" + call.id_text + "/attributecombinations/",
                      combinations(*p));
}

Reply Shop::product_patch(const Call& call, const Product& p, std::span<const Writable> writable) {
    const auto body = json_body(call.request);
    if (!body) return invalid("The body is not a JSON object");
    Shelf changed = shelf(p);
    Json written = written_.contains(p.id) ? written_.at(p.id) : Json::object();
    if (const std::string wrong = take_properties(*body, writable, changed, written); !wrong.empty())
        return invalid(wrong);
    if (call.resource == "attributecombinations" && written.size() > 0)
        return refuse(501, "501.10", "Method not implemented");
    if (call.resource == "products" && has_variants(p) && body->has("stock"))
        return invalid("The stock of this product is kept on its attributecombinations");
    changed.modified = utc_text(clock_.now());
    shelves_[p.id] = std::move(changed);
    if (written.size() > 0) written_[p.id] = std::move(written);
    tell_product("products.updated", p.id);
    return {.status = 204};
}

/// Empty on success, else why not.
std::string Shop::take_properties(const Json& body, std::span<const Writable> writable, Shelf& shelf,
                                  Json& written) const {
    for (const Json::Member& m : body.members()) {
        const auto property = std::ranges::find(writable, m.name, &Writable::name);
        if (property == writable.end()) {
            if (switches_.is_default(Switch::unknown_parameter)) return "Unknown property " + m.name;
            continue;
        }
        if (!fits(property->type, m.value)) return "Property " + m.name + " has the wrong type";
        if (const std::string wrong = wrong_value(m.name, m.value); !wrong.empty())
            return "Property " + m.name + " " + wrong;
        if (m.name == "stock")
            shelf.quantity = *m.value.decimal();
        else if (m.name == "stockenabled")
            shelf.managed = m.value.boolean();
        else
            written.set(m.name, m.value);
    }
    return {};
}

/// Numbers need not be unique: who posts twice has two products.
Reply Shop::product_post(const Call& call) {
    const auto body = json_body(call.request);
    if (!body) return invalid("The body is not a JSON object");
    for (const char* name : required_properties)
        if ((*body)[name].is_null()) return invalid("Property " + std::string{name} + " is required");
    Shelf shelf{.quantity = 0, .managed = true, .modified = utc_text(clock_.now())};
    Json written = Json::object();
    if (const std::string wrong = take_properties(*body, product_properties, shelf, written); !wrong.empty())
        return invalid(wrong);
    Product made;
    made.id = first_made + static_cast<std::int64_t>(made_.size());
    made.number = std::string{written["productnumber"].string()};
    made.ean = std::string{written["eannumber"].string()};
    made.name = std::string{written["name"].string()};
    shelves_[made.id] = std::move(shelf);
    written_[made.id] = std::move(written);
    const Product& p = made_.emplace_back(std::move(made));
    tell_product("products.created", p.id);
    if (!switches_.is_default(Switch::product_answer)) return {.status = 204};
    return {.status = 201, .body = product_text(p, {})};
}

Json Shop::made_products() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::array();
    for (const Product& p : made_) out.push(*Json::parse(product_text(p, {})));
    return out;
}

Reply Shop::product_list(const Call& call) {
    if (const std::string error =
            unknown_parameters(call, {"productnumber", "eannumber",   "mpnnumber",   "productname",  "minprice",
                                      "maxprice",      "mindiscount", "maxdiscount", "minsellprice", "maxsellprice",
                                      "stock",         "minstock",    "maxstock",    "quantity",     "color",
                                      "active",        "orderby",     "expand",      "start",        "size"});
        !error.empty())
        return invalid(error);
    if (const std::string* active = call.query.find("active"); active && *active != "true" && *active != "false")
        return invalid("active is not a boolean");
    const std::string* name = call.query.find("productname");
    if (name && name->size() < 3) return invalid("productname needs at least 3 characters");
    if (!expand_right(call)) return invalid("expand is not valid");
    std::vector<const Product*> hits;
    for (const Product* each : all_products()) {
        const Product& p = *each;
        if (const std::string* wanted = call.query.find("productnumber"); wanted && *wanted != number_of(p)) continue;
        if (const std::string* wanted = call.query.find("eannumber"); wanted && *wanted != ean_of(p)) continue;
        if (const std::string* wanted = call.query.find("active"); wanted && *wanted == "false") continue;
        if (call.query.find("mpnnumber") || (name && p.name.find(*name) == std::string::npos)) continue;
        hits.push_back(&p);
    }
    if (const std::string* order = call.query.find("orderby")) {
        std::string_view field = *order;
        const bool descending = field.ends_with("_desc");
        if (descending) field.remove_suffix(5);
        if (field != "id" && field != "name" && field != "createdate" && field != "modifydate")
            return invalid("orderby is not valid");
        const auto before = [&](const Product* a, const Product* b) {
            if (field == "name") return a->name < b->name;
            if (field == "modifydate") return shelf(*a).modified < shelf(*b).modified;
            return field == "id" && a->id < b->id;
        };
        std::ranges::stable_sort(hits, [&](auto* a, auto* b) { return descending ? before(b, a) : before(a, b); });
    }
    std::vector<std::string> texts;
    for (const Product* p : hits) texts.push_back(product_text(*p, expand_of(call)));
    return pages(call, texts);
}

Reply Shop::product_queries(const Call& call) {
    if (!call.get() || !call.id_text.empty()) return refuse(405, "405.10", "Method not allowed");
    if (const std::string error =
            unknown_parameters(call, {"productnumber", "eannumber", "mpnnumber", "skunumber", "start", "size"});
        !error.empty())
        return invalid(error);
    std::string_view field, wanted;
    for (const auto& [name, value] : call.query.parameters)
        if (name != "start" && name != "size") field = name, wanted = value;
    if (field.empty()) return invalid("One of productnumber, eannumber, mpnnumber, skunumber is required");
    const bool variants = switches_.is_default(Switch::productqueries_variants);
    std::vector<std::string> texts;
    for (const Product* each : all_products()) {
        const Product& p = *each;
        const auto of_variant = [&](std::initializer_list<const char*> names) {
            for (const Json& combination : variants ? combinations(p) : std::vector<Json>{})
                for (const char* name : names)
                    if (combination[name].string() == wanted) return true;
            return false;
        };
        const bool hit = field == "productnumber"
                             ? number_of(p) == wanted || of_variant({"product_number", "sku_number"})
                         : field == "eannumber" ? ean_of(p) == wanted || of_variant({"ean_number"})
                         : field == "skunumber" ? of_variant({"sku_number"})
                                                : false;
        if (hit) texts.push_back(product_text(p, {}));
    }
    return pages(call, texts);
}

bool Shop::has_variants(const Product& p) const { return variants_.contains(p.id) || is_variant(p); }

/// In the order in which they were given.
std::vector<Json> Shop::combinations(const Product& p) const {
    const auto given = variants_.find(p.id);
    if (given == variants_.end())
        return is_variant(p) ? std::vector{combination_json(p, api(""), shelf(p))} : std::vector<Json>{};
    std::vector<Json> all;
    for (const Json& variant : given->second.items()) {
        Json j = combination_json(p, api(""), shelf(p));
        for (const char* name :
             {"id", "href", "sku_number", "product_number", "ean_number", "netto_extra_price", "active", "stock"})
            if (variant.has(name)) j.set(name, variant[name]);
        Json part = j["combination"].at(0);
        part.member("attribute_value").set("name", variant["value"]);
        j.set("combination", Json::array({std::move(part)}));
        all.push_back(std::move(j));
    }
    return all;
}

/// A variant that a person gave its product.
Reply Shop::combination_call(const Call& call) {
    for (auto& [id, variants] : variants_)
        for (Json& variant : variants.items_for_writing()) {
            if (variant["id"].integer(0) != call.id || removed_.contains(id) || !call.sub.empty()) continue;
            const Product& p = *product(id);
            if (call.request.method == "PATCH") {
                const auto body = json_body(call.request);
                if (!body) return invalid("The body is not a JSON object");
                Shelf shelf = this->shelf(p);
                Json written = Json::object();
                if (const std::string wrong = take_properties(*body, combination_properties, shelf, written);
                    !wrong.empty())
                    return invalid(wrong);
                for (const Json::Member& m : body->members()) variant.set(m.name, m.value);
                shelves_[id].modified = utc_text(clock_.now());
                return {.status = 204};
            }
            if (!call.get()) return refuse(405, "405.10", "Method not allowed");
            for (const Json& combination : combinations(p))
                if (combination["id"].integer(0) == call.id) return {.body = php_escaped(combination.dump())};
        }
    return refuse(404, "404.10", "Not found");
}

Json Shop::set_product(const Json& change) {
    const std::lock_guard lock{mutex_};
    const Product* known = change.has("id") ? product(change["id"].integer(0)) : nullptr;
    for (const Product* p : all_products())
        if (!change.has("id") && number_of(*p) == change["productnumber"].string()) known = p;
    if (change.has("id") && !known) return {};
    if (change["removed"].boolean()) {
        if (known) removed_.insert(known->id);
        if (known) tell_product("products.deleted", known->id);
        return change["id"];
    }
    Json properties = Json::object();
    if (!known)
        properties = Json::object({{"name", change["productnumber"]},
                                   {"price", 0},
                                   {"discount", 0},
                                   {"package_id", only_package},
                                   {"taxtariff", "normal"},
                                   {"active", true},
                                   {"unit", ""}});
    for (const Json::Member& m : change.members())
        if (m.name != "id" && m.name != "variants") properties.set(m.name, m.value);
    const bool fresh = !known;
    const std::int64_t id = known ? known->id : first_made + static_cast<std::int64_t>(made_.size());
    Shelf shelf = known ? this->shelf(*known) : Shelf{};
    shelf.modified = utc_text(clock_.now());
    Json written = written_.contains(id) ? written_.at(id) : Json::object();
    if (!take_properties(properties, product_properties, shelf, written).empty()) return {};
    if (change.has("variants")) {
        written.set("stocktype", "Attribute");
        Json variants = Json::array();
        for (Json variant : change["variants"].items()) {
            const std::int64_t own = first_given + 100 * id + static_cast<std::int64_t>(variants.size());
            variant.set("href", api("/attributecombinations/" + std::to_string(own) + "/"));
            variants.push(std::move(variant.set("id", own)));
        }
        variants_[id] = std::move(variants);
    }
    if (fresh) {
        Product made;
        made.id = id;
        made.name = std::string{written["name"].string()};
        made_.push_back(std::move(made));
    }
    shelves_[id] = std::move(shelf);
    written_[id] = std::move(written);
    tell_product(fresh ? "products.created" : "products.updated", id);
    return Json{id};
}

Json Shop::stock() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::object();
    for (const Product& p : products()) out.set(p.number, shelf(p).quantity);
    return out;
}

std::string Shop::set_stock(std::string_view sku, const Json& change) {
    const std::lock_guard lock{mutex_};
    const auto found = std::ranges::find(products(), sku, &Product::number);
    if (found == products().end()) return "there is no product " + std::string{sku};
    Shelf changed = shelf(*found);
    if (const auto quantity = change["quantity"].decimal()) changed.quantity = *quantity;
    changed.managed = change["managed"].boolean(changed.managed);
    // A sale does not count as a change of the product.
    if (!change["sold"].boolean()) changed.modified = utc_text(clock_.now());
    shelves_[found->id] = std::move(changed);
    return {};
}

}  // namespace brygga::sim
