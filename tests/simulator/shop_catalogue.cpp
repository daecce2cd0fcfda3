#include <algorithm>

#include "shop_call.hpp"

namespace brygga::sim {

namespace {

Json tariffs_of(std::string_view country, int normal) {
    Json out = Json::array({Json::object({{"type", "normal"}, {"percentage", normal}})});
    if (country == "SE")
        for (const auto& [type, percentage] : {std::pair{"low a", 12}, std::pair{"low b", 6}, std::pair{"zero", 0}})
            out.push(Json::object({{"type", type}, {"percentage", percentage}}));
    return out;
}

}  // namespace

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
            items.push(Json::object({{"country", z.country},
                                     {"code", z.code},
                                     {"geozone_id", 1},
                                     {"geozone_name", "Europa"},
                                     {"tariffs", tariffs_of(z.code, z.normal)}}));
        return {.body = php_escaped(Json::object({{"href", self + "geozonecountries/"}, {"items", items}}).dump())};
    }
    return refuse(501, "501.20", "Resource not implemented");
}

Reply Shop::reference_lists(const Call& call) {
    const std::string path = "/" + call.resource + "/";
    std::vector<Json> items;
    if (!call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    if (call.resource.empty()) {
        for (const char* name : {"orders", "orderrows", "products", "categories", "users", "paymethods", "webshops",
                                 "languages", "packages", "credentials"})
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
        "affiliatenetworks", "brands",       "categorytree",     "colors",     "conditions", "discountcoupons",
        "invoices",          "labels",       "mailingaddresses", "merchant",   "quotations", "returns",
        "suppliers",         "takeoutslots", "translations",     "usergroups", "status"};
    const bool exists = std::find(std::begin(known), std::end(known), call.resource) != std::end(known);
    return refuse(exists ? 501 : 404, exists ? "501.20" : "404.20",
                  exists ? "Resource not implemented" : "Unknown resource");
}

}  // namespace brygga::sim
