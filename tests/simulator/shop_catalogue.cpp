#include <algorithm>

#include "shop_call.hpp"

namespace brygga::sim {

Reply Shop::product_calls(const Call& call) {
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (call.resource == "attributecombinations") return refuse(404, "404.10", "Not found");
    if (product_texts_.empty())
        for (const Product& p : products()) product_texts_.push_back(php_escaped(product_json(p, api("")).dump()));
    if (!call.id_text.empty()) {
        for (std::size_t i = 0; i < products().size(); ++i) {
            if (products()[i].id != call.id) continue;
            if (call.sub.empty()) return {.body = product_texts_[i]};
            if (call.sub == "attributecombinations")
                return whole_list(Call{call.request, {}, {}, {}, {}},
                                  "/products/" + call.id_text + "/attributecombinations/", {});
            return refuse(501, "501.20", "Resource not implemented");
        }
        return refuse(404, "404.10", "Not found");
    }
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
    std::vector<const std::string*> items;
    for (std::size_t i = 0; i < products().size(); ++i) {
        const Product& p = products()[i];
        const std::string& main_number = p.base_number.empty() ? p.number : p.base_number;
        if (const std::string* wanted = call.query.find("productnumber"); wanted && *wanted != main_number) continue;
        if (const std::string* wanted = call.query.find("eannumber"); wanted && *wanted != p.ean) continue;
        if (const std::string* wanted = call.query.find("active"); wanted && *wanted == "false") continue;
        if (call.query.find("mpnnumber") || (name && p.name.find(*name) == std::string::npos)) continue;
        items.push_back(&product_texts_[i]);
    }
    return json_page(call, items, true);
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
    if (product_texts_.empty())
        for (const Product& p : products()) product_texts_.push_back(php_escaped(product_json(p, api("")).dump()));
    const bool variants = switches_.is_default(Switch::productqueries_variants);
    std::vector<const std::string*> items;
    for (std::size_t i = 0; i < products().size(); ++i) {
        const Product& p = products()[i];
        const bool variant = !p.base_number.empty();
        const bool hit = field == "productnumber" ? (variant ? p.base_number : p.number) == wanted ||
                                                        (variant && variants && p.number == wanted)
                         : field == "eannumber" ? p.ean == wanted
                         : field == "skunumber" ? variant && variants && p.number == wanted
                                                : false;
        if (hit) items.push_back(&product_texts_[i]);
    }
    return json_page(call, items, true);
}

Reply Shop::user_calls(const Call& call) {
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (!call.id_text.empty()) {
        for (const Buyer& b : buyers())
            if (b.user_id == call.id && call.sub.empty()) return {.body = php_escaped(user_text(b, api("")))};
        return refuse(404, call.sub.empty() ? "404.10" : "404.20", "Not found");
    }
    if (const std::string error = unknown_parameters(call, {"approval_status", "orderby", "start", "size"});
        !error.empty())
        return invalid(error);
    const std::string* approval = call.query.find("approval_status");
    if (approval && *approval != "accepted" && *approval != "pending") return invalid("approval_status is not valid");
    std::vector<std::string> texts;
    for (const Buyer& b : buyers())
        if (b.user_id != 0 && (!approval || *approval == "accepted"))
            texts.push_back(php_escaped(user_text(b, api(""))));
    std::vector<const std::string*> items;
    for (const std::string& text : texts) items.push_back(&text);
    return json_page(call, items, true);
}

Reply Shop::webshop_calls(const Call& call) {
    const std::string self = api("/webshops/1001/");
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (call.sub.empty())
        return whole_list(call, "/webshops/",
                          {Json::object({{"href", self},
                                         {"id", 1001},
                                         {"name", "Exempelbutiken"},
                                         {"is_multishop_system", false},
                                         {"product_limit", -1},
                                         {"product_limit_left", -1},
                                         {"api_root", base_},
                                         {"webshops", Json::object({{"href", self + "webshops/"}})},
                                         {"parent", Json::object({{"href", api("/webshops/")}})}})});
    if (call.id != 1001) return refuse(404, "404.10", "Not found");
    if (call.sub == "settings") return {.body = php_escaped(settings_json(self).dump())};
    if (call.sub == "merchant") {
        Json merchant = Json::object();
        for (const char* name : {"gender", "first_name", "last_name", "full_name", "iban"}) merchant.set(name, "");
        merchant.set("company", "Exempelbutiken AB");
        merchant.set("city", "Stockholm");
        merchant.set("country_code", "SE");
        merchant.set("email", "butik@example.com");
        return {.body = php_escaped(merchant.dump())};
    }
    if (call.sub == "geozonecountries") {
        Json items = Json::array();
        struct Zone {
            std::string_view country, code;
            int normal;
        };
        for (const Zone& z :
             {Zone{"Sverige", "SE", 25}, {"Tyskland", "DE", 19}, {"Nederländerna", "NL", 21}, {"Norge", "NO", 0}})
            items.push(Json::object(
                {{"country", z.country},
                 {"code", z.code},
                 {"geozone_id", 1},
                 {"geozone_name", "Europa"},
                 {"tariffs", Json::array({Json::object({{"type", "normal"}, {"percentage", z.normal}})})}}));
        return {.body = php_escaped(Json::object({{"href", self + "geozonecountries/"}, {"items", items}}).dump())};
    }
    return refuse(501, "501.20", "Resource not implemented");
}

Reply Shop::reference_lists(const Call& call) {
    const std::string path = "/" + call.resource + "/";
    std::vector<Json> items;
    if (!call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    if (call.resource.empty()) {
        for (const char* name : {"orders", "orderrows", "products", "users", "paymethods", "webshops", "languages",
                                 "packages", "credentials"})
            items.push_back(Json::object({{"href", api("/" + std::string{name} + "/")},
                                          {"title", name},
                                          {"description", name},
                                          {"uri", "/" + std::string{name} + "/"}}));
        return whole_list(call, "/", std::move(items));
    }
    if (call.resource == "paymethods") {
        for (const Paymethod& m : paymethods)
            items.push_back(Json::object({{"id", m.id},
                                          {"psp", m.psp},
                                          {"method", m.method},
                                          {"combined_name", m.combined},
                                          {"label", m.label},
                                          {"extra_costs", m.id == 21},
                                          {"extra_costs_fixed", m.id == 21 ? 19 : 0},
                                          {"extra_costs_percentage", 0},
                                          {"apppsp", Json{}},
                                          {"apppsppaymethod", Json{}}}));
        return whole_list(call, path, std::move(items));
    }
    if (call.resource == "languages") {
        for (const char* code : {"sv", "en"})
            items.push_back(Json::object({{"href", api("/languages/")},
                                          {"label", code},
                                          {"active", true},
                                          {"base_language", code},
                                          {"iso_code", code},
                                          {"flag_icon", ""}}));
        return whole_list(call, path, std::move(items));
    }
    if (call.resource == "packages")
        return whole_list(call, path,
                          {Json::object({{"href", api("/packages/1660001/")},
                                         {"id", 1'660'001},
                                         {"name", "Kartong"},
                                         {"parent", Json::object({{"href", api(path)}})}})});
    if (call.resource == "credentials")
        return whole_list(call, path,
                          {Json::object({{"href", api("/credentials/501/")},
                                         {"id", 501},
                                         {"label", "brygga"},
                                         {"createdate", "2026-01-02T08:00:00Z"}})});
    if (call.resource == "apps")
        return whole_list(
            call, path,
            {Json::object({{"href", api("/apps/601/")}, {"id", 601}, {"name", "brygga"}, {"is_installed", true}})});
    static constexpr std::string_view known[] = {
        "affiliatenetworks", "brands",          "categories", "categorytree", "colors",
        "conditions",        "discountcoupons", "invoices",   "labels",       "mailingaddresses",
        "merchant",          "quotations",      "returns",    "suppliers",    "takeoutslots",
        "translations",      "usergroups",      "webhooks",   "status"};
    const bool exists = std::find(std::begin(known), std::end(known), call.resource) != std::end(known);
    return refuse(exists ? 501 : 404, exists ? "501.20" : "404.20",
                  exists ? "Resource not implemented" : "Unknown resource");
}

}  // namespace brygga::sim
