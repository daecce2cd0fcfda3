#include "json_text.hpp"
#include "shop.hpp"

namespace brygga::sim {
namespace {

Json href(const std::string& url) { return Json::object({{"href", url}}); }
Json link(const std::string& url) { return Json::object({{"href", url}, {"collection", Json::array()}}); }
Json text_or_null(const std::string& text) { return text.empty() ? Json{} : Json{text}; }

Json address_json(const Address& a, bool billing, bool filled) {
    const std::string street = filled ? a.street : "";
    std::string line = street;
    if (filled && a.house_number != 0) line += " " + std::to_string(a.house_number) + a.suffix;
    Json j = Json::object({{"gender", Json{}}, {"initials", ""}});
    if (billing) {
        j.set("first_name", a.first_name);
        j.set("last_name", a.last_name);
    }
    j.set("full_name", filled ? a.first_name + " " + a.last_name : "");
    j.set("company", a.company);
    j.set("address_line_1", line);
    j.set("address_line_2", "");
    j.set("street", street);
    j.set("housenumber", filled && a.house_number != 0 ? Json{a.house_number} : Json{});
    j.set("housenumber_suffix", a.suffix);
    j.set("zipcode", a.zipcode);
    j.set("city", a.city);
    j.set("province", "");
    j.set("telephone", a.telephone);
    if (billing) j.set("fax", "");
    j.set("mobile", "");
    j.set("comment", a.comment);
    j.set("country", a.country);
    j.set("country_code", a.country_code);
    return j;
}

std::string person_text(const Buyer& buyer, const std::string& email, const Address* delivery,
                        const std::string& reference) {
    JsonText j;
    j.set("billingaddress", address_json(buyer.address, true, true));
    j.set("deliveryaddress", address_json(delivery ? *delivery : Address{}, false, delivery != nullptr));
    for (const char* name : {"email_invoice", "email_invoice_company", "email_invoice_union"}) j.set(name, "");
    j.set("email", email);
    j.set("customertype", buyer.is_company ? "b2b" : "b2c");
    for (const char* name : {"bankaccount", "iban", "bic", "bank", "tenname", "bankname"}) j.set(name, "");
    j.set("btw", buyer.vat_number);
    j.set("kvk", buyer.organisation_number);
    j.set("reference", reference);
    for (const char* name : {"reservationnumber", "income", "branche", "branch", "website", "clubcity", "clubcomment",
                             "clubname", "beurs", "fair", "stand", "booth", "carbrand", "cartype", "carweight"})
        j.set(name, "");
    j.set("birthdate", Json{});
    j.set("birthplace", "");
    j.set("birthtime", Json{});
    for (const char* name : {"cardnumber", "findus", "ssnnumber", "zzppass", "costcentre"}) j.set(name, "");
    return j.finish();
}

Json coupon_json(const ShopOrder& order) {
    const bool none = order.coupon_code.empty();
    return Json::object({{"code", order.coupon_code},
                         {"discount", none ? Decimal{} : order.coupon_value},
                         {"type", order.coupon_type},
                         {"enddate", none ? Json{} : Json{utc_text(order.created + 90 * 86400)}},
                         {"onetimeuse", false},
                         {"minimumprice", 0},
                         {"givesfreeshipping", false}});
}

void order_head(JsonText& j, const ShopOrder& order, const std::string& self) {
    const bool done = order.completed;
    const std::string basket = self.substr(0, self.find("/api/")) + "/Basket/?session=" + std::to_string(order.id);
    j.set("href", self);
    j.set("id", order.id);
    j.set("ordernumber_prefix", done ? Json{order.prefix} : Json{});
    j.set("ordernumber", done ? Json{order.number} : Json{});
    j.set("ordernumber_full", done ? Json{order.number_full} : Json{});
    j.set("invoicenumber", Json{});
    j.set("transaction_id", done && order.paid ? Json{"tr_" + std::to_string(order.id % 1'000'000)} : Json{""});
    j.set("create_date", utc_text(order.created));
    j.set("deliver_method", "shipping");
    j.set("deliver_date", Json{});
    j.set("take_out_window", Json::object({{"start", Json{}}, {"end", Json{}}}));
    j.set("is_platform_sale", order.platform);
    j.set("orderedinlng", order.buyer.address.country_code == "SE" ? "sv" : "en");
    j.set("status", done ? Json{order.status} : Json{});
    j.set("is_completed", done);
    if (!done) {
        j.set("basket_href", basket);
        j.set("checkout_href", basket + "&step=checkout");
    }
    j.set("paid", order.paid);
    j.set("safety_deposit_returned", false);
    const Paymethod& method = paymethods[static_cast<std::size_t>(order.paymethod)];
    j.set("paymethod_id", method.id);
    j.set("paymethod", method.combined);
    j.set("paymethod_label", method.label);
}

void order_money(JsonText& j, const ShopOrder& order, const Switches& switches) {
    const Cents total = order.gross + order.stated_gross_error;
    const bool quirk = switches.get(Switch::total_orderrow_price) == 1;
    j.set("taxes_included", true);
    j.set("order_row_taxes_included", order.rows_include_tax);
    j.set("shipping_taxes_included", order.shipping_taxed);
    j.set("shipping_tax_percentage", percent(order.shipping_rate));
    j.set("is_intra_community_order", order.intra_community);
    j.set("total_orderrow_price", money(quirk ? total : order.goods));
    j.set("total_shipping", money(order.shipping));
    j.set("total_discounts", money(order.discount));
    j.set("total_price", money(total));
    j.set("currency", order.currency);
    j.set("total_tax", money(order.tax + (order.tax != 0 ? order.stated_tax_error : 0)));
    j.set("total_weight", Decimal::scaled(35 * static_cast<std::int64_t>(order.rows.size()), 2));
    j.set("extra_payment_option", "");
    j.set("extra_payment_option_price", 0);
    j.set("extra_payment_option_no_sentprice", false);
    j.set("extra_payment_option_pay_on_pickup", false);
    j.set("extra_price", money(order.fee));
    j.set("paymethod_costs", money(order.fee));
    j.set("credit_point_discount", 0);
    j.set("extra_costs", money(order.extra_costs));
    j.set("extra_costs_description", order.extra_costs_text);
}

Json row_options_json(const ShopRow& row, const std::string& api_root) {
    Json list = Json::array();
    std::int64_t id = row.id % 1'000'000 * 10 + 91'000'000;
    for (const ShopOption& option : row.options) {
        ++id;
        list.push(Json::object({{"href", api_root + "/orderrowattributevalues/" + std::to_string(id) + "/"},
                                {"id", id},
                                {"option_name", option.name},
                                {"value_name", option.value},
                                {"price", option.price},
                                {"parent", href(api_root + "/orderrows/" + std::to_string(row.id))}}));
    }
    return list;
}

std::string url_name(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x80)
            out += c;
        else if (c == ' ')
            out += '-';
    return out;
}

}  // namespace

