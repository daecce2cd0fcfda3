#include "listing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "query.h"
#include "translate.h"

namespace brygga::eaccounting {
namespace {

constexpr std::int64_t overlap_ms = 300'000;
constexpr int most_restarts = 3;
constexpr std::int64_t most_pages = 1'000'000;

constexpr std::array customer_sources{Source{"/customers", "ChangedUtc", "customers", "customer", std::nullopt}};
constexpr std::array product_sources{Source{"/articles", "ChangedUtc", "articles", "product", std::nullopt}};
// What is in stock stands on the articles themselves.
constexpr std::array stock_sources{Source{"/articles", "ChangedUtc", "articles", "stock", std::nullopt}};
constexpr Source source_of(DocumentKind kind, std::string_view root) {
    constexpr std::array<std::string_view, 4> plurals{"quotes", "orders", "invoice drafts", "invoices"};
    // No property of a draft tells when it was changed.
    const std::string_view changed = kind == DocumentKind::invoice_draft ? "" : "ModifiedUtc";
    return {collection(kind), changed, plurals[static_cast<std::size_t>(kind)], root, kind};
}
constexpr std::array document_sources{source_of(DocumentKind::order, "document"),
                                      source_of(DocumentKind::invoice_draft, "document"),
                                      source_of(DocumentKind::invoice, "document")};
constexpr std::array quote_sources{source_of(DocumentKind::quote, "document")};
constexpr std::array status_sources{source_of(DocumentKind::order, "order_status"),
                                    source_of(DocumentKind::invoice_draft, "order_status"),
                                    source_of(DocumentKind::invoice, "order_status")};

std::string query_of(std::string_view property, std::string_view since, Position::Way way) {
    if (since.empty() || way == Position::all) return {};
    const std::string name{property};
    if (way == Position::filter) return "$filter=" + encoded(name + " gt " + std::string{since});
    return "$orderby=" + encoded(name + " desc");
}

bool is_refusal(const sdk::Failure& failure, Position::Way way) {
    if (failure.status != BRYGGA_REJECTED || way == Position::all) return false;
    return way == Position::sorted || failure.code == "6000" || failure.code == "6001";
}

/// Newest first, and the last record is older: nothing new can follow. An order that is not clearly falling
/// proves nothing.
bool has_passed(const Records& records, std::string_view property, std::int64_t since) {
    std::optional<std::int64_t> first, last;
    for (const Json& record : records.rows) {
        const auto at = instant_ms(record[property].string());
        if (!at || (last && *at > *last)) return false;
        if (!first) first = at;
        last = at;
    }
    return last && last.value() < since && last.value() < first.value();
}

/// What a cursor says. {"since"} between passes; within one also "next", "part", "page", "way", "total", "restarts".
struct Pass {
    std::string since, next;
    std::size_t part = 0;
    Position position;
    Position::Way first_way = Position::filter;  ///< of the first list, known from earlier passes

