#include "reading.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "documents.h"
#include "query.h"
#include "translate.h"

namespace brygga::economic {
namespace {

constexpr std::int64_t overlap_ms = 300'000, last_page = 1'000'000;
constexpr int most_restarts = 3;
constexpr std::size_t longest_filter = 1500, most_keys_together = 20;

/// One list of the vendor and how its records are told to the host.
struct Source {
    std::string_view path, plural, root, sort;
    const Place* place = nullptr;

    Json row(const Json& vendor) const {
        if (place) return root == "document" ? document_row(*place, vendor) : status_row(*place, vendor);
        if (root == "stock") return stock_row(vendor);
        return root == "customer" ? customer_row(vendor) : product_row(vendor);
    }
    /// Of their documents statuses are told; those of some places do not say when they changed.
    bool tells_changes() const {
        return !place || (root == "order_status" && place != &archived_orders && place != &booked_invoices);
    }
    Json polled_row(const Json& vendor) const { return root == "product" ? article_row(vendor) : row(vendor); }
};

std::vector<Source> sources_of(std::string_view type) {
    if (type == "customer") return {{"/customers", "customers", "customer", "customerNumber"}};
    if (type == "product") return {{"/products", "products", "product", "productNumber"}};
    if (type == "stock") return {{"/products", "products", "stock", "productNumber"}};
    std::vector<Source> all;
    if (type == "document" || type == "quote" || type == "order_status")
        for (const Place& place : places)
            if ((place.kind == "quote") == (type == "quote"))
                all.push_back({place.path, place.path.substr(1),
                               type == "order_status" ? std::string_view{"order_status"} : std::string_view{"document"},
                               place.number, &place});
    return all;
}

/// What a cursor says. {"since"} between passes; within one also "next", "part", "page", "total", "restarts".
struct Pass {
    std::string since, next;
    std::size_t part = 0;
    std::int64_t page = 0, total = -1;
    int restarts = 0;
    bool by_day = false;  ///< the server does not take an instant in its filter

    Pass(const Json& cursor, std::size_t parts) {
        const auto instant = [](const Json& value) {
            const auto ms = instant_ms(value.string());
            return ms ? instant_text(*ms) : std::string{};
        };
        since = instant(cursor["since"]);
        by_day = cursor["by_day"].boolean();
        if (!cursor.has("page")) return;
        next = instant(cursor["next"]);
        part = static_cast<std::size_t>(
            std::clamp<std::int64_t>(cursor["part"].integer(0), 0, static_cast<std::int64_t>(parts) - 1));
        page = std::clamp<std::int64_t>(cursor["page"].integer(0), 0, last_page);
        total = cursor["total"].integer(-1);
        restarts = static_cast<int>(std::clamp<std::int64_t>(cursor["restarts"].integer(0), 0, most_restarts));
    }
    Json cursor() const {
        return Json::object({{"since", since},
                             {"next", next},
                             {"part", part},
                             {"page", page},
                             {"total", total},
                             {"restarts", restarts},
                             {"by_day", by_day}});
    }
    Json finished() const { return Json::object({{"since", next}, {"by_day", by_day}}); }
    std::string filter(const Source& source, std::string_view from) const {
        if (!since.empty() && source.tells_changes())
            return "lastUpdated$gte:" + (by_day ? since.substr(0, 10) : since);
        return !source.place || from.empty() ? std::string{} : "date$gte:" + std::string{from};
    }
    void next_part() {
        ++part;
        page = 0;
        total = -1;
        restarts = 0;
    }
};

/// The next page of the pass; again from the first one when records went away meanwhile, so that others moved up.
Records next_page(sdk::Call& call, const Api& api, const Source& source, std::string_view from, Pass& pass) {
    const Attempt attempt{"list " + std::string{source.plural}, source.root};
    for (;;) {
        call.throw_if_cancelled();
        Records records;
        try {
            records = api.page(call, source.path, pass.filter(source, from), source.sort, pass.page, attempt);
        } catch (const sdk::Failure& failure) {
            if (failure.code != "query.refused" || !source.tells_changes() || pass.since.empty() || pass.by_day) throw;
            pass.by_day = true;
            continue;
        }
        if (records.total >= 0 && records.total < pass.total && pass.restarts < most_restarts) {
            pass.page = 0;
            pass.total = -1;
            ++pass.restarts;
            continue;
        }
        pass.total = records.total;
        ++pass.page;
        return records;
    }
}

struct Key {
    Json n;
    std::string value;
};

std::string_view property_of(std::string_view root, std::string_view by) {
    if (root == "customer") {
        if (by == "email") return "email";
        if (by == "number") return "customerNumber";
        if (by == "organisation_number") return "corporateIdentificationNumber";
        if (by == "vat_number") return "vatNumber";
    }
    if ((root == "product" || root == "stock") && by == "sku") return "productNumber";
    if (root == "product" && by == "ean") return "barCode";
    if ((root == "document" || root == "order_status") && by == "reference") return "references.other";
    return {};
}

bool is_hit(const Json& row, std::string_view by, const std::string& value) {
    const Json& stored = row.has("entity") ? row["entity"][by] : row["keys"][by];
    // Filters ignore case; a reference is the host's own and is compared exactly.
    const auto same = [&](std::string_view text) { return by == "reference" ? text == value : same_text(text, value); };
    if (!stored.is_array()) return same(stored.text());
    return std::ranges::any_of(stored.items(), [&](const Json& one) { return same(one.text()); });
}

class Search {
public:
    Search(sdk::Call& call, const Api& api, const Failures& failures, const Json& request, sdk::Page& page)
        : call_{call}, api_{api}, failures_{failures}, request_{request}, page_{page} {}

