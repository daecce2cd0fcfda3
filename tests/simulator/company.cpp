#include "ledger.hpp"

#include <algorithm>

namespace brygga::sim {
namespace {

constexpr std::string_view union_members[] = {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES",
                                              "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
                                              "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"};

Json named(std::uint32_t space, std::uint64_t number, std::string_view name, std::string_view english,
           std::string_view code) {
    return Json::object({{"Id", guid(space, number)}, {"Name", name}, {"NameEnglish", english}, {"Code", code}});
}

Json unit(std::uint64_t number, std::string_view name, std::string_view code) {
    return Json::object({{"Id", guid(0x0000A017, number)},
                         {"Name", name},
                         {"Code", code},
                         {"Abbreviation", code},
                         {"AbbreviationEnglish", code}});
}

Json bank_account(std::uint64_t number, std::string_view name, int type, int ledger_account) {
    return Json::object({{"Bank", guid(0x0000BA2C, 1)},
                         {"BankAccountType", type},
                         {"BankAccountTypeDescription", ""},
                         {"Bban", Json{}},
                         {"Iban", Json{}},
                         {"Name", name},
                         {"NameEnglish", name},
                         {"Id", guid(0x0000BA2B, number)},
                         {"IsActive", true},
                         {"LedgerAccountNumber", ledger_account},
                         {"HasActiveBankAgreement", false},
                         {"IsDefaultChequeAccount", number == 1},
                         {"CurrencyCode", "SEK"},
                         {"ModifiedUtc", "2026-01-02T08:00:00.000Z"},
                         {"Balance", Json::object({{"Balance", 0}, {"Date", "2026-01-02"}})},
                         {"BankAccountHolderName", Json{}},
                         {"IsEnabledDirectDebit", false},
                         {"DirectDebitCreditorId", Json{}},
                         {"DirectDebitBatchBooking", false},
                         {"DirectDebitSendDirectlyToBank", false}});
}

}  // namespace

Company::Company() {
    std::uint64_t n = 0;
    for (const bool service : {false, true})
        for (const int rate : {2500, 1200, 600, 0}) {
            const std::string percent_text = std::to_string(rate / 100);
            codings.push_back({guid(0x0000C0D1, ++n), (service ? "Tjänster " : "Varor ") + percent_text + "% moms",
                               (service ? "Services " : "Goods ") + percent_text + "% VAT", service, rate});
        }
    terms = {{guid(0x00007E12, 1), "30 dagar", "30 days", 30, 0, "Normal"},
             {guid(0x00007E12, 2), "10 dagar", "10 days", 10, 0, "Normal"},
             {guid(0x00007E12, 3), "Kontant", "Cash", 0, 2, "Cash"},
             {guid(0x00007E12, 4), "Kort", "Card", 0, 3, "Card"},
             {guid(0x00007E12, 5), "Swish", "Swish", 0, 4, "DigitalWallet"},
             {guid(0x00007E12, 6), "Betalleverantör", "Payment provider", 0, 5, "PaymentServiceProvider"}};
    units = Json::array(
        {unit(1, "Styck", "st"), unit(2, "Timme", "tim"), unit(3, "Meter", "m"), unit(4, "Kilogram", "kg")});
    delivery_methods =
        Json::array({named(0x0000DE11, 1, "Posten", "Mail", "POST"), named(0x0000DE11, 2, "DHL", "DHL", "DHL"),
                     named(0x0000DE11, 3, "Hämtas", "Pick-up", "HAMT")});
    delivery_terms = Json::array({named(0x0000DE12, 1, "Fritt levererat", "Delivered", "DAP")});
    delivery_terms.items_for_writing()[0].set("Editable", true);
    currencies = Json::array();
    for (const char* code : {"SEK", "EUR", "NOK", "DKK", "USD", "GBP", "CHF", "PLN"})
        currencies.push(Json::object({{"Code", code}}));
    countries = Json::array();
    const auto country = [this](std::string_view code) {
        countries.push(
            Json::object({{"Name", code}, {"NameEnglish", code}, {"Code", code}, {"IsEuMember", in_union(code)}}));
    };
    for (const std::string_view code : union_members) country(code);
    for (const char* code : {"NO", "CH", "GB", "US", "IS", "AX"}) country(code);
    banks = Json::array({Json::object({{"Id", guid(0x0000BA2C, 1)}, {"Name", "Exempelbanken"}})});
    bank_accounts = Json::array({bank_account(1, "Företagskonto", 1, 1930), bank_account(2, "Kassa", 2, 1910),
                                 bank_account(3, "Kortinlösen", 5, 1580)});
}

const Coding* Company::coding(std::string_view id) const {
    const auto it = std::find_if(codings.begin(), codings.end(), [&](const Coding& c) { return c.id == lower(id); });
    return it == codings.end() ? nullptr : &*it;
}

const Term* Company::term(std::string_view id) const {
    const auto it = std::find_if(terms.begin(), terms.end(), [&](const Term& t) { return t.id == lower(id); });
    return it == terms.end() ? nullptr : &*it;
}

const Json* Company::by_id(const Json& list, std::string_view id) const {
    for (const Json& item : list.items())
        if (item["Id"].string() == lower(id)) return &item;
    return nullptr;
}

bool Company::has_currency(std::string_view code) const {
    for (const Json& item : currencies.items())
        if (item["Code"].string() == code) return true;
    return false;
}

bool Company::has_country(std::string_view code) const {
    for (const Json& item : countries.items())
        if (item["Code"].string() == code) return true;
    return false;
}

bool Company::in_union(std::string_view country) {
    return std::find(std::begin(union_members), std::end(union_members), country) != std::end(union_members);
}

int Company::exchange_rate(std::string_view currency) {
    static constexpr std::pair<std::string_view, int> rates[] = {
        {"EUR", 1100}, {"NOK", 95}, {"DKK", 150}, {"USD", 1000}, {"GBP", 1300}, {"CHF", 1150}, {"PLN", 250}};
    for (const auto& [code, rate] : rates)
        if (code == currency) return rate;
    return 100;
}

int Company::oss_rate(std::string_view country, int domestic) {
    struct Rates {
        std::string_view country;
        int normal, reduced, low;
    };
    static constexpr Rates rates[] = {{"DE", 1900, 700, 700},   {"DK", 2500, 2500, 2500}, {"FI", 2550, 1350, 1000},
                                      {"NL", 2100, 900, 900},   {"FR", 2000, 550, 550},   {"BE", 2100, 600, 600},
                                      {"AT", 2000, 1000, 1000}, {"ES", 2100, 1000, 400},  {"IT", 2200, 1000, 400},
                                      {"PL", 2300, 800, 500}};
    if (domestic == 0) return 0;
    for (const Rates& r : rates)
        if (r.country == country) return domestic == 2500 ? r.normal : domestic == 1200 ? r.reduced : r.low;
    return domestic;
}

Json Company::term_json(const Term& term) {
    return Json::object({{"Id", term.id},
                         {"Name", term.name},
                         {"NameEnglish", term.name_english},
                         {"NumberOfDays", term.days},
                         {"TermsOfPaymentTypeId", term.type},
                         {"TermsOfPaymentTypeText", term.type_text},
                         {"AvailableForSales", true},
                         {"AvailableForPurchase", term.type == 0}});
}

}  // namespace brygga::sim
