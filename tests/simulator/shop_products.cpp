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
};
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

const Product* Shop::product(std::int64_t id) const {
    const auto found = std::ranges::find(products(), id, &Product::id);
    return found == products().end() ? nullptr : &*found;
}

std::string Shop::product_text(const Product& p, bool expanded) const {
    Json j = product_json(p, api(""), shelf(p));
    if (expanded && is_variant(p))
        j.member("attributecombinations").set("collection", Json::array({combination_json(p, api(""), shelf(p))}));
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
    if (call.resource == "attributecombinations") {
        const Product* p = product(call.id - first_combination);
        if (!p || !is_variant(*p) || !call.sub.empty()) return refuse(404, "404.10", "Not found");
        if (call.request.method == "PATCH") return product_patch(call, *p, combination_properties);
        if (!call.get()) return refuse(405, "405.10", "Method not allowed");
        return {.body = php_escaped(combination_json(*p, api(""), shelf(*p)).dump())};
    }
    if (call.id_text.empty()) return call.get() ? product_list(call) : refuse(501, "501.10", "Method not implemented");
    const Product* p = product(call.id);
    if (!p) return refuse(404, "404.10", "Not found");
    if (call.sub.empty() && call.request.method == "PATCH") return product_patch(call, *p, product_properties);
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (call.sub.empty()) return {.body = product_text(*p, false)};
    if (call.sub != "attributecombinations") return refuse(501, "501.20", "Resource not implemented");
    std::vector<Json> combinations;
    if (is_variant(*p)) combinations.push_back(combination_json(*p, api(""), shelf(*p)));
    return whole_list(Call{call.request, {}, {}, {}, {}}, "/products/" + call.id_text + "/attributecombinations/",
                      std::move(combinations));
}

Reply Shop::product_patch(const Call& call, const Product& p, std::span<const Writable> writable) {
    const std::string_view type = call.request.header("content-type");
    if (!type.starts_with("application/json") && !type.starts_with("text/json"))
        return invalid("Content-Type is not JSON");
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return invalid("The body is not a JSON object");
    Shelf changed = shelf(p);
    for (const Json::Member& m : body->members()) {
        const auto property = std::ranges::find(writable, m.name, &Writable::name);
        if (property == writable.end()) {
            if (switches_.is_default(Switch::unknown_parameter)) return invalid("Unknown property " + m.name);
            continue;
        }
        if (!fits(property->type, m.value)) return invalid("Property " + m.name + " has the wrong type");
        if (m.name == "stock")
            changed.quantity = *m.value.decimal();
        else if (m.name == "stockenabled")
            changed.managed = m.value.boolean();
        else
            return refuse(501, "501.10", "Method not implemented");
    }
    if (call.resource == "products" && is_variant(p) && body->has("stock"))
        return invalid("The stock of this product is kept on its attributecombinations");
    changed.modified = utc_text(clock_.now());
    shelves_[p.id] = std::move(changed);
    return {.status = 204};
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
    bool expanded = false;
    if (const std::string* expand = call.query.find("expand")) {
        for (std::string_view rest = *expand; !rest.empty();) {
            const std::string_view one = rest.substr(0, rest.find(','));
            if (std::ranges::find(expandable, one) == expandable.end()) return invalid("expand is not valid");
            expanded |= one == "attributecombinations";
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        }
    }
    std::vector<const Product*> hits;
    for (const Product& p : products()) {
        const std::string& main_number = is_variant(p) ? p.base_number : p.number;
        if (const std::string* wanted = call.query.find("productnumber"); wanted && *wanted != main_number) continue;
        if (const std::string* wanted = call.query.find("eannumber"); wanted && *wanted != p.ean) continue;
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
    for (const Product* p : hits) texts.push_back(product_text(*p, expanded));
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
    for (const Product& p : products()) {
        const bool variant = !p.base_number.empty();
        const bool hit = field == "productnumber" ? (variant ? p.base_number : p.number) == wanted ||
                                                        (variant && variants && p.number == wanted)
                         : field == "eannumber" ? p.ean == wanted
                         : field == "skunumber" ? variant && variants && p.number == wanted
                                                : false;
        if (hit) texts.push_back(product_text(p, false));
    }
    return pages(call, texts);
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
