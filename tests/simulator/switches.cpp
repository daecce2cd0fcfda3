#include "switches.hpp"

#include <charconv>

namespace brygga::sim {
namespace {

// clang-format off
constexpr Switches::Entry table[] = {
    {"date_filter", "date_only|datetime", "min_create_date, max_create_date: a time part is refused, or accepted", ""},
    {"date_filter_edge", "midnight|day|exclusive", "midnight: min and max compare with 00:00 of the day, both inclusive; day: max covers its whole day; exclusive: both strictly outside", ""},
    {"date_filter_zone", "utc|amsterdam", "time zone in which date filters are read", ""},
    {"default_page_size", "number", "CCV Shop page size when none is sent", "25"},
    {"max_page_size", "number", "largest CCV Shop page", "250"},
    {"page_size_over", "clamp|refuse", "a larger size is cut, or refused", ""},
    {"unknown_parameter", "refuse|ignore", "unknown query parameters and unknown body fields of CCV Shop", ""},
    {"completed_false", "only_baskets|all", "what is_completed=false lists", ""},
    {"signed_errors", "off|on", "error answers of CCV Shop carry x-date and x-hash", ""},
    {"bad_signature_status", "401|403", "status for wrong key, hash or clock", ""},
    {"retry_after", "off|on", "429 answers of both vendors carry Retry-After", ""},
    {"total_orderrow_price", "rows|total_price", "what total_orderrow_price holds (the one public payload holds the total)", ""},
    {"user_id_type", "string|integer", "JSON type of user.id in orders", ""},
    {"productqueries_variants", "parent|none", "a variant SKU in productqueries gives the parent product, or nothing", ""},
    {"product_answer", "object|none", "the answer to POST products, categories and their links: the record, or 204 without a body", ""},
    {"webhook_answer", "object|none", "the answer to POST webhooks: the webhook, or 204 without a body", ""},
    {"budget_window", "sliding|fixed", "requests are counted over the last 60 seconds, or per fixed minute", ""},
    {"endpoint_url", "template|path", "the eAccounting budget counts per path template, or per literal path", ""},
    {"orders_filter_reference", "refuse|accept", "$filter on BuyersOrderReference of orders", ""},
    {"orders_filter_modified", "accept|refuse", "$filter on ModifiedUtc of orders and CreatedUtc of drafts", ""},
    {"drafts_filter_reference", "refuse|accept", "$filter on BuyersOrderReference of drafts and invoices", ""},
    {"filter_unlisted", "refuse|accept", "$filter on properties no source has proven", ""},
    {"filter_case", "sensitive|insensitive", "string comparison in $filter", ""},
    {"orderby_desc", "refuse|accept", "the suffix desc in $orderby", ""},
    {"unknown_fields", "refuse|ignore", "fields the eAccounting schema does not have (the schema allows none; one client posts some)", ""},
    {"readonly_fields", "ignore|refuse", "read-only fields in a request", ""},
    {"empty_required", "refuse|accept", "empty text in a required field", ""},
    {"control_characters", "refuse|accept", "control characters other than tab and newline in eAccounting text", ""},
    {"email_format", "refuse|accept", "an EmailAddress without the form of one", ""},
    {"vat_number_check", "digits|form", "VatNumber: check digits as well (SE, DE, DK, FI, NL), or only country and length", ""},
    {"duplicate_status", "409|400", "status for a number already in use (code 4000)", ""},
    {"unknown_reference_status", "404|400", "status when the body names an object that does not exist (code 3000)", ""},
    {"negative_rows", "refuse|accept", "negative UnitPrice or Quantity", ""},
    {"credit_sign", "negative|positive", "the totals of a document with IsCreditInvoice; RemainingAmount is negative in any case", ""},
    {"order_amount", "excl|incl", "Amount of an order without or with VAT", ""},
    {"vat_rate_form", "fraction|percent", "VatRate of rows and VAT codes", ""},
    {"date_form", "date|datetime", "dates as 2026-03-02 or 2026-03-02T00:00:00Z", ""},
    {"includes_vat_sign", "name|spec", "name: private persons see prices with VAT unless ShowPricesExclVatPC is set; spec: they do when it is set", ""},
    {"convert_needs_shipped", "on|off", "an order must be Shipped before convert", ""},
    {"refresh_reuse", "revoke_chain|invalid_grant", "a used refresh token also kills the newer tokens, or is only refused", ""},
    {"product_variant", "standard|invoicing|bookkeeping|solo|pro", "ProductVariant of the company", ""},
    {"show_prices_excl_vat_pc", "off|on", "company setting ShowPricesExclVatPC", ""},
    {"uses_moss", "off|on", "company setting UsesMoss (OSS)", ""},
    {"domestic_rounding", "none|whole", "DomesticCurrencyRounding: totals to whole units in domestic currency", ""},
    {"activated_modules", "all|no_api|no_sales", "ActivatedModules: api_standard and sales_standard, or without one of them", ""},
    {"stock_changes", "move|stay", "ChangedUtc of an article moves with its stock, or stays", ""},
    {"economic_inventory", "off|on", "the agreement of e-conomic has the inventory module: orders cannot be written", ""},
    {"economic_product_event", "none|known", "e-conomic has the event PRODUCT_UPDATED", ""},
    {"economic_webhook_url", "https|loopback", "addresses that e-conomic calls: https only, or http on loopback, too", ""},
    {"economic_credit_lines", "quantity|none", "lines of an e-conomic invoice with a negative quantity are taken where its sum is negative, too; or never", ""},
    {"webhooks", "once|lost|doubled|reordered", "calls of CCV Shop and e-conomic: each once and in order; none arrives; each twice; the newest first", ""},
    {"dst_orders", "on|off", "the generator places orders on the last daylight-saving change, possibly months ago", ""},
};
// clang-format on
static_assert(std::size(table) == static_cast<std::size_t>(Switch::count_));

/// Position of value in a list a|b|c, or -1.
int position(std::string_view list, std::string_view value) {
    for (int i = 0;; ++i) {
        const auto bar = list.find('|');
        if (list.substr(0, bar) == value) return i;
        if (bar == std::string_view::npos) return -1;
        list.remove_prefix(bar + 1);
    }
}

bool number(std::string_view text, int& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && out > 0 && out <= 1'000'000;
}

}  // namespace

std::span<const Switches::Entry> Switches::entries() { return table; }

Switches::Switches() {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
        int value = 0;
        if (table[i].values == "number") number(table[i].standard, value);
        numbers_[i] = value;
    }
}

std::string Switches::set(std::string_view name, std::string_view value) {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
        if (table[i].name != name) continue;
        int chosen = -1;
        if (table[i].values == "number") {
            if (!number(value, chosen)) chosen = -1;
        } else {
            chosen = position(table[i].values, value);
        }
        if (chosen < 0) return "switch " + std::string{name} + " takes " + std::string{table[i].values};
        numbers_[i] = chosen;
        return {};
    }
    return "there is no switch " + std::string{name} + "; GET /switches lists them";
}

std::string Switches::text(Switch which) const {
    const auto i = static_cast<std::size_t>(which);
    if (table[i].values == "number") return std::to_string(get(which));
    std::string_view list = table[i].values;
    for (int skip = get(which); skip > 0; --skip) list.remove_prefix(list.find('|') + 1);
    return std::string{list.substr(0, list.find('|'))};
}

Json Switches::describe() const {
    Json all = Json::object();
    for (std::size_t i = 0; i < numbers_.size(); ++i)
        all.set(table[i].name, Json::object({{"value", text(static_cast<Switch>(i))},
                                             {"values", table[i].values},
                                             {"meaning", table[i].meaning}}));
    return all;
}

}  // namespace brygga::sim
