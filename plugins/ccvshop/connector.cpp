// The calls of the CCV Shop connector: which requests each one makes and in what order.
// One instance serves one thread at a time; what it reads becomes canonical in translate.cpp.
#include <algorithm>
#include <array>
#include <set>

#include "api.h"
#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/webhook.hpp"
#include "categories.h"
#include "images.h"
#include "manifest_json.h"
#include "paging.h"
#include "products.h"
#include "scan.h"
#include "translate.h"
#include "users.h"
#include "vendor.h"
#include "webhooks.h"

namespace brygga::ccvshop {

using sdk::Call;
using sdk::Failure;
using sdk::Page;

class Connector {
public:
    static constexpr std::string_view manifest = manifest_json;

    Connector(sdk::Host host, const Json& config)
        : host_{host},
          api_{host, config, Json::parse(manifest).value_or(Json{})},
          images_{config["image_url"].string()},
          watch_days_{static_cast<int>(std::clamp<std::int64_t>(config["watch_days"].integer(30), 2, 366))} {}

    void check(Call& call);
    Json describe(Call& call);
    void poll(Call& call, const sdk::PollRequest& request, Page& page);
    void list(Call& call, const sdk::ListRequest& request, Page& page);
    void find(Call& call, const Json& request, Page& page);
    Json deliver(Call& call, const Json& document, std::string_view idempotency_key);
    void options(Call& call, std::string_view kind, Page& page);
    Json subscribe(Call& call, const Json& request) {
        return register_webhook(call, api_, request["events"].at(0).string(), request["url"].string());
    }
    void unsubscribe(Call& call, const Json& request) { remove_webhook(call, api_, request); }
    void decode(Call& call, const Json& delivery, Page& page) {
        const Json row = webhook_row(delivery["event"].string(), sdk::body_of(delivery).value_or(""));
        if (row.is_null()) throw api_.failure("webhook.forged", "A call came that CCV Shop does not make.");
        call.throw_if_cancelled();
        page.entity(row);
    }

private:
    struct Poll;

    std::string webshop_id(Call& call) const;
    Json optional_part(Call& call, const std::string& path) const;
    Json rows_of(Call& call, const std::string& order_id) const;
    void find_order(Call& call, const Json& key, bool full, Page& page) const;
    void find_product(Call& call, const Json& key, bool full, Page& page) const;
    template <class Take>
    void read_products(Call& call, ProductCursor& cursor, std::size_t max_items, Page& page, const Take& take) const;
    void poll_products(Call& call, const sdk::PollRequest& request, Page& page) const;
    Json variants_of(Call& call, const std::string& product_id) const;
    Json deliver_order_status(Call& call, const Json& document) const;
    Json deliver_stock(Call& call, const Json& document) const;
    Json create_product(Call& call, const Json& fields) const;
    Json update_product(Call& call, const std::string& id, const Json& fields) const;
    Json found_by_sku(Call& call, std::string_view sku) const;

    sdk::Host host_;
    Api api_;
    std::string images_;  ///< the setting image_url
    int watch_days_;
};

namespace {

constexpr unsigned rows_a_checkpoint = 20;

void give(Page& page, Json row, const Json& key) {
    row.set("n", key["n"]);
    page.entity(row);
}

void add(Json& row, const Json& more) {
    for (const Json::Member& member : more.members()) row.set(member.name, member.value);
}

std::string path_of(std::string_view resource, std::string_view id, std::string_view rest = "/") {
    return "/" + std::string{resource} + "/" + std::string{id} + std::string{rest};
}

/// The shop tells no time zone, so its country has to; CCV Shop is Dutch.
std::string_view time_zone_of(std::string_view country) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> others{{
        {"BE", "Europe/Brussels"},
        {"DE", "Europe/Berlin"},
        {"GB", "Europe/London"},
    }};
    const auto found = std::ranges::find(others, country, [](const auto& other) { return other.first; });
    return found == others.end() ? "Europe/Amsterdam" : found->second;
}

/// The digits at the end of a printed order number, which the shop can search; -1 without any.
std::int64_t number_part(std::string_view number) {
    const std::size_t before = number.find_last_not_of("0123456789");
    const std::string_view digits = before == std::string_view::npos ? number : number.substr(before + 1);
    const auto value = Decimal::parse(digits);
    return value ? value->units(0).value_or(-1) : -1;
}

}  // namespace