std::string order_text(const ShopOrder& order, const std::string& api_root, const Switches& switches) {
    const std::string self = api_root + "/orders/" + std::to_string(order.id) + "/";
    JsonText j;
    order_head(j, order, self);
    order_money(j, order, switches);
    j.set("track_and_trace_code", order.tracking_code);
    j.set("track_and_trace_carrier", text_or_null(order.tracking_carrier));
    j.set("track_and_trace_deeplink", "");
    j.set("reservationnumber", order.reservation);
    j.set("delivery_option", Json{});
    const std::string user = std::to_string(order.buyer.user_id);
    const bool text_id = switches.get(Switch::user_id_type) == 0;
    const bool guest = order.buyer.user_id == 0;
    j.set("user", Json::object({{"id", guest     ? Json{}
                                       : text_id ? Json{user}
                                                 : Json{order.buyer.user_id}},
                                {"discount_percentage", 0},
                                {"href", guest ? Json{} : Json{api_root + "/users/" + user}}}));
    j.set("discountcoupon", coupon_json(order));
    j.set_text("customer",
               person_text(order.buyer, order.email, order.has_delivery ? &order.delivery : nullptr, order.reference));
    j.set("pickup_address", Json{});
    j.set("packing_slip_deeplink", order.completed
                                       ? Json{self.substr(0, self.find("/api/")) +
                                              "/onderhoud/PackingSlip.php?OrderId=" + std::to_string(order.id)}
                                       : Json{});
    for (const char* list : {"orderrows", "ordernotes", "ordermessages", "ordernotifications", "orderaffiliatenetworks",
                             "orderlabels", "invoices"})
        j.set(list, href(self + list + "/"));
    return j.finish();
}

