#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "translate.h"

namespace brygga::eaccounting {
namespace {

enum class Sales : std::uint8_t { orders_and_drafts, drafts_only, none };

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> time_zones{{
    {"SE", "Europe/Stockholm"},
    {"NO", "Europe/Oslo"},
    {"FI", "Europe/Helsinki"},
    {"DK", "Europe/Copenhagen"},
    {"NL", "Europe/Amsterdam"},
    {"BE", "Europe/Brussels"},
    {"DE", "Europe/Berlin"},
}};

// ProductVariant: 1 Standard, 2 Invoicing, 3 Bookkeeping, 4 Solo, 5 Pro, 6 InvoicingCollaboration.
Sales sales_of(const Json& settings, Json& limits) {
    switch (settings["ProductVariant"].integer(0)) {
        case 1:
        case 2:
        case 5:
            return Sales::orders_and_drafts;
        case 4:
            limits.push("The product variant Solo has no orders and quotes: use invoice drafts.");
            return Sales::drafts_only;
        case 3:
            limits.push(
                "The product variant Bookkeeping has no customers, articles, orders or invoices: nothing can be "
                "delivered to this company. Upgrade to Solo, Invoicing, Standard or Pro.");
            return Sales::none;
        case 6:
            limits.push(
                "The product variant InvoicingCollaboration has no customers, articles, orders or invoices over "
                "the API: nothing can be delivered to this company.");
            return Sales::none;
        default:
            limits.push(
                "Visma eAccounting does not tell the product variant of this company: whether it has orders and "
                "quotes shows at the first one.");
            return Sales::orders_and_drafts;
    }
}

Json operations_of(Sales sales) {
    const Json none = Json::array();
    Json kinds = none;
    if (sales == Sales::orders_and_drafts) kinds = Json::array({"order", "quote", "invoice_draft"});
    if (sales == Sales::drafts_only) kinds = Json::array({"invoice_draft"});
    const bool any = sales != Sales::none;
    const auto when = [&](const Json& list) { return any ? list : none; };
    return Json::object(
        {{"customer", Json::object({{"create", when(Json::array({"person", "company"}))},
                                    {"update", when(Json::array({"open"}))}})},
         {"product", Json::object({{"create", when(Json::array({"article"}))}, {"update", none}})},
         {"document", Json::object({{"create", kinds}, {"update", when(Json::array({"draft", "open"}))}})}});
}

void note_limits(const Json& settings, Sales sales, Json& limits) {
    if (settings["DomesticCurrencyRounding"].integer(0) != 0)
        limits.push(
            "The company rounds the totals of its documents to whole units of its currency, so that they can "
            "differ from the shop's. Switch the rounding off in the company settings of Visma eAccounting.");
    if (settings["CompanyStatus"].integer(1) == 2) limits.push("The company may only be read.");
    const Json& modules = settings["ActivatedModules"];
    const bool has_module =
        std::ranges::any_of(modules.items(), [](const Json& m) { return m.string() == "sales_standard"; });
    if (sales == Sales::orders_and_drafts && modules.size() > 0 && !has_module)
        limits.push("The module sales_standard is not among the activated ones: orders and quotes may be refused.");
}

}  // namespace

Json account(const Json& settings) {
    Json limits = Json::array();
    const Sales sales = sales_of(settings, limits);
    note_limits(settings, sales, limits);
    const std::string_view country = settings["CountryCode"].string();
    Json company = Json::object({{"id", settings["CompanyIdentifier"].text()},
                                 {"name", settings["Name"].string()},
                                 {"country", country},
                                 {"currency", settings["CurrencyCode"].string()}});
    for (const auto& [code, zone] : time_zones)
        if (code == country) company.set("time_zone", zone);
    if (settings["UsesMoss"].boolean()) company.set("uses_oss", true);
    const std::string_view locked = settings["AccountingLockedTo"].string().substr(0, 10);
    if (locked >= "1900-01-01" && locked <= "9999-12-31") company.set("locked_until", locked);
    return Json::object(
        {{"account", std::move(company)}, {"operations", operations_of(sales)}, {"limits", std::move(limits)}});
}

}  // namespace brygga::eaccounting
