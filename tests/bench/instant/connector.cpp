// instant: a shop and books without HTTP, for benchmarks: what an order costs the host alone. The shop has `orders`
// orders of `customers` customers with two articles; the books take everything at once and compute nothing.
#include <atomic>
#include <string>

#include "brygga/sdk/connector.hpp"

namespace brygga::instant {
namespace {

using sdk::Call;
using sdk::Page;

constexpr std::string_view manifest_text =
    R"({"id":"instant","name":"Instant","version":"1.0.0","vendor":"Example","entities":{
    "order":{"poll":true},
    "customer":{"list":true,"find":["id","email"],"create":["person"],"idempotency":"header"},
    "product":{"list":true,"find":["id","sku"],"create":["article"],"idempotency":"header"},
    "document":{"kinds":["order"],"create":["order"],"list":true,"find":["reference"],"idempotency":"header",
        "reference":{"field":"Reference","length":35,"unique":true}}},
    "config":{"type":"object","properties":{"orders":{"type":"integer","default":1000},"customers":{"type":"integer","default":100}}},
    "secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],"max_concurrency":64,
    "arithmetic":{"prices":"gross","price_decimals":2,"quantity_decimals":{"order":4},"tax_rounding":"document_rate",
        "negative_rows":false,"zero_rated_cases":["reverse_charge","export"]},
    "options":["tax_treatment"],"errors":[]})";

class Connector {
public:
    static constexpr std::string_view manifest = manifest_text;

    Connector(sdk::Host, const Json& config)
        : orders_{config["orders"].integer(1000)}, customers_{config["customers"].integer(100)} {}

    void check(Call&) {}
    Json describe(Call&) {
        return Json::object({{"account", Json::object({{"id", "1"},
                                                       {"name", "Instant"},
                                                       {"country", "SE"},
                                                       {"currency", "SEK"},
                                                       {"time_zone", "Europe/Stockholm"}})}});
    }
    void poll(Call&, const sdk::PollRequest& request, Page& page) {
        std::int64_t next = request.cursor["next"].integer(0);
        for (unsigned given = 0; given < request.max_items && next < orders_; ++given) page.entity(row(next++));
        page.checkpoint(Json::object({{"next", next}}), next < orders_);
    }
    void list(Call&, const sdk::ListRequest&, Page& page) { page.checkpoint(Json::object(), false); }
    void find(Call&, const Json&, Page&) {}
    void options(Call&, std::string_view, Page& page) {
        page.entity(Json::object(
            {{"id", "1"}, {"label", "25 %"}, {"active", true}, {"attributes", Json::object({{"rate", 25}})}}));
    }
    Json deliver(Call&, const Json& document, std::string_view) {
        const std::string id = std::to_string(++made_);
        const std::string_view type = document["type"].string();
        const Json& expect = document["expect"];
        Json totals{};
        if (expect.is_object()) {
            const Decimal net = expect["net"].decimal().value_or(Decimal{}),
                          gross = expect["gross"].decimal().value_or(Decimal{});
            totals = Json::object({{"net", net}, {"tax", gross - net}, {"gross", gross}});
        }
        Json keys = Json::object();
        if (type == "customer") keys.set("email", document["fields"]["email"]);
        if (type == "product") keys.set("sku", document["fields"]["sku"]);
        if (type == "document") keys.set("reference", document["reference"]);
        return Json::object({{"id", id},
                             {"number", type == "product" ? document["fields"]["sku"] : Json{id}},
                             {"kind", document["kind"]},
                             {"state", "open"},
                             {"keys", std::move(keys)},
                             {"fields", document["fields"]},
                             {"totals", std::move(totals)},
                             {"changed", Json::object()},
                             {"notices", Json::array()}});
    }

private:
    Json row(std::int64_t n) const {
        const std::string number = std::to_string(n), customer = std::to_string(n % customers_);
        Json order = *Json::parse(
            R"({"status":"new","placed_at":"2026-03-01T10:00:00Z","currency":"SEK","language":"sv","prices_include_tax":true,
            "billing":{"name":"Anna Lind","line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"},
            "payment":{"state":"paid","method":"ideal"},
            "lines":[{"kind":"product","sku":"MUG","name":"Mug","quantity":1,"unit_price":125,"discount":0,"total":125,"rate":25},
            {"kind":"product","sku":"CUP","name":"Cup","quantity":2,"unit_price":50,"discount":0,"total":100,"rate":25}],
            "stated":{"gross":225}})");
        order.set("id", number).set("number", number);
        order.set(
            "customer",
            Json::object({{"kind", "person"}, {"name", "Anna Lind"}, {"email", "anna" + customer + "@example.com"}}));
        return Json::object({{"type", "order"},
                             {"id", number},
                             {"number", number},
                             {"revision", "1"},
                             {"entity", std::move(order)},
                             {"raw", Json::object({{"id", n}})}});
    }

    static inline std::atomic<std::int64_t> made_{0};
    std::int64_t orders_, customers_;
};

}  // namespace
}  // namespace brygga::instant

BRYGGA_CONNECTOR(brygga::instant::Connector)