Json row_json(const ShopOrder& order, const ShopRow& row, const std::string& api_root) {
    const Decimal selling = row.price - row.discount;
    Decimal surcharge;
    for (const ShopOption& option : row.options) surcharge += option.price;
    const bool product = row.product_id != 0;
    const std::string product_href = api_root + "/products/" + std::to_string(row.product_id);
    return Json::object({{"href", api_root + "/orderrows/" + std::to_string(row.id) + "/"},
                         {"id", row.id},
                         {"order_id", order.id},
                         {"product_type", "product"},
                         {"product_name", row.name},
                         {"product_name_google", url_name(row.name)},
                         {"product_number", row.product_number},
                         {"sub_product_number", row.sub_number},
                         {"sub_sku_number", row.sub_sku},
                         {"sub_ean_number", row.sub_ean},
                         {"product_id", product ? Json{row.product_id} : Json{}},
                         {"product_href", product ? Json{product_href} : Json{}},
                         {"count", row.count},
                         {"price", row.price},
                         {"product_purchase_price", money(cents_of(row.price) / 2)},
                         {"discount", row.discount},
                         {"custom_price", false},
                         {"tax", percent(row.rate)},
                         {"unit", "st"},
                         {"weight", Decimal::scaled(35, 2)},
                         {"memo", row.memo},
                         {"package_id", product ? Json{1'660'001} : Json{}},
                         {"package_name", product ? Json{"Kartong"} : Json{}},
                         {"stock_location", ""},
                         {"supplier", ""},
                         {"user_discount", 0},
                         {"original_price", selling},
                         {"selling_price", selling},
                         {"price_without_discount", row.price},
                         {"price_without_discount_with_attributes", row.price + surcharge},
                         {"total_price", money(row_amount(row.count, selling, Decimal{}))},
                         {"total_extra_option_price", surcharge},
                         {"price_with_attributes", row.unit_to_bill()},
                         {"total_price_with_attributes", money(row.total())},
                         {"attributes", row_options_json(row, api_root)},
                         {"uploads", Json::array()},
                         {"parent", href(api_root + "/orders/" + std::to_string(order.id))}});
}

