// The simulated CCV Shop: signatures, paging, filters, rate limits, orders and what belongs to them.
// Called from many connection threads; one lock guards the orders.
// It knows nothing of the ledger and never sends a request itself.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "faults.hpp"
#include "http_server.hpp"
#include "meter.hpp"
#include "orders.hpp"
#include "query.hpp"
#include "switches.hpp"

namespace brygga::sim {

/// Escapes '/' and all but ASCII in JSON text, as the vendor's PHP does.
std::string php_escaped(std::string_view json);

/// What the shop has of one product, beyond the catalogue.
struct Shelf {
    Decimal quantity{100};
    bool managed = true;
    std::string modified = "2026-10-10T16:42:19Z";
};

/// Who is registered; guests are not.
struct User {
    Buyer buyer;
    bool active = true, approved = true;
};

/// Sold as the one variant of a product of another number.
inline bool is_variant(const Product& product) { return !product.base_number.empty(); }

inline constexpr std::int64_t first_combination = 100'000'000;  ///< ids of variants, before that of the product
struct Writable;

class Shop {
public:
    struct Keys {
        std::string public_key, secret_key;
    };

    Shop(Keys keys, Generator generator, const SimClock& clock, const Switches& switches, Meter& meter);

    /// scheme://host:port of this shop, for links; set once before the first request.
    void set_base(std::string base) {
        const std::lock_guard lock{mutex_};
        base_ = std::move(base);
    }
    Reply serve(const Request& request);
    Reply fault_reply(const Fault& fault) const;

    /// Who carries the calls of webhooks; set once before the first request.
    using Caller = std::function<void(std::string event, std::string address, std::string type, std::string body)>;
    void set_caller(Caller caller) { call_ = std::move(caller); }

    // For the control endpoint and the report.
    Json webhooks() const;
    Json add_orders(int count, std::string_view kind);
    /// Empty on success, else why not.
    std::string change_order(std::string_view number, const Json& change);
    /// {number: {"status", "tracking_code", "mails"}}
    Json statuses() const;
    /// {sku: quantity}
    Json stock() const;
    /// Products that were made over the API, by id, as the API shows them.
    Json made_products() const;
    /// Makes a product as a person does, or changes the one with this "id" or else "productnumber": its properties as
    /// in a request, and "variants": [{"sku_number", "product_number", "ean_number", "value", "netto_extra_price",
    /// "active"}], "removed". The id; null when it is refused.
    Json set_product(const Json& change);
    /// {"quantity", "managed", "sold"}; empty on success, else why not.
    std::string set_stock(std::string_view sku, const Json& change);
    /// [{"id", "sku", "main", "type", "text", "ends"}]: ends: the last bytes of the picture
    Json photos() const;
    /// As a person does in the back office; false: there is no such product.
    bool add_photo(std::string_view sku);
    /// {"categories": as the API shows them, "links": [{"id", "sku", "category", "name"}]}
    Json shelves() const;
    /// As a person does in the back office: makes a category, or changes or removes ("removed") the one with this "id",
    /// with the names of requests; links the product with this "sku" to a "category", or removes the link with this
    /// "id". The id; null: there is no such thing.
    Json set_category(const Json& change);
    Json set_link(const Json& change);
    /// Registers somebody, or changes the one with this "id": "email", "company", "vat_number", "organisation_number",
    /// "first_name", "last_name", "street", "zipcode", "city", "country_code", "telephone", "status", "approved",
    /// "removed". The id; null: there is no such user.
    Json set_user(const Json& change);
    /// Orders are written out anew, after a switch changed their form.
    void forget_texts();
    void each_order(const std::function<void(const ShopOrder&)>& visit) const;
    const std::vector<Product>& products() const { return generator_.products(); }
    const std::vector<Buyer>& buyers() const { return generator_.buyers(); }

private:
    struct Entry {
        ShopOrder order;
        std::string text;  ///< order object, escaped; empty until asked for
        std::vector<std::string> row_texts;
        std::vector<Json> notes;
    };
    struct Webhook {
        std::string event, address, created;
        bool active = true;
    };
    struct ProductLink {
        std::int64_t product = 0, category = 0;
    };
    struct Photo {
        std::int64_t product = 0;
        std::string type, text;
        bool main = false;
        std::string end;  ///< of its bytes
    };
    struct Page {
        int start = 0;
        int size = 0;
    };
    struct Call;

