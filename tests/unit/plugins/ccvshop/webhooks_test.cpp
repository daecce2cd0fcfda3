// Registrations at the shop, and what its calls say.
#include "webhooks.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::FakeHost;
using testing::HttpCall;
using testing::Instance;
using testing::Outcome;

constexpr std::string_view address = "https://brygga.example/hooks/shop/kkkk";
const std::string webhooks = std::string{shop_url} + "/api/rest/v1/webhooks/";

Json hook(int id, std::string_view event, std::string_view at, bool active = true) {
    return Json::object({{"href", webhooks + std::to_string(id) + "/"},
                         {"id", id},
                         {"createdate", "2026-01-14T12:00:00Z"},
                         {"event", event},
                         {"address", at},
                         {"key", "exampleWebhookKey0123456789"},
                         {"is_active", active}});
}

class Webhooks : public ::testing::Test {
protected:
    void lists(const std::vector<Json>& hooks) {
        Json items = Json::array();
        for (const Json& one : hooks) items.push(one);
        host.http("GET", webhooks + "?*").answer(200, Json::object({{"href", webhooks}, {"items", items}}));
    }
    static Json request(std::string_view id = {}) {
        return Json::object({{"id", id}, {"events", Json::array({"orders.created"})}, {"url", address}});
    }
    Outcome decode(std::string_view event, std::string_view body) {
        return shop.decode(Json::object(
            {{"headers", Json::object()}, {"body_base64", crypto::base64(body)}, {"url", address}, {"event", event}}));
    }
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }

    FakeHost host;
    Instance shop{host, *brygga_plugin_entry(), Json::object({{"base_url", "https://shop.example/"}})};
};

TEST_F(Webhooks, AreRegisteredOneForAnEvent) {
    lists({hook(1, "orders.created", "https://other.example/in")});
    host.http("POST", webhooks)
        .answer(201, hook(880001, "orders.created", address))
        .check([](const HttpCall& call) -> std::string {
            if (call.request["idempotent"].boolean()) return "a POST may not be repeated";
            return call.body_json().dump() ==
                           R"({"event":"orders.created","address":"https://brygga.example/hooks/shop/kkkk","is_active":true})"
                       ? ""
                       : call.body;
        });
    const Outcome got = shop.subscribe(request());
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].text(), "880001");
    EXPECT_EQ(got.result["secrets"]["key"].string(), "exampleWebhookKey0123456789");
}

TEST_F(Webhooks, OneThatIsThereIsKept) {
    lists({hook(7, "orders.created", address), hook(8, "orders.updated.status", address)});
    const Outcome got = shop.subscribe(request("7"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].text(), "7");
}

TEST_F(Webhooks, OneThatWasSwitchedOffIsSwitchedOn) {
    lists({hook(7, "orders.created", address, false)});
    host.http("PATCH", webhooks + "7/").answer(204);
    EXPECT_TRUE(shop.subscribe(request("7")).ok());
}

TEST_F(Webhooks, LeftoversOfThisConnectionGoAndNoOthers) {
    lists({hook(1, "orders.created", "https://brygga.example/hooks/shop/older"),
           hook(2, "orders.created", "https://brygga.example/hooks/shop-2/older"),
           hook(3, "orders.created", "https://brygga.example/hooks/shop/older/x"),
           hook(4, "orders.updated.status", "https://brygga.example/hooks/shop/older"),
           hook(5, "orders.created", address), hook(6, "orders.created", address)});
    host.http("DELETE", webhooks + "1/").answer(204);
    host.http("DELETE", webhooks + "6/").answer(204);
    EXPECT_EQ(shop.subscribe(request()).result["id"].text(), "5");
}

TEST_F(Webhooks, AnAnswerWithoutTheRecordIsLookedUp) {
    lists({});
    host.http("POST", webhooks).answer(204);
    lists({hook(9, "orders.created", address)});
    EXPECT_EQ(shop.subscribe(request()).result["id"].text(), "9");
}

TEST_F(Webhooks, ARefusalIsTold) {
    host.http("GET", webhooks + "?*").answer(403, R"({"status":403,"code":"403.10"})");
    const Outcome got = shop.subscribe(request());
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_NE(got.remedy.find("webhook: true"), std::string::npos) << got.remedy;
}

TEST_F(Webhooks, AreEndedByIdOrByAddress) {
    host.http("DELETE", webhooks + "7/").answer(204);
    EXPECT_TRUE(shop.unsubscribe(request("7")).ok());
    host.http("DELETE", webhooks + "7/").answer(404, R"({"status":404,"code":"404.10"})");
    EXPECT_TRUE(shop.unsubscribe(request("7")).ok()) << "it is gone already";
    lists({hook(8, "orders.created", address)});
    host.http("DELETE", webhooks + "8/").answer(204);
    EXPECT_TRUE(shop.unsubscribe(request()).ok());
    lists({});
    EXPECT_TRUE(shop.unsubscribe(request()).ok());
}

TEST_F(Webhooks, ACallNamesItsOrder) {
    const Outcome got = decode("orders.updated.status", R"({
        "triggered_at": "2026-01-14T13:05:30Z", "href": "https://webshop.example/api/rest/v1/orders/340000123",
        "id": 340000123, "order_number": 42, "ordernumber_prefix": "ORD2026", "ordernumber_full": "ORD2026-000042",
        "total_price": 56.3, "previous_status": 1, "status": 5, "customer_email": "x@example.com"})");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 1u);
    EXPECT_EQ(got.rows[0].dump(), R"({"type":"order","id":"340000123"})");
    EXPECT_EQ(decode("orders.created", R"({"id":"7","customer_email":""})").rows.at(0)["id"].string(), "7");
    EXPECT_EQ(decode("products.updated", "{}").rows.at(0)["type"].string(), "product") << "its payload is not known";
}

TEST_F(Webhooks, AnythingElseIsForged) {
    for (const std::string& body :
         {std::string{}, std::string{"[]"}, std::string{"{}"}, std::string{R"({"id":"../1"})"},
          std::string{R"({"id":{}})"}, std::string{"{\"id\":1"}, std::string{"\xff\xfe"},
          std::string(70'000, ' ') + "{\"id\":1}",
          "{\"id\":1,\"a\":" + std::string(50, '[') + std::string(50, ']') + "}"}) {
        const Outcome got = decode("orders.created", body);
        EXPECT_EQ(got.status, BRYGGA_REJECTED) << body.substr(0, 60);
        EXPECT_EQ(got.code, "webhook.forged");
        EXPECT_EQ(got.rows.size(), 0u);
    }
    const Outcome unreadable = shop.decode(Json::object({{"body_base64", "%"}, {"event", "orders.created"}}));
    EXPECT_EQ(unreadable.code, "webhook.forged");
}

}  // namespace
}  // namespace brygga::ccvshop