    void run() {
        const std::string_view type = request_["type"].string();
        const auto sources = sources_of(type);
        if (sources.empty()) throw failures_.own("find.not_searchable", {"look up a record", type});
        std::vector<std::pair<std::string, std::vector<Key>>> by_kind;
        for (const Json& key : request_["keys"].items()) {
            const std::string by{key["by"].string()};
            if (key["value"].text().empty()) continue;
            auto found = std::ranges::find(by_kind, by, &decltype(by_kind)::value_type::first);
            if (found == by_kind.end()) found = by_kind.insert(by_kind.end(), {by, {}});
            found->second.push_back({key["n"], std::string{key["value"].text()}});
        }
        for (const auto& [by, keys] : by_kind)
            for (const Source& source : sources)
                if (by == "id")
                    by_id(source, keys);
                else
                    by_property(source, by, keys);
    }

private:
    bool is_wanted(const Json& row) const {
        const auto& kinds = request_["kinds"].items();
        return kinds.empty() || std::ranges::find(kinds, row["kind"]) != kinds.end();
    }

    void tell(const Source& source, const Json& vendor, const Key& key) {
        Json row = source.row(vendor);
        if (row.is_null() || !is_wanted(row)) return;
        // An invoice that an archived order became stands behind that order, which stays in its list.
        if (source.root == "document") {
            const std::string figures = key.n.dump() + row["fields"]["customer"].dump() +
                                        row["fields"]["currency"].dump() + row["totals"].dump();
            if (source.place == &archived_orders) archived_.insert(figures);
            if (source.place->kind != "order" && archived_.contains(figures)) return;
        }
        if (!told_.insert(key.n.dump().append(" ").append(row["id"].string())).second) return;
        row.set("n", key.n);
        if (request_["full"].boolean()) {
            if (source.root == "document") row = whole_document_row(*source.place, vendor).set("n", key.n);
            if (source.root == "product") row.set("entity", article_row(vendor)["entity"]);
            row.set("raw", vendor);
        }
        page_.entity(row);
    }