void Connector::check(Call& call) {
    const Json root = api_.get(call, "/");
    const auto& items = root["items"].items();
    const auto names_orders = [](const Json& item) {
        return (std::string{item["uri"].string()} + std::string{item["href"].string()}).find("orders") !=
               std::string::npos;
    };
    if (!items.empty() && std::none_of(items.begin(), items.end(), names_orders))
        throw api_.failure("check.permission", "The keys of this connection were accepted.");
}

/// The shop that the keys belong to: the one at our address where a multishop lists several.
std::string Connector::webshop_id(Call& call) const {
    const Json list = api_.get(call, "/webshops/");
    const auto& shops = list["items"].items();
    const Json& first = list["items"].at(0);
    const auto ours = std::find_if(shops.begin(), shops.end(),
                                   [&](const Json& shop) { return api_.is_at(shop["api_root"].string()); });
    const std::string id = id_of(ours != shops.end() ? *ours : first);
    if (id.empty()) throw api_.failure("answer.shape", "CCV Shop answered GET /webshops/ without a web shop.");
    return id;
}

/// Null when the keys may not read it.
Json Connector::optional_part(Call& call, const std::string& path) const {
    try {
        return api_.get(call, path);
    } catch (const Failure& failure) {
        if (failure.remote_status != 403 && failure.remote_status != 404) throw;
        return {};
    }
}

Json Connector::describe(Call& call) {
    const std::string id = webshop_id(call);
    const Json shop = api_.get(call, path_of("webshops", id));
    const Json settings = optional_part(call, path_of("webshops", id, "/settings/"));
    const Json merchant = optional_part(call, path_of("webshops", id, "/merchant/"));
    Json account = Json::object({{"id", id}, {"name", shop["name"].string()}});
    if (const auto currency = settings["currency"].string(); !currency.empty()) account.set("currency", currency);
    const auto country = merchant["country_code"].string();
    if (!country.empty()) account.set("country", country);
    account.set("time_zone", time_zone_of(country));
    Json out = Json::object({{"account", std::move(account)}});
    if (settings["prices_include_vat"].is_boolean())
        out.set("arithmetic", Json::object({{"prices", settings["prices_include_vat"].boolean() ? "gross" : "net"}}));
    return out;
}

/// One poll call under way.
struct Connector::Poll {
    const Connector& connector;
    Call& call;
    const sdk::PollRequest& request;
    Page& page;
    Cursor cursor;
    std::int64_t began_ms;
    unsigned given = 0, uncommitted = 0;
    bool restarted = false;
    std::string first_id = {};            ///< of the page before
    std::set<std::string> versions = {};  ///< given in this call

    void run();
    /// One page of the list; false when the call should end here.
    bool list_page();
    bool take(Json& order);
    void commit(bool has_more) {
        page.checkpoint(cursor.to_json(), has_more);
        uncommitted = 0;
    }
    bool late() const {
        if (call.deadline_ms() <= 0) return false;
        const std::int64_t left = call.deadline_ms() - (connector.host_.unix_ms() - began_ms);
        return left < std::max<std::int64_t>(call.deadline_ms() / 10, 500);
    }
};

