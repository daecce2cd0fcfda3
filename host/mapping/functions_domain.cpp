// Functions that know of orders: value tables, countries, VAT numbers, names and addresses; and those that end a
// mapping.
#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/country.h"
#include "entity/order.h"
#include "entity/vat_number.h"
#include "mapping/evaluate.h"

namespace brygga::mapping {

namespace {

constexpr Kinds text_kind{Kind::string};

// ---- value tables

/// The texts by which a key is looked up: itself, or of an option its id, code and label.
std::vector<std::string> names_of(const Value& key) {
    if (!key.is(Kind::object)) return {to_text(key)};
    std::vector<std::string> names;
    for (const std::string_view member : {"id", "code", "label"}) {
        Value found;
        if (key.find(member, &found) && (found.is(Kind::string) || found.is(Kind::decimal)))
            names.push_back(to_text(found));
    }
    return names;
}

std::string text_member(const Value& from, std::string_view a, std::string_view b) {
    Value inner, text;
    if (!from.is(Kind::object) || !from.find(a, &inner) || !inner.is(Kind::object)) return {};
    return inner.find(b, &text) && text.is(Kind::string) ? std::string{text.text()} : std::string{};
}

/// Country of the delivery, else of the invoice.
std::string tax_country(const Value& order) {
    std::string country = text_member(order, "shipping", "country");
    return country.empty() ? text_member(order, "billing", "country") : country;
}

Value table(Call& call) {
    const Table* table = call.table(0);
    if (!table || !call.spend(4)) return Call::stopped();
    const std::vector<std::string> names = names_of(call[1]);
    for (const std::string& name : names)
        if (const auto row = table->rows.find(name); row != table->rows.end()) return Value::view(row->second);
    const std::string country = call.given(2) ? std::string{call.text(2)} : tax_country(call.root("order"));
    if (const auto row = table->by_country.find(country); row != table->by_country.end())
        return Value::view(row->second);
    if (table->standard) return Value::view(*table->standard);
    const std::string key = names.empty() ? "" : names.back();
    return call.hold(fmt::format("table '{}' has no row for '{}' and no default", call.text(0), excerpt(key, 100)));
}

// ---- countries and numbers

Value country_name(Call& call) {
    if (!call.spend(4)) return Call::stopped();
    auto name = call.unicode().country(call.text(0), call.text(1, "en"));
    if (name) return call.make(*name);
    return call.error("this is no country or no language",
                      "a country has two capital letters (ISO 3166), a language two small ones");
}

Value is_eu(Call& call) { return entity::is_eu(call.text(0)); }

Value vat_number_valid(Call& call) {
    return call.read(call[0].size()) ? Value{entity::parse_vat_number(call.text(0), call.text(1)).has_value()}
                                     : Call::stopped();
}

Value email_normalize(Call& call) {
    if (!call.read(call[0].size())) return Call::stopped();
    const std::string email = entity::normalise_email(call.text(0));
    return email.empty() ? Value::null() : call.make(email);
}

// ---- names and addresses

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n,");
    if (begin == std::string_view::npos) return text.substr(0, 0);
    return text.substr(begin, text.find_last_not_of(" \t\r\n,") - begin + 1);
}

/// "Anna van der Berg" and "van der Berg, Anna". The first word is the first name.
Value split_name(Call& call) {
    if (!call.read(call[0].size())) return Call::stopped();
    const std::string_view name = trimmed(call.text(0));
    std::string_view first, last = name;
    if (const std::size_t comma = name.find(','); comma != std::string_view::npos) {
        first = trimmed(name.substr(comma));
        last = trimmed(name.substr(0, comma));
    } else if (const std::size_t space = name.find_first_of(" \t"); space != std::string_view::npos) {
        first = name.substr(0, space);
        last = trimmed(name.substr(space));
    }
    return call.make(std::vector<Entry>{{"first_name", Call::part(first)}, {"last_name", Call::part(last)}});
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// "Kerkstraat 12-a", "Storgatan 5 B", and the number in front: "12 Rue de la Paix".
Value split_street(Call& call) {
    if (!call.read(call[0].size())) return Call::stopped();
    const std::string_view line = trimmed(call.text(0));
    std::string_view street = line, number, addition;
    const auto digits_from = [&](std::size_t at) {
        const auto end = std::ranges::find_if_not(line.substr(at), is_digit);
        return line.substr(at, static_cast<std::size_t>(end - line.substr(at).begin()));
    };
    std::size_t at = line.size();
    // The last group of digits that begins a word is the number.
    for (std::size_t i = 1; i < line.size(); ++i)
        if (is_digit(line[i]) && line[i - 1] == ' ') at = i;
    if (at < line.size()) {
        number = digits_from(at);
        street = trimmed(line.substr(0, at));
        addition = line.substr(at + number.size());
        addition = trimmed(addition.substr(std::min(addition.find_first_not_of(" -/"), addition.size())));
    } else if (const std::string_view front = digits_from(0);
               !front.empty() && line.size() > front.size() && line[front.size()] == ' ') {
        number = front;
        street = trimmed(line.substr(front.size()));
    }
    return call.make(std::vector<Entry>{
        {"street", Call::part(street)}, {"number", Call::part(number)}, {"addition", Call::part(addition)}});
}

// ---- the end of a mapping

Value fail(Call& call) { return call.fail(call.text(0)); }
Value skip(Call& call) { return call.skip(call.text(0)); }
Value hold(Call& call) { return call.hold(call.text(0)); }

constexpr Parameter one_text[]{{"text", text_kind}};
constexpr Parameter reason_parameters[]{{"reason", text_kind}};
constexpr Parameter table_parameters[]{{"name", text_kind},
                                       {"key", {Kind::string, Kind::decimal, Kind::boolean, Kind::object}},
                                       {"country", text_kind, "tax country of the order"}};
constexpr Parameter country_parameters[]{{"country", text_kind}, {"language", text_kind, "\"en\""}};
constexpr Parameter eu_parameters[]{{"country", text_kind}};
constexpr Parameter vat_parameters[]{{"text", text_kind}, {"country", text_kind, "of its prefix"}};

constexpr Function functions[]{
    {"table", table_parameters, Gives::any, table,
     "the row of a value table: of the key, else of the country, else the default"},
    {"country_name", country_parameters, Gives::string, country_name, "a country's name in a language"},
    {"is_eu", eu_parameters, Gives::boolean, is_eu, "whether a country is a member of the European Union"},
    {"vat_number_valid", vat_parameters, Gives::boolean, vat_number_valid,
     "whether form and check digits of a VAT number are right"},
    {"email_normalize", one_text, Gives::string, email_normalize,
     "trimmed and in small letters; null when it is no address"},
    {"split_name", one_text, Gives::object, split_name, "{first_name, last_name}"},
    {"split_street", one_text, Gives::object, split_street, "{street, number, addition}"},
    {"fail", one_text, Gives::never, fail, "ends the mapping with an error"},
    {"skip", reason_parameters, Gives::never, skip, "leaves the record out, with this reason"},
    {"hold", reason_parameters, Gives::never, hold, "holds the record for a person, with this reason"},
};

}  // namespace

std::span<const Function> families_of::domain() noexcept { return functions; }

}  // namespace brygga::mapping
