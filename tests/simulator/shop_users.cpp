#include <algorithm>
#include <array>

#include "shop_call.hpp"

namespace brygga::sim {
namespace {

constexpr std::array<std::string_view, 6> user_orders{"id",      "first_name",      "last_name",
                                                      "id_desc", "first_name_desc", "last_name_desc"};

bool comes_before(const User& a, const User& b, std::string_view field) {
    if (field == "first_name") return a.buyer.address.first_name < b.buyer.address.first_name;
    if (field == "last_name") return a.buyer.address.last_name < b.buyer.address.last_name;
    return a.buyer.user_id < b.buyer.user_id;
}

}  // namespace

Reply Shop::user_calls(const Call& call) {
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    if (!call.id_text.empty()) {
        for (const User& user : users_)
            if (user.buyer.user_id == call.id && call.sub.empty())
                return {.body = php_escaped(user_text(user, api("")))};
        return refuse(404, call.sub.empty() ? "404.10" : "404.20", "Not found");
    }
    if (const std::string error = unknown_parameters(call, {"approval_status", "orderby", "start", "size"});
        !error.empty())
        return invalid(error);
    const std::string* approval = call.query.find("approval_status");
    if (approval && *approval != "accepted" && *approval != "pending") return invalid("approval_status is not valid");
    const std::string* by = call.query.find("orderby");
    const std::string_view order = by ? std::string_view{*by} : "id";
    if (std::ranges::find(user_orders, order) == user_orders.end()) return invalid("orderby is not valid");
    const bool descending = order.ends_with("_desc");
    const std::string_view field = descending ? order.substr(0, order.size() - 5) : order;
    std::vector<const User*> shown;
    for (const User& user : users_)
        if (!approval || user.approved == (*approval == "accepted")) shown.push_back(&user);
    std::ranges::stable_sort(shown, [&](const User* a, const User* b) {
        return descending ? comes_before(*b, *a, field) : comes_before(*a, *b, field);
    });
    std::vector<std::string> texts;
    for (const User* user : shown) texts.push_back(php_escaped(user_text(*user, api(""))));
    std::vector<const std::string*> items;
    for (const std::string& text : texts) items.push_back(&text);
    return json_page(call, items, true);
}

Json Shop::set_user(const Json& change) {
    const std::lock_guard lock{mutex_};
    auto found =
        std::ranges::find_if(users_, [&](const User& u) { return u.buyer.user_id == change["id"].integer(0); });
    if (change.has("id") && found == users_.end()) return {};
    if (change["removed"].boolean() && found != users_.end()) {
        users_.erase(found);
        return change["id"];
    }
    if (found == users_.end()) {
        const std::int64_t newest = users_.empty() ? 24'000'000 : users_.back().buyer.user_id;
        Buyer fresh;
        fresh.user_id = newest + 1;
        fresh.address.first_name = "Ny";
        fresh.address.last_name = "Kund";
        fresh.address.street = "Nygatan";
        fresh.address.house_number = 1;
        fresh.address.zipcode = "11122";
        fresh.address.city = "Stockholm";
        fresh.address.country = "Sverige";
        fresh.address.country_code = "SE";
        found = users_.insert(users_.end(), User{fresh});
    }
    Buyer& buyer = found->buyer;
    Address& address = buyer.address;
    for (const auto& [name, text] :
         {std::pair{"email", &buyer.email}, std::pair{"vat_number", &buyer.vat_number},
          std::pair{"organisation_number", &buyer.organisation_number}, std::pair{"company", &address.company},
          std::pair{"first_name", &address.first_name}, std::pair{"last_name", &address.last_name},
          std::pair{"street", &address.street}, std::pair{"zipcode", &address.zipcode},
          std::pair{"city", &address.city}, std::pair{"telephone", &address.telephone},
          std::pair{"country_code", &address.country_code}})
        if (change.has(name)) *text = change[name].string();
    buyer.is_company = !address.company.empty();
    found->active = change["status"].boolean(found->active);
    found->approved = change["approved"].boolean(found->approved);
    return Json{buyer.user_id};
}

}  // namespace brygga::sim