    Reply refuse(int status, std::string_view code, std::string_view message) const;
    Reply invalid(std::string_view message) const { return refuse(400, "400.10", message); }
    Reply sign(const Request& request, Reply reply) const;
    bool signature_right(const Request& request) const;
    Reply route(const Call& call);
    Reply orders(const Call& call);
    Reply order_list(const Call& call);
    Reply order_patch(const Call& call, Entry& entry);
    std::string patch_field(ShopOrder& order, std::string_view name, const Json& value) const;
    Reply order_rows(const Call& call, Entry& entry);
    Reply order_row(const Call& call);
    Reply order_notes(const Call& call, Entry& entry);
    Reply product_calls(const Call& call);
    Reply product_list(const Call& call);
    Reply product_patch(const Call& call, const Product& product, std::span<const Writable> writable);
    Reply product_post(const Call& call);
    std::string take_properties(const Json& body, std::span<const Writable> writable, Shelf& shelf,
                                Json& written) const;
    /// Those of the start, then those that were made.
    std::vector<const Product*> all_products() const;
    std::string number_of(const Product& product) const;
    std::string ean_of(const Product& product) const;
    const Product* product(std::int64_t id) const;
    bool has_variants(const Product& product) const;
    std::vector<Json> combinations(const Product& product) const;
    Reply combination_call(const Call& call);
    void tell_product(std::string_view event, std::int64_t id) const;
    std::string product_text(const Product& product, std::string_view expand) const;
    static std::string_view expand_of(const Call& call);
    static bool expand_right(const Call& call);
    Shelf shelf(const Product& product) const;
    Reply pages(const Call& call, const std::vector<std::string>& texts) const;
    Reply product_queries(const Call& call);
    Reply category_calls(const Call& call);
    Reply category_list(const Call& call, std::int64_t parent) const;
    Json category_json(std::int64_t id, const Json& written) const;
    std::string take_category(const Json& body, Json& written) const;
    void remove_category(std::int64_t id);
    Reply link_calls(const Call& call);
    /// 0: of any.
    Reply link_list(const Call& call, std::int64_t product, std::int64_t category) const;
    std::vector<Json> links_of(std::int64_t product, std::int64_t category) const;
    Json link_json(std::int64_t id, const ProductLink& link) const;
    Reply photo_calls(const Call& call, std::int64_t product);
    Reply photo_call(const Call& call);
    Json photo_json(std::int64_t id, const Photo& photo) const;
    Reply user_calls(const Call& call);
    Reply webhook_calls(const Call& call);
    Json webhook_json(std::int64_t id, const Webhook& hook) const;
    void tell_status(const ShopOrder& order, int before) const {
        tell("orders.updated.status", order, Json::object({{"previous_status", before}, {"status", order.status}}));
    }
    void tell(std::string_view event, const ShopOrder& order, const Json& more = {}) const;
    Reply webshop_calls(const Call& call);
    Reply reference_lists(const Call& call);
    Reply whole_list(const Call& call, std::string_view path, std::vector<Json> items) const;
    Reply json_page(const Call& call, const std::vector<const std::string*>& items, bool paged) const;
    std::string unknown_parameters(const Call& call, std::initializer_list<std::string_view> allowed) const;
    std::string page_of(const Call& call, Page& page) const;
    std::string date_filter(const std::string& text, bool least, std::int64_t& edge) const;
    const std::vector<std::size_t>& sorted(std::string_view key);
    Entry* find(std::int64_t id);
    void render(Entry& entry) const;
    void render_rows(Entry& entry) const;
    std::string api(std::string_view path) const { return base_ + "/api/rest/v1" + std::string{path}; }

    Keys keys_;
    Generator generator_;
    const SimClock& clock_;
    const Switches& switches_;
    Meter& meter_;
    std::string base_ = "http://127.0.0.1";
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Entry>> entries_;  // by ascending order id
    std::vector<User> users_;                      // by ascending id
    std::map<std::int64_t, std::size_t> row_owner_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> sort_cache_;
    std::int64_t next_note_ = 70'000'001;
    std::map<std::int64_t, Webhook> webhooks_;
    std::int64_t next_webhook_ = 880'001;
    Caller call_;
    std::map<std::int64_t, Shelf> shelves_;  ///< by id of the product; what was never changed is not there
    std::deque<Product> made_;
    std::map<std::int64_t, Json> categories_;  ///< properties with their names in requests
    std::map<std::int64_t, ProductLink> links_;
    std::map<std::int64_t, Photo> photos_;
    std::int64_t next_photo_ = 7'200'001;
    std::int64_t next_category_ = 910'001, next_link_ = 5'100'001;
    std::map<std::int64_t, Json> variants_;  ///< those that a person gave a product, by its id
    std::set<std::int64_t> removed_;         ///< products
    std::map<std::int64_t, Json> written_;   ///< properties that were written over the API, by id of the product
};

/// The vendor's objects as JSON, links with the given API root.
std::string order_text(const ShopOrder& order, const std::string& api_root, const Switches& switches);
Json row_json(const ShopOrder& order, const ShopRow& row, const std::string& api_root);
/// written: properties with their names in requests, which go before those of the product.
Json product_json(const Product& product, const std::string& api_root, const Shelf& shelf, const Json& written = {});
Json combination_json(const Product& product, const std::string& api_root, const Shelf& shelf);
std::string user_text(const User& user, const std::string& api_root);
Json settings_json(std::string_view webshop_href);

}  // namespace brygga::sim