    void by_id(const Source& source, const std::vector<Key>& keys) {
        const Attempt attempt{"read one of the " + std::string{source.plural}, source.root};
        for (const Key& key : keys) {
            const std::string_view number = source.place ? number_in(*source.place, key.value) : key.value;
            if (number.empty() || (source.root == "customer" && !is_number(number))) continue;
            const std::string path =
                std::string{source.path} + "/" + (source.path == "/products" ? path_key(number) : std::string{number});
            if (const auto vendor = api_.find(call_, path, attempt)) tell(source, *vendor, key);
        }
    }

    void by_property(const Source& source, std::string_view by, const std::vector<Key>& keys) {
        const std::string_view property = property_of(source.root, by);
        const Attempt attempt{"look up " + std::string{source.plural} + " by " + std::string{by}, source.root};
        if (property.empty()) throw failures_.own("find.not_searchable", attempt);
        std::vector<const Key*> together;
        std::string filter;
        const auto ask = [&] {
            if (!together.empty()) this->ask(source, by, filter, together, attempt);
            together.clear();
            filter.clear();
        };
        for (const Key& key : keys) {
            // No customer has a number that is none.
            if (by == "number" && !is_number(key.value)) continue;
            // A customer may have several addresses in the one field.
            const std::string one = by == "email" ? contains(property, key.value) : equals(property, key.value);
            if (together.size() == most_keys_together ||
                percent_encoded(filter).size() + percent_encoded(one).size() > longest_filter)
                ask();
            filter.append(filter.empty() ? "" : "$or:").append(one);
            together.push_back(&key);
        }
        ask();
    }

    void ask(const Source& source, std::string_view by, const std::string& filter, const std::vector<const Key*>& keys,
             const Attempt& attempt) {
        for (std::int64_t number = 0;; ++number) {
            call_.throw_if_cancelled();
            Records records;
            try {
                records = api_.page(call_, source.path, filter, {}, number, attempt);
            } catch (const sdk::Failure& failure) {
                if (failure.code != "query.refused") throw;
                throw failures_.own("find.not_searchable", attempt);
            }
            for (const Json& vendor : records.rows) {
                const Json row = source.row(vendor);
                for (const Key* key : keys)
                    if (!row.is_null() && is_hit(row, by, key->value)) tell(source, vendor, *key);
            }
            if (records.last) return;
        }
    }

    sdk::Call& call_;
    const Api& api_;
    const Failures& failures_;
    const Json& request_;
    sdk::Page& page_;
    std::set<std::string> told_, archived_;
};

}  // namespace

void list_rows(sdk::Call& call, const Api& api, const Failures& failures, std::int64_t now_ms,
               const sdk::ListRequest& request, sdk::Page& page, bool polled) {
    const auto sources = sources_of(request.type);
    Pass pass{request.cursor, sources.size()};
    const bool stock = request.type == "stock", asks = stock || request.type == "order_status",
               whole = pass.since.empty() && pass.page == 0;
    std::size_t read = 0, kept = 0;
    for (;;) {
        const Source& source = sources[pass.part];
        if (pass.next.empty()) pass.next = instant_text(now_ms - overlap_ms);
        const Records records = next_page(call, api, source, request.from, pass);
        for (const Json& vendor : records.rows)
            if (const Json row = polled ? source.polled_row(vendor) : source.row(vendor); !row.is_null()) {
                ++kept;
                if (!asks || !page.seen(row["id"].string(), row["revision"].string())) page.entity(row);
            }
        read += records.rows.size();
        if (stock && whole && records.last && read > 0 && kept == 0)
            throw failures.own("stock.no_inventory", {"read the stock of products", "product"});
        if (records.last) {
            pass.next_part();
            if (pass.part == sources.size()) return page.checkpoint(pass.finished(), false);
        }
        page.checkpoint(pass.cursor(), true);
        if (read >= request.max_items) return;
    }
}

void find_rows(sdk::Call& call, const Api& api, const Failures& failures, const Json& request, sdk::Page& page) {
    Search{call, api, failures, request, page}.run();
}

}  // namespace brygga::economic