void Connector::poll(Call& call, const sdk::PollRequest& request, Page& page) {
    if (request.type == "customer") return poll_users(call, host_, api_, request, page);
    if (request.type == "product") return poll_products(call, request, page);
    if (request.type != "order")
        throw api_.failure("type", "Records of type " + std::string{request.type} + " were asked for.");
    auto cursor = Cursor::parse(request.cursor);
    if (!cursor) throw api_.failure("poll.cursor", "The checkpoint of this flow cannot be used.");
    const std::int64_t now_ms = host_.unix_ms();
    cursor->plan(now_ms / 1'000, request.first_run_from, watch_days_);
    Poll{*this, call, request, page, std::move(*cursor), now_ms}.run();
}

void Connector::Poll::run() {
    try {
        while (list_page()) call.throw_if_cancelled();
    } catch (const Failure& failure) {
        // Every row cost a request; those that were given are kept although the call fails.
        if (uncommitted > 0 && failure.status != BRYGGA_CANCELLED) commit(true);
        throw;
    }
}

bool Connector::Poll::list_page() {
    Scan& scan = *cursor.scan;
    Query query;
    if (!scan.from.empty()) query.add("min_create_date", scan.from);
    query.add("is_completed", "true").add("orderby", "id").add("start", scan.start).add("size", page_size);
    Json list = connector.api_.get(call, "/orders/", query);
    if (!list["items"].is_array())
        throw connector.api_.failure("answer.shape", "CCV Shop answered GET /orders/ without a list of items.");

    const std::vector<std::string> ids = ids_of(list["items"]);
    if (!first_id.empty() && !ids.empty() && ids.front() == first_id)
        throw connector.api_.failure("answer.paging", "The list of orders does not move on.");
    if (!scan.continued_by(ids) && !restarted) {
        // Many orders vanished from before this page, and as many that were not listed yet moved to before it.
        restarted = true;
        scan.restart();
        first_id.clear();
        return true;
    }
    for (Json& order : list.member("items").items_for_writing()) {
        if (given >= request.max_items || late()) {
            commit(true);
            return false;
        }
        if (!take(order)) continue;
        ++given;
        if (++uncommitted >= rows_a_checkpoint) commit(true);
    }
    if (list["next"].string().empty() || ids.empty()) {
        cursor.complete();
        commit(false);
        return false;
    }
    first_id = ids.front();
    scan.advance(ids);
    commit(true);
    return given * 2 < request.max_items;
}

/// Gives the order away when the host lacks this version of it.
bool Connector::Poll::take(Json& order) {
    const std::string id = id_of(order);
    if (id.empty()) {
        connector.host_.log(BRYGGA_LOG_WARNING, "An order without a usable id was left out.");
        return false;
    }
    const auto placed = parse_instant(order["create_date"].string()), earliest = parse_instant(request.first_run_from);
    if (is_basket(order) || (placed && earliest && *placed < *earliest)) return false;
    std::string revision = revision_of(order);
    if (page.seen(id, revision) || !versions.insert(id + "|" + revision).second) return false;
    Json rows = Json::array();
    try {
        rows = connector.rows_of(call, id);
    } catch (const Failure& failure) {
        if (failure.status != BRYGGA_REJECTED) throw;
        if (failure.remote_status == 404) return false;  // removed since it was listed
        // One order that the shop cannot give out must not stop the others: the host gets it without rows, refuses
        // it by name, and is given it again because no revision says that it was read.
        connector.host_.log(BRYGGA_LOG_WARNING, "The rows of an order could not be read.",
                            Json::object({{"order", id}, {"code", failure.code}}));
        revision.clear();
    }
    page.entity(order_row(std::move(order), std::move(rows), revision));
    return true;
}

Json Connector::rows_of(Call& call, const std::string& order_id) const {
    return api_.get_all(call, path_of("orders", order_id, "/orderrows/"));
}

void Connector::find_order(Call& call, const Json& key, bool full, Page& page) const {
    const std::string_view by = key["by"].string(), value = key["value"].string();
    std::vector<Json> hits;
    if (by == "id") {
        const std::string id = id_of(Json::object({{"id", value}}));
        if (!id.empty()) hits.push_back(api_.get_one(call, path_of("orders", id)));
    } else if (by == "number") {
        const std::int64_t number = number_part(value);
        // The shop searches the number without its prefix, which starts anew now and then.
        const Json list = number < 0
                              ? Json::array()
                              : api_.get_all(call, "/orders/", Query{}.add("ordernumber", number).add("orderby", "id"));
        for (const Json& order : list.items())
            if (order["ordernumber_full"].string() == value) hits.push_back(order);
        if (hits.empty())
            for (const Json& order : list.items())
                if (order["ordernumber"].text() == value) hits.push_back(order);
    } else {
        throw api_.failure("find.key", "Orders were searched by " + std::string{by} + ".");
    }
    for (const Json& order : hits) {
        if (order.is_null() || is_basket(order)) continue;
        Json row = found_order(order);
        if (full) add(row, order_row(order, rows_of(call, id_of(order)), revision_of(order)));
        give(page, std::move(row), key);
    }
}

Json Connector::variants_of(Call& call, const std::string& product_id) const {
    return api_.get_all(call, path_of("products", product_id, "/attributecombinations/"));
}

/// Reads on from the cursor, page after page, until the changes reach what the pass before had, the list ends, or
/// max_items were read. `take` gets each product and its variants.
template <class Take>
void Connector::read_products(Call& call, ProductCursor& cursor, std::size_t max_items, Page& page,
                              const Take& take) const {
    cursor.plan(host_.unix_ms() / 1'000);
    std::size_t read = 0;
    bool restarted = false;
    for (;;) {
        Scan& scan = *cursor.scan;
        Query query;
        query.add("orderby", cursor.at ? "modifydate_desc" : "id")
            .add("expand", "attributecombinations,producttocategories");
        const Json list = next_page(call, api_, "products", query, scan, restarted);
        const Json& products = list["items"];
        const std::vector<std::string> ids = ids_of(products);
        for (const Json& product : products.items()) {
            const std::string id = id_of(product);
            if (id.empty()) continue;
            const Json& expanded = product["attributecombinations"]["collection"];
            const bool missing = has_variants(product) && expanded.size() == 0;
            take(product, missing ? variants_of(call, id) : expanded);
        }
        read += ids.size();
        if (list["next"].string().empty() || ids.empty() || cursor.passed(products)) {
            cursor.complete();
            return page.checkpoint(cursor.to_json(), false);
        }
        pass_page(api_, "products", ids, scan);
        page.checkpoint(cursor.to_json(), true);
        if (read >= max_items) return;
    }
}

void Connector::list(Call& call, const sdk::ListRequest& request, Page& page) {
    if (request.type == "category") return list_categories(call, api_, request.cursor, page);
    if (request.type != "product")
        throw api_.failure("type", "Records of type " + std::string{request.type} + " were asked for.");
    auto cursor = ProductCursor::parse(request.cursor);
    if (!cursor) throw api_.failure("list.cursor", "The position in the list of products cannot be used.");
    const auto take = [&](const Json& product, const Json& variants) {
        for (Json& row : sold_rows(product, variants)) {
            if (!has_variants(product)) row.member("fields").set("links", links_of(product));
            page.entity(row);
        }
    };
    read_products(call, *cursor, request.max_items, page, take);
}

void Connector::poll_products(Call& call, const sdk::PollRequest& request, Page& page) const {
    auto cursor = ProductCursor::parse(request.cursor);
    if (!cursor) throw api_.failure("poll.products", "The checkpoint of this flow cannot be used.");
    const auto take = [&](const Json& product, const Json& variants) {
        if (cursor->knows(product)) return;
        for (const Json& row : polled_rows(product, variants)) page.entity(row);
    };
    read_products(call, *cursor, request.max_items, page, take);
}

Json Connector::deliver(Call& call, const Json& document, std::string_view) {
    const std::string_view type = document["type"].string(), op = document["op"].string();
    if (type == "stock" && op == "update") return deliver_stock(call, document);
    if (type == "order_status" && op == "update") return deliver_order_status(call, document);
    if (type == "product" && op == "create") return create_product(call, document["fields"]);
    if (type == "category")
        if (Json written = deliver_category(call, api_, document); !written.is_null()) return written;
    if (type == "image")
        if (Json written = deliver_image(call, host_, api_, images_, document); !written.is_null()) return written;
    if (type == "product" && op == "update")
        return update_product(call, std::string{document["id"].string()}, document["fields"]);
    throw api_.failure("type", "A write of type " + std::string{type} + " was asked for.");
}

Json Connector::create_product(Call& call, const Json& fields) const {
    const std::string sku{fields["sku"].string()};
    if (sku.empty()) throw api_.failure("type", "A product without a number was to be created.");
    Json made;
    try {
        made = api_.post(call, "/products/", product_body(fields, true));
    } catch (const Failure& failure) {
        if (failure.code == "500.40") throw api_.failure("product.exists", failure.message).remote(500);
        throw;
    }
    if (const std::string id = id_of(made); !id.empty()) return written_product(id, fields);
    // The shop may take a product and answer without it.
    Json row;
    try {
        row = found_by_sku(call, sku);
    } catch (Failure& failure) {
        failure.outcome_unknown = true;
        throw;
    }
    if (row.is_null())
        throw api_.failure("answer.shape", "CCV Shop took a product, answered without it and does not show it yet.")
            .unknown_outcome();
    return written_product(row["id"].string(), fields);
}

/// The row of the newest product with this number; null without one.
Json Connector::found_by_sku(Call& call, std::string_view sku) const {
    Json found;
    const Json hits = api_.get_all(call, "/productqueries/", Query{}.add("productnumber", sku));
    for (const Json& hit : hits.items())
        if (hit["productnumber"].string() == sku && hit["id"].integer(0) > found["id"].integer(0)) found = hit;
    return found.is_null() ? found : found_product(found);
}

Json Connector::update_product(Call& call, const std::string& id, const Json& fields) const {
    if (id_of(Json::object({{"id", id}})).empty())
        throw api_.failure("type", "A change of something that is no product of its own was to be written.");
    try {
        api_.patch(call, path_of("products", id), product_body(fields, false));
    } catch (const Failure& failure) {
        if (failure.remote_status == 404 && failure.code != "answer.not_api")
            throw api_.failure("reference.gone", failure.message).remote(404);
        if (failure.code != "500.50") throw;  // it has these values already
    }
    return written_product(id, fields);
}

Json Connector::deliver_order_status(Call& call, const Json& document) const {
    const std::string id = id_of(Json::object({{"id", document["id"]}}));
    const Json& fields = document["fields"];
    const Json body = order_status_body(fields);
    if (id.empty() || body.size() < 2)
        throw api_.failure("type", "A status that is none, or of no order, was to be written.");
    try {
        api_.patch(call, path_of("orders", id), body);
    } catch (const Failure& failure) {
        if (failure.code != "500.50") throw;  // it has this status already
    }
    return written_order_status(id, fields);
}

Json Connector::deliver_stock(Call& call, const Json& document) const {
    const Json& fields = document["fields"];
    const StockWrite write = stock_write(document["id"].string(), fields);
    if (write.path.empty() || !fields["stock"].is_number())
        throw api_.failure("type", "A level without a number, or of no product, was to be written.");
    try {
        api_.patch(call, write.path, write.body);
    } catch (const Failure& failure) {
        if (failure.remote_status == 404 && failure.code != "answer.not_api")
            throw api_.failure("reference.gone", failure.message).remote(404);
        if (failure.code != "500.50") throw;  // it has this level already
    }
    return written_stock(document["id"].string(), fields, write.of_variant);
}

void Connector::find_product(Call& call, const Json& key, bool full, Page& page) const {
    const std::string_view by = key["by"].string(), value = key["value"].string();
    const auto tell = [&](const Json& product, const Json& variant) {
        if (full && variant.is_null() && has_variants(product)) {
            const auto rows = polled_rows(product, variants_of(call, id_of(product)));
            if (std::ranges::none_of(rows, [&](const Json& r) { return r["id"].string() == id_of(product); })) return;
        }
        Json row = variant.is_null() ? found_product(product) : found_variant(product, variant);
        if (variant.is_null() && by == "id") row.member("fields").set("links", links_of(product));
        if (full) add(row, polled_product(product, variant));
        give(page, std::move(row), key);
    };
    if (by == "id") {
        const std::size_t slash = value.find('/');
        const std::string id = id_of(Json::object({{"id", value.substr(0, slash)}}));
        const Json product =
            id.empty() ? Json{} : api_.get_one(call, path_of("products", id, "/?expand=producttocategories"));
        if (product.is_null()) return;
        if (slash == std::string_view::npos) return tell(product, {});
        const Json variants = variants_of(call, id);
        for (const Json& variant : variants.items())
            if (id_of(variant) == value.substr(slash + 1)) tell(product, variant);
        return;
    }
    const bool ean = by == "ean";
    if (!ean && by != "sku" && by != "number")
        throw api_.failure("find.key", "Products were searched by " + std::string{by} + ".");
    if (value.empty()) return;

    const auto is_hit = [&](const Json& record, std::initializer_list<const char*> names) {
        return std::any_of(names.begin(), names.end(),
                           [&](const char* name) { return record[name].string() == value; });
    };
    // The search covers products and variants but answers with products; a variant is then found in its product.
    std::set<std::string> products;
    for (const char* filter : {"eannumber", "productnumber", "skunumber"}) {
        if (ean != (std::string_view{filter} == "eannumber")) continue;
        const Json hits = api_.get_all(call, "/productqueries/", Query{}.add(filter, value));
        for (const Json& hit : hits.items()) {
            Json product = hit.has("product_id") ? Json::object({{"id", hit["product_id"]}}) : hit;
            const std::string id = id_of(product);
            if (id.empty() || !products.insert(id).second) continue;
            if (hit.has("product_id")) product = api_.get_one(call, path_of("products", id));
            if (product.is_null()) continue;
            if (ean ? is_hit(product, {"eannumber"}) : is_hit(product, {"productnumber"})) {
                tell(product, {});
                continue;
            }
            const Json variants = variants_of(call, id);
            for (const Json& variant : variants.items())
                if (ean ? is_hit(variant, {"ean_number"}) : is_hit(variant, {"sku_number", "product_number"}))
                    tell(product, variant);
        }
    }
}

void Connector::find(Call& call, const Json& request, Page& page) {
    const std::string_view type = request["type"].string();
    for (const Json& key : request["keys"].items()) {
        call.throw_if_cancelled();
        if (type == "order") {
            find_order(call, key, request["full"].boolean(), page);
        } else if (type == "product") {
            find_product(call, key, request["full"].boolean(), page);
        } else if (type == "category") {
            find_category(call, api_, key, page);
        } else if (type == "image") {
            find_images(call, api_, key, page);
        } else if (type == "customer") {
            if (key["by"].string() != "id")
                throw api_.failure("find.key", "Customers were searched by " + std::string{key["by"].string()} + ".");
            const std::string id = id_of(Json::object({{"id", key["value"]}}));
            Json user = id.empty() ? Json{} : api_.get_one(call, path_of("users", id));
            if (user.is_null()) continue;
            Json row = found_user(user);
            if (request["full"].boolean()) add(row, user_row(std::move(user)));
            give(page, std::move(row), key);
        } else {
            throw api_.failure("type", "Records of type " + std::string{type} + " were searched.");
        }
    }
}

void Connector::options(Call& call, std::string_view kind, Page& page) {
    if (kind == "payment_method") {
        const Json list = api_.get(call, "/paymethods/");
        if (!list["items"].is_array())
            throw api_.failure("answer.shape", "CCV Shop answered GET /paymethods/ without a list of items.");
        for (const Json& paymethod : list["items"].items()) page.entity(payment_method_option(paymethod));
    } else if (kind == "order_status") {
        const Json settings = api_.get(call, path_of("webshops", webshop_id(call), "/settings/"));
        for (const Json& status : settings["order_status"].items()) page.entity(order_status_option(status));
    } else if (kind == "package") {
        const Json list = api_.get(call, "/packages/");
        if (!list["items"].is_array())
            throw api_.failure("answer.shape", "CCV Shop answered GET /packages/ without a list of items.");
        for (const Json& package : list["items"].items()) page.entity(package_option(package));
    } else if (kind == "category") {
        category_options(call, api_, page);
    } else if (kind == "tax_treatment") {
        const std::string shop = webshop_id(call);
        const Json countries = optional_part(call, path_of("webshops", shop, "/geozonecountries/"));
        const Json merchant = optional_part(call, path_of("webshops", shop, "/merchant/"));
        for (const Json& option : tariff_options(countries["items"], merchant["country_code"].string()))
            page.entity(option);
    } else {
        throw api_.failure("type", "Options of kind " + std::string{kind} + " were asked for.");
    }
}

}  // namespace brygga::ccvshop

BRYGGA_CONNECTOR(brygga::ccvshop::Connector)
