#include "look_up.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "documents.h"
#include "query.h"

namespace brygga::eaccounting {
namespace {

constexpr std::size_t longest_filter = 1500, most_keys_together = 20;
constexpr std::int64_t clock_margin_ms = 900'000;

std::string_view property_of(const Source& source, std::string_view by) {
    if (source.root == "customer") {
        if (by == "email") return "EmailAddress";
        if (by == "number") return "CustomerNumber";
        if (by == "organisation_number") return "CorporateIdentityNumber";
        if (by == "vat_number") return "VatNumber";
    }
    if ((source.root == "product" || source.root == "stock") && by == "sku") return "Number";
    if (source.document && by == "reference") return "BuyersOrderReference";
    return {};
}

/// The forms in which the vendor may hold a key: it compares text exactly, the host's keys are normalised.
std::vector<std::string> forms_of(std::string_view property, const std::string& value) {
    std::vector<std::string> forms{value};
    const auto add = [&](std::string form) {
        if (std::ranges::find(forms, form) == forms.end()) forms.push_back(std::move(form));
    };
    if (property == "EmailAddress") {
        std::string lower = value;
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        add(lower);
    }
    if (property == "CorporateIdentityNumber") {
        std::string digits = value;
        std::erase(digits, '-');
        add(digits);
        if (digits.size() == 10 || digits.size() == 12) add(digits.insert(digits.size() - 4, "-"));
    }
    return forms;
}

bool is_hit(std::string_view property, std::string_view stored, const std::string& value) {
    if (stored.empty()) return false;
    return std::ranges::any_of(forms_of(property, value),
                               [&](const std::string& form) { return same_text(stored, form); });
}

std::string expression(std::string_view property, const std::string& value) {
    std::string out;
    for (const std::string& form : forms_of(property, value)) {
        if (!out.empty()) out += " or ";
        out += equals(property, form);
    }
    return out;
}

}  // namespace

/// The keys of one kind that are looked for, and where hits go.
struct LookUp::Query {
    std::string_view by;
    std::vector<Key> keys;
    const Json& kinds;
    std::string since;  ///< empty: records of any age
    bool full;
    sdk::Page& page;
    std::set<std::string> told;  ///< a record may come twice: on moving pages, or by filter and by scan