    static Position::Way way(const Json& value) {
        const auto number = value.integer(0);
        return number == 1 ? Position::sorted : number == 2 ? Position::all : Position::filter;
    }
    Pass(const Json& cursor, std::size_t parts) {
        const auto instant = [](const Json& value) {
            const auto ms = instant_ms(value.string());
            return ms ? instant_text(*ms, true) : std::string{};
        };
        since = instant(cursor["since"]);
        first_way = way(cursor["first_way"]);
        position.way = first_way;
        if (!cursor.has("page")) return;
        next = instant(cursor["next"]);
        part = static_cast<std::size_t>(
            std::clamp<std::int64_t>(cursor["part"].integer(0), 0, static_cast<std::int64_t>(parts) - 1));
        position = {way(cursor["way"]), std::clamp<std::int64_t>(cursor["page"].integer(1), 1, most_pages),
                    cursor["total"].integer(-1),
                    static_cast<int>(std::clamp<std::int64_t>(cursor["restarts"].integer(0), 0, most_restarts))};
    }
    Json cursor() const {
        return Json::object({{"since", since},
                             {"next", next},
                             {"part", part},
                             {"page", position.page},
                             {"way", static_cast<int>(position.way)},
                             {"first_way", static_cast<int>(first_way)},
                             {"total", position.total},
                             {"restarts", position.restarts}});
    }
    Json finished() const { return Json::object({{"since", next}, {"first_way", static_cast<int>(first_way)}}); }
};

bool is_wanted(const Source& source, const Json& row, const Json& vendor, const Pass& pass, std::string_view from) {
    if (row.is_null()) return false;
    if (const std::string_view date = row["fields"]["date"].string();
        source.document && !from.empty() && !date.empty() && date < from)
        return false;
    if (pass.since.empty() || source.changed.empty() || pass.position.way == Position::filter) return true;
    const auto changed = instant_ms(vendor[source.changed].string()), since = instant_ms(pass.since);
    return !changed || !since || *changed >= *since;
}

}  // namespace

Json Source::row(const Json& vendor) const {
    if (vendor["Id"].text().empty()) return {};
    // The order that it was made from stays in the list of orders and stands for both.
    if (document == DocumentKind::invoice && !vendor["CreatedFromOrderId"].text().empty()) return {};
    // The order or invoice that it became (status 3, 4) has its reference, too, and stands for both.
    if (document == DocumentKind::quote && vendor["Status"].integer(0) >= 3) return {};
    // It says nothing of how far an order has come.
    if (root == "order_status" && is_credit_note(vendor)) return {};
    if (document) return root == "document" ? document_row(*document, vendor) : status_row(*document, vendor);
    if (root == "stock") return stock_row(vendor);
    return root == "customer" ? customer_row(vendor) : product_row(vendor);
}

Json Source::polled_row(const Json& vendor) const { return root == "product" ? article_row(vendor) : row(vendor); }

Json Source::whole_row(const Json& vendor) const {
    Json whole = row(vendor);
    if (whole.is_null()) return whole;
    if (root == "product") whole.set("entity", article_row(vendor)["entity"]);
    if (root == "document") whole = whole_document_row(*document, vendor);
    return std::move(whole.set("raw", vendor));
}

std::span<const Source> sources_of(std::string_view type) {
    if (type == "customer") return customer_sources;
    if (type == "product") return product_sources;
    if (type == "stock") return stock_sources;
    if (type == "document") return document_sources;
    if (type == "quote") return quote_sources;
    if (type == "order_status") return status_sources;
    return {};
}

bool says_no_orders(const sdk::Failure& failure) { return failure.code == "4009" || failure.code == "4002.module"; }

Records next_page(sdk::Call& call, const Api& api, const Source& source, std::string_view property,
                  std::string_view since, Position& position) {
    const Attempt attempt{"list " + std::string{source.plural}, source.root, false, true};
    for (;;) {
        call.throw_if_cancelled();
        Records records;
        try {
            const std::string_view window = property.empty() ? std::string_view{} : since;
            records = api.page(call, source.path, query_of(property, window, position.way), position.page, attempt);
        } catch (const sdk::Failure& failure) {
            if (since.empty() || property.empty() || !is_refusal(failure, position.way)) throw;
            position = {position.way == Position::filter ? Position::sorted : Position::all, 1, -1, position.restarts};
            continue;
        }
        // Records were deleted meanwhile, so that others moved to pages that have been read.
        if (records.total >= 0 && records.total < position.total && position.restarts < most_restarts) {
            position = {position.way, 1, -1, position.restarts + 1};
            continue;
        }
        position.total = records.total;
        ++position.page;
        if (const auto limit = instant_ms(since);
            limit && position.way == Position::sorted && has_passed(records, property, *limit))
            records.last = true;
        return records;
    }
}

void list_rows(sdk::Call& call, const Api& api, std::int64_t now_ms, const sdk::ListRequest& request, sdk::Page& page,
               bool polled) {
    const auto sources = sources_of(request.type);
    Pass pass{request.cursor, sources.size()};
    std::size_t read = 0;
    for (;;) {
        const Source& source = sources[pass.part];
        Records records;
        try {
            records = next_page(call, api, source, source.changed, pass.since, pass.position);
        } catch (const sdk::Failure& failure) {
            if (source.document != DocumentKind::order || !says_no_orders(failure)) throw;
        }
        if (pass.next.empty())
            pass.next = instant_text(instant_ms(records.server_time).value_or(now_ms) - overlap_ms, true);
        for (const Json& vendor : records.rows) {
            const Json row = polled ? source.polled_row(vendor) : source.row(vendor);
            if (!is_wanted(source, row, vendor, pass, request.from)) continue;
            const bool asks = source.root == "stock" || source.root == "order_status";
            if (!asks || !page.seen(row["id"].string(), row["revision"].string())) page.entity(row);
        }
        read += records.rows.size();
        if (records.last) {
            if (pass.part == 0) pass.first_way = pass.position.way;
            pass.position = {};
            if (++pass.part == sources.size()) {
                page.checkpoint(pass.finished(), false);
                return;
            }
        }
        page.checkpoint(pass.cursor(), true);
        if (read >= request.max_items) return;
    }
}

}  // namespace brygga::eaccounting
