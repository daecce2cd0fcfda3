#include <algorithm>
#include <charconv>

#include "ledger_call.hpp"

namespace brygga::sim {
namespace {

bool positive(const std::string& text, std::size_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && out > 0 && out < 1'000'000'000;
}

}  // namespace

bool Ledger::filterable(std::string_view resource, std::string_view field) const {
    if (switches_.get(Switch::filter_unlisted) == 1) return true;
    const auto in = [field](std::initializer_list<std::string_view> list) {
        return std::find(list.begin(), list.end(), field) != list.end();
    };
    if (resource == "customers")
        return in({"EmailAddress", "CorporateIdentityNumber", "CustomerNumber", "Name", "IsActive", "ChangedUtc"});
    if (resource == "articles") return in({"Number", "Name", "ChangedUtc", "CodingType", "IsActive"});
    const bool sales = resource == "orders" || resource == "quotes";
    if (field == "BuyersOrderReference")
        return switches_.get(sales ? Switch::orders_filter_reference : Switch::drafts_filter_reference) == 1;
    if (field == "ModifiedUtc" || field == "CreatedUtc") {
        const bool own = sales                                 ? field == "ModifiedUtc"
                         : resource == "customerinvoicedrafts" ? field == "CreatedUtc"
                                                               : false;
        return own && switches_.is_default(Switch::orders_filter_modified);
    }
    return resource == "customerinvoices" && in({"HasAutoInvoiceError", "TotalAmount", "RemainingAmount"});
}

Ledger::Problem Ledger::page(const Call& call, std::size_t, std::size_t& number, std::size_t& size) const {
    number = 1;
    size = 50;
    if (const std::string* text = call.query.find("$page"); text && !positive(*text, number))
        return {400, 6000, "$page is not a positive number.", {}};
    if (const std::string* text = call.query.find("$pagesize"); text && (!positive(*text, size) || size > 1000))
        return {400, 6000, "$pagesize is not a number from 1 to 1000.", {}};
    return {};
}

std::string Ledger::meta(std::size_t page, std::size_t size, std::size_t total) const {
    return "{\"Meta\":" +
           Json::object({{"CurrentPage", page},
                         {"PageSize", size},
                         {"TotalNumberOfPages", (total + size - 1) / size},
                         {"TotalNumberOfResults", total},
                         {"ServerTimeUtc", utc_ms_text(clock_.now_ms())}})
               .dump() +
           ",\"Data\":[";
}

Ledger::Problem Ledger::select(const Call& call, const Schema& schema, std::vector<std::size_t>& fields) const {
    const std::string* text = call.query.find("$select");
    if (!text) return {};
    for (std::string_view rest = *text; !rest.empty();) {
        const auto comma = rest.find(',');
        const int index = schema.index(trimmed(rest.substr(0, comma)));
        if (index < 0) return {400, 6000, "$select names an unknown property.", {}};
        fields.push_back(static_cast<std::size_t>(index));
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return {};
}

Ledger::Problem Ledger::sort(const Call& call, const Schema& schema, std::vector<Record*>& records) const {
    const std::string* text = call.query.find("$orderby");
    if (!text) return {};
    std::string_view name = *text;
    bool descending = false;
    if (const auto blank = name.find(' '); blank != std::string_view::npos) {
        const std::string_view suffix = name.substr(blank + 1);
        if (suffix == "desc" && switches_.is_default(Switch::orderby_desc))
            return {400, 6000, "$orderby takes one property.", {}};
        if (suffix != "desc" && suffix != "asc") return {400, 6000, "$orderby takes one property.", {}};
        descending = suffix == "desc";
        name = name.substr(0, blank);
    }
    const int index = schema.index(name);
    if (index < 0) return {400, 6000, "$orderby names an unknown property.", {}};
    std::stable_sort(records.begin(), records.end(), [&](const Record* a, const Record* b) {
        if (descending) std::swap(a, b);
        const Json& left = a->values[static_cast<std::size_t>(index)];
        const Json& right = b->values[static_cast<std::size_t>(index)];
        if (left.is_number() && right.is_number()) return left.decimal().value_or(0) < right.decimal().value_or(0);
        return left.text() < right.text();
    });
    return {};
}

Reply Ledger::list(const Call& call, Table& table) {
    std::size_t number = 0, size = 0;
    if (const Problem problem = page(call, 0, number, size)) return refuse(problem);
    std::vector<std::size_t> fields;
    if (const Problem problem = select(call, table.schema(), fields)) return refuse(problem);
    std::vector<Record*> found;
    if (const std::string* text = call.query.find("$filter")) {
        const bool ignore_case = switches_.get(Switch::filter_case) == 1;
        auto parsed =
            Filter::parse(*text, table.schema(),
                          {[&](std::string_view field) { return filterable(call.resource, field); }, ignore_case});
        if (const auto* error = std::get_if<Filter::Error>(&parsed))
            return refuse(400, error->code, "$filter: " + error->message);
        const Filter& filter = std::get<Filter>(parsed);
        const auto pairs = filter.equalities();
        if (pairs &&
            std::all_of(pairs->begin(), pairs->end(), [&](const auto& p) { return table.is_indexed(p.first); })) {
            for (const auto& [field, value] : *pairs)
                for (Record* record : table.with(field, value)) found.push_back(record);
            std::sort(found.begin(), found.end(), [](const Record* a, const Record* b) { return a->id < b->id; });
            found.erase(std::unique(found.begin(), found.end()), found.end());
        } else {
            for (const auto& record : table.records())
                if (record->alive && filter.matches(*record)) found.push_back(record.get());
        }
    } else {
        for (const auto& record : table.records())
            if (record->alive) found.push_back(record.get());
    }
    if (const Problem problem = sort(call, table.schema(), found)) return refuse(problem);
    Reply reply;
    reply.body = meta(number, size, found.size());
    const std::size_t first = (number - 1) * size, last = std::min(found.size(), first + size);
    for (std::size_t i = first; i < last; ++i) {
        if (i > first) reply.body += ',';
        if (fields.empty()) {
            reply.body += found[i]->text;
            continue;
        }
        Json part = Json::object();
        for (const std::size_t f : fields) {
            const std::string_view name = table.schema().fields[f].name;
            part.set(name, name == "Rows" ? Json::parse(found[i]->rows).value_or(Json{}) : found[i]->values[f]);
        }
        part.append_to(reply.body);
    }
    reply.body += "]}";
    return reply;
}

Reply Ledger::static_list(const Call& call, const Json& items) const {
    std::size_t number = 0, size = 0;
    if (const Problem problem = page(call, 0, number, size)) return refuse(problem);
    if (call.query.find("$filter")) return refuse(400, 6000, "$filter: the properties of this list cannot be filtered");
    Reply reply;
    reply.body = meta(number, size, items.size());
    const std::size_t first = (number - 1) * size, last = std::min(items.size(), first + size);
    for (std::size_t i = first; i < last; ++i) {
        if (i > first) reply.body += ',';
        items.at(i).append_to(reply.body);
    }
    reply.body += "]}";
    return reply;
}

}  // namespace brygga::sim