    void tell(const Source& source, const Json& vendor, const Key& key) {
        Json row = full ? source.whole_row(vendor) : source.row(vendor);
        if (row.is_null()) return;
        const auto& wanted = kinds.items();
        if (!wanted.empty() && std::ranges::find(wanted, row["kind"]) == wanted.end()) return;
        if (!told.insert(key.n.dump().append(" ").append(row["id"].string())).second) return;
        row.set("n", key.n);
        page.entity(row);
    }
};

void LookUp::find(sdk::Call& call, const Json& request, sdk::Page& page) {
    const std::string_view type = request["type"].string();
    const Attempt attempt{"look up a record", type};
    if (type == "payment") return payments(call, request, page);
    const auto sources = sources_of(type);
    if (sources.empty()) throw failures_.own("find.not_searchable", attempt);
    const auto since = instant_ms(request["since"].string());
    std::vector<Query> queries;
    for (const Json& key : request["keys"].items()) {
        const std::string_view by = key["by"].string();
        if (key["value"].text().empty()) continue;
        auto query = std::ranges::find(queries, by, &Query::by);
        if (query == queries.end()) {
            queries.push_back({by,
                               {},
                               request["kinds"],
                               since ? instant_text(*since - clock_margin_ms, true) : "",
                               request["full"].boolean(),
                               page,
                               {}});
            query = std::prev(queries.end());
        }
        query->keys.push_back({key["n"], std::string{key["value"].text()}});
    }
    const auto wanted = [&](const Source& source) {
        const auto& kinds = request["kinds"].items();
        return !source.document || kinds.empty() || std::ranges::any_of(kinds, [&](const Json& kind) {
            return kind.string() == kind_name(*source.document) || kind.string() == credit_name(*source.document);
        });
    };
    if (std::ranges::none_of(sources, wanted)) throw failures_.own("find.not_searchable", attempt);
    const bool both = std::ranges::all_of(sources, wanted);
    for (Query& query : queries)
        for (const Source& source : sources) {
            if (!wanted(source)) continue;
            try {
                find_in(call, source, query);
            } catch (const sdk::Failure& failure) {
                // Without orders there is none to find, which the drafts' answer has to confirm.
                if (source.document != DocumentKind::order || !both || !says_no_orders(failure)) throw;
            }
        }
}

/// Payments are not listed: what is paid of an invoice is what no longer remains of it.
void LookUp::payments(sdk::Call& call, const Json& request, sdk::Page& page) {
    const Attempt attempt{"look up the payments of an invoice", "payment"};
    for (const Json& key : request["keys"].items()) {
        if (key["by"].string() != "document") throw failures_.own("find.not_searchable", attempt);
        const std::string invoice{key["value"].text()};
        const auto vendor = api_.find(call, item_path("/customerinvoices", invoice), attempt);
        if (!vendor) continue;
        const auto total = (*vendor)["TotalAmountInvoiceCurrency"].decimal(),
                   open = (*vendor)["RemainingAmountInvoiceCurrency"].decimal();
        if (!total || !open) throw failures_.own("answer.unreadable", attempt);
        if (*total == *open) continue;
        Json row = paid_row(invoice, *total - *open);
        row.set("n", key["n"]);
        page.entity(row);
    }
}

void LookUp::find_in(sdk::Call& call, const Source& source, Query& query) {
    if (query.by == "id") return by_id(call, source, query);
    const std::string_view property = property_of(source, query.by);
    const Attempt attempt{"look up " + std::string{source.plural} + " by " + std::string{query.by}, source.root};
    if (property.empty()) throw failures_.own("find.not_searchable", attempt);
    by_property(call, source, property, query);
}

void LookUp::by_id(sdk::Call& call, const Source& source, Query& query) {
    const Attempt attempt{"read one of the " + std::string{source.plural}, source.root};
    for (const Key& key : query.keys)
        if (const auto vendor = api_.find(call, item_path(source.path, key.value), attempt))
            query.tell(source, *vendor, key);
}

void LookUp::by_property(sdk::Call& call, const Source& source, std::string_view property, Query& query) {
    const std::string name = std::string{source.path}.append(" ").append(property);
    std::vector<const Key*> together;
    std::size_t length = 0;
    bool refused = refused_.contains(name);
    const auto ask = [&] {
        if (together.empty() || refused) return;
        refused = !filter(call, source, property, together, query);
        // A strange value may be what was refused, and not the property.
        if (refused && std::ranges::all_of(together, [](const Key* key) { return is_plain(key->value); }))
            refused_.insert(name);
        together.clear();
        length = 0;
    };
    for (const Key& key : query.keys) {
        const std::size_t size = encoded(expression(property, key.value)).size() + 8;
        const bool alone = !is_ascii(key.value);
        if (alone || length + size > longest_filter || together.size() == most_keys_together) ask();
        together.push_back(&key);
        length += size;
        if (alone) ask();
    }
    ask();
    if (!refused) return;
    const Attempt attempt{"look up " + std::string{source.plural} + " by " + std::string{query.by}, source.root};
    if (!source.document) throw failures_.own("find.not_searchable", attempt);
    scan(call, source, property, query);
}

bool LookUp::filter(sdk::Call& call, const Source& source, std::string_view property,
                    const std::vector<const Key*>& keys, Query& query) {
    const Attempt attempt{"search " + std::string{source.plural} + " by " + std::string{query.by}, source.root, false,
                          true};
    std::string filter;
    for (const Key* key : keys) filter.append(filter.empty() ? "" : " or ").append(expression(property, key->value));
    const std::string question = "$filter=" + encoded(filter);
    for (std::int64_t page = 1;; ++page) {
        call.throw_if_cancelled();
        Records records;
        try {
            records = api_.page(call, source.path, question, page, attempt);
        } catch (const sdk::Failure& failure) {
            if (failure.code == "6000" || failure.code == "6001") return false;
            throw;
        }
        for (const Json& vendor : records.rows)
            for (const Key* key : keys)
                if (is_hit(property, vendor[property].text(), key->value)) query.tell(source, vendor, *key);
        if (records.last) return true;
    }
}

void LookUp::scan(sdk::Call& call, const Source& source, std::string_view property, Query& query) {
    Position position;
    for (;;) {
        const Records records = next_page(call, api_, source, "CreatedUtc", query.since, position);
        for (const Json& vendor : records.rows)
            for (const Key& key : query.keys)
                if (is_hit(property, vendor[property].text(), key.value)) query.tell(source, vendor, key);
        if (records.last) return;
    }
}

}  // namespace brygga::eaccounting