Json product_json(const Product& p, const std::string& api_root, const Shelf& shelf, const Json& written) {
    const std::string self = api_root + "/products/" + std::to_string(p.id) + "/";
    const Json none = Json{};
    Json j = Json::object({{"href", self},
                           {"id", p.id},
                           {"is_active", true},
                           {"createdate", "2026-01-02T08:11:00Z"},
                           {"modifydate", shelf.modified},
                           {"productnumber", p.base_number.empty() ? p.number : p.base_number},
                           {"eannumber", p.base_number.empty() ? p.ean : ""},
                           {"mpnnumber", ""},
                           {"is_multishop_product", false},
                           {"multishop_href", none},
                           {"name", p.name},
                           {"shortdescription", p.name},
                           {"description", "<p>" + p.name + "</p>"},
                           {"vatrate", percent(p.rate)},
                           {"taxtariff", p.rate == 2500   ? "normal"
                                         : p.rate == 1200 ? "low a"
                                         : p.rate == 600  ? "low b"
                                                          : "zero"},
                           {"tradecodesystem", none},
                           {"price", money(p.gross)},
                           {"discount", 0},
                           {"purchaseprice", money(p.gross / 3)},
                           {"container_deposit_price", 0},
                           {"safety_deposit_price", 0},
                           {"productshippingcosts", Json::object({{"costs", 49},
                                                                  {"default_country", "SE"},
                                                                  {"quantity", 1},
                                                                  {"href", self + "productshippingcosts/"},
                                                                  {"collection", Json::array()}})},
                           {"credit_points_custom", none},
                           {"credit_points_calculated", 0},
                           {"unit", "st"},
                           {"stockenabled", shelf.managed},
                           {"stocktype", p.base_number.empty() ? "Product" : "Attribute"},
                           {"stock", shelf.quantity},
                           {"stocklocation", ""},
                           {"ordering_without_stock", "global_setting"},
                           {"weight", Decimal::scaled(35, 2)},
                           {"maincategory", ""},
                           {"subcategory", ""}});
    const Json empty_link = Json::object({{"href", none}, {"id", none}, {"name", none}});
    j.set("brand", empty_link);
    j.set("condition", empty_link);
    j.set("color", none);
    j.set("productmainphoto", none);
    for (const char* name : {"meta_description", "meta_keywords", "page_title"}) j.set(name, "");
    j.set("no_index", false);
    j.set("no_follow", false);
    j.set("alias", "");
    j.set("deeplink", api_root.substr(0, api_root.find("/api/")) + "/" + url_name(p.name));
    j.set("specs", none);
    j.set("decimal_amount", 0);
    j.set("amount_sold", 0);
    j.set("minimal_order_amount", 1);
    j.set("stock_delivery_number", 2);
    j.set("stock_delivery_type", "days");
    j.set("stock_delivery_standard", "");
    j.set("show_in_template", false);
    j.set("show_on_beginpage", false);
    j.set("show_on_facebook", false);
    j.set("show_order_button", "Y");
    j.set("product_layout", 1);
    j.set("photo_size", "BIG");
    j.set("hide_without_category", "YES");
    j.set("memo", "");
    j.set("marktplaats_active", false);
    for (const char* name :
         {"marktplaats_status", "marktplaats_cpc", "marktplaats_daily_budget", "marktplaats_total_budget",
          "marktplaats_category_id", "marktplaats_price_type", "google_shopping_category"})
        j.set(name, none);
    j.set("package", Json::object({{"href", api_root + "/packages/1660001/"}, {"id", 1'660'001}}));
    j.set("supplier", empty_link);
    j.set("is_included_for_export_feed", true);
    j.set("fixed_staggered_prices", false);
    j.set("is_visible", true);
    j.set("can_be_ordered", true);
    j.set("productlabels", href(self + "productlabels/"));
    for (const char* name : {"productphotos", "productvariations", "productvideos", "producttaxtariffexceptions",
                             "productattachments", "productkeywords", "productrelevant", "productattributesets",
                             "productstaggeredprices", "producttocategories", "productreviews"})
        j.set(name, link(self + name + "/"));
    j.set("webshops", href(self + "webshops/"));
    j.set("attributecombinations", link(self + "attributecombinations/"));
    j.set("producttopropertygroups", href(self + "producttopropertygroups/"));
    for (const Json::Member& m : written.members()) {
        if (m.name == "package_id")
            j.member("package").set("id", m.value);
        else
            j.set(m.name == "active" ? "is_active" : std::string_view{m.name}, m.value);
    }
    return j;
}

Json combination_json(const Product& p, const std::string& api_root, const Shelf& shelf) {
    const std::string product = api_root + "/products/" + std::to_string(p.id) + "/";
    const std::int64_t id = first_combination + p.id;
    const std::string self = api_root + "/attributecombinations/" + std::to_string(id) + "/";
    const auto named = [&](std::string_view resource, std::int64_t number, std::string_view name) {
        return Json::object({{"href", api_root + "/" + std::string{resource} + "/" + std::to_string(number) + "/"},
                             {"id", number},
                             {"name", name}});
    };
    return Json::object(
        {{"href", self},
         {"id", id},
         {"note", ""},
         {"product_id", p.id},
         {"stock", shelf.quantity},
         {"netto_extra_price", 0},
         {"ordering_without_stock", "global_setting"},
         {"product_number", ""},
         {"ean_number", p.ean},
         {"sku_number", p.number},
         {"delivery_time", 2},
         {"delivery_time_type", "days"},
         {"delivery_default_text", ""},
         {"active", true},
         {"combination", Json::array({Json::object({{"attribute", named("attributes", 71, "Storlek")},
                                                    {"attribute_value", named("attributevalues", 712, "M")},
                                                    {"extra_price", 0}})})},
         {"attributecombinationphotos", link(self + "attributecombinationphotos/")},
         {"attributes", href(product + "attributes/")},
         {"attributevalues", href(product + "attributevalues/")},
         {"parent", href(product)}});
}

std::string user_text(const User& user, const std::string& api_root) {
    const Buyer& buyer = user.buyer;
    const std::string self = api_root + "/users/" + std::to_string(buyer.user_id) + "/";
    JsonText j;
    j.set("href", self);
    j.set("id", buyer.user_id);
    j.set("username", buyer.email);
    j.set("group_id", Json{});
    j.set("status", user.active);
    j.set("approval_status", user.approved ? "accepted" : "pending");
    j.set("product_in_category_discount", "highest");
    j.set_text("userinfo", person_text(buyer, buyer.email, nullptr, ""));
    j.set("creditpoints", href(self + "creditpoints/"));
    j.set("creditpointmutations", href(self + "creditpointmutations/"));
    j.set("disabledpaymethods", href(self + "disabledpaymethods/"));
    j.set("parent", href(api_root + "/users/"));
    return j.finish();
}

Json settings_json(std::string_view webshop_href) {
    static constexpr std::string_view names[] = {"Ny",
                                                 "Under behandling",
                                                 "Väntar på tillverkare",
                                                 "Väntar på betalning",
                                                 "Skickad",
                                                 "Levererad",
                                                 "Slutförd",
                                                 "Avbruten",
                                                 "Väntar på leverantör",
                                                 "Packas",
                                                 "Klar att hämtas",
                                                 "Monteras",
                                                 "Restnoterad",
                                                 "Reserverad"};
    Json statuses = Json::array();
    for (int i = 1; i <= 14; ++i)
        statuses.push(Json::object({{"id", i},
                                    {"status", i},
                                    {"status_name", names[i - 1]},
                                    {"text_color", "#000000"},
                                    {"background_color", "#FFFFFF"}}));
    return Json::object({{"href", std::string{webshop_href} + "settings/"},
                         {"webshop_enabled", true},
                         {"webshop_disabled_title", ""},
                         {"webshop_disabled_text", ""},
                         {"currency", "SEK"},
                         {"default_vat_rat", 25},
                         {"prices_include_vat", true},
                         {"full_ssl_webshop", true},
                         {"creditpoint_value", 1},
                         {"languages", Json::array({"sv", "en"})},
                         {"backend_language", "sv"},
                         {"separate_domain_per_language", false},
                         {"stock", true},
                         {"ordering_without_stock", "Y"},
                         {"stock_level_warnings", Json::object({{"low_threshold", 5}, {"high_threshold", 10}})},
                         {"multishop_readonly_properties", Json::array()},
                         {"checkout_type", Json::array({"b2c", "b2b"})},
                         {"takeoutsettings", Json{}},
                         {"quotation_status", Json::array()},
                         {"order_status", statuses},
                         {"invoice_status", Json::array()},
                         {"return_status", Json::array()},
                         {"parent", href(std::string{webshop_href})}});
}

}  // namespace brygga::sim
