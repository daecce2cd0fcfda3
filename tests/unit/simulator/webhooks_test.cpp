// Webhooks of both vendors: what is refused, what is sent, and how the switch spoils it.
#include <condition_variable>
#include <mutex>

#include "support.hpp"

namespace brygga::sim::test {
namespace {

/// Takes what the vendors send.
class Called : public Vendors {
protected:
    void SetUp() override {
        open(3);
        ASSERT_TRUE(receiver.start(0));
        address = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/hooks/shop/k";
    }
    std::vector<Json> calls(std::size_t count) {
        std::unique_lock lock{mutex};
        came.wait(lock, [&] { return bodies.size() >= count; });
        return bodies;
    }
    Reply add(const std::string& body) { return shop("POST", "/webhooks/", body); }
    std::string registration(const std::string& event) const {
        return Json::object({{"event", event}, {"address", address}}).dump();
    }
    Reply economic(const std::string& method, const std::string& path, const Json& body = {}) {
        Request request{method, "/webhooksapi/v1.0.0" + path, body.is_null() ? "" : body.dump(), {}};
        request.headers = {{"x-appsecrettoken", std::string{Economic::app_secret_token}},
                           {"x-agreementgranttoken", std::string{Economic::agreement_grant_token}},
                           {"content-type", "application/json"}};
        return simulation->economic().serve(request);
    }
    static std::string error_of(const Reply& reply) {
        const Json body = Json::parse(reply.body).value_or(Json{});
        return std::to_string(reply.status) + "/" + std::string{body["errors"].at(0)["errorCode"].string()};
    }
    Json wish() const {
        return Json::object({{"eventType", "INVOICE_BOOKED"},
                             {"name", "x"},
                             {"url", address},
                             {"contentType", "application/json"},
                             {"postData", R"({"a":1})"}});
    }

    std::mutex mutex;
    std::condition_variable came;
    std::vector<Json> bodies;
    HttpServer receiver{[this](const Request& request) {
        const std::lock_guard lock{mutex};
        bodies.push_back(Json::parse(request.body).value_or(Json{}));
        came.notify_all();
        return Reply{};
    }};
    std::string address;
};

TEST_F(Called, TheShopIsStrict) {
    EXPECT_EQ(code(add("[]")), "400/400.10");
    EXPECT_EQ(code(add(R"({"event":"orders.created"})")), "400/400.10");
    EXPECT_EQ(code(add(R"({"event":"orders.ispaid","address":"https://x.example/"})")), "400/400.10");
    EXPECT_EQ(code(add(R"({"event":"orders.created","address":"x"})")), "400/400.10");
    EXPECT_EQ(code(add(R"({"event":"orders.created","address":"https://x.example/","key":"k"})")), "400/400.10");
    const Reply made = add(registration("orders.created"));
    EXPECT_EQ(made.status, 201);
    const Json hook = Json::parse(made.body).value_or(Json{});
    EXPECT_EQ(hook["address"].string(), address);
    EXPECT_FALSE(hook["key"].string().empty());
    EXPECT_EQ(shop_items("/webhooks/").size(), 1u);
    const std::string path = "/webhooks/" + std::string{hook["id"].text()} + "/";
    EXPECT_EQ(code(shop("PATCH", path, R"({"event":"orders.deleted"})")), "400/400.10");
    EXPECT_EQ(shop("PATCH", path, R"({"is_active":false})").status, 204);
    EXPECT_EQ(shop("DELETE", path).status, 204);
    EXPECT_EQ(code(shop("DELETE", path)), "404/404.10");
    set("webhook_answer", "none");
    EXPECT_EQ(add(registration("orders.created")).status, 204);
}

TEST_F(Called, TheShopTellsWhatHappensToOrders) {
    add(registration("orders.created"));
    add(registration("orders.updated.status"));
    const Json numbers = simulation->shop().add_orders(1, "");
    const Json created = calls(1)[0];
    EXPECT_TRUE(created["id"].is_number());
    EXPECT_FALSE(created.has("event"));
    const std::string number{created["ordernumber_full"].string()};
    EXPECT_EQ(simulation->shop().change_order(number, Json::object({{"status", 9}})), "");
    const Json changed = calls(2)[1];
    EXPECT_EQ(changed["status"].integer(), 9);
    EXPECT_TRUE(changed.has("previous_status"));
    EXPECT_EQ(changed["id"], created["id"]);
}

TEST_F(Called, TheSwitchDoublesAndLoses) {
    add(registration("orders.created"));
    set("webhooks", "lost");
    simulation->shop().add_orders(1, "");
    set("webhooks", "doubled");
    simulation->shop().add_orders(1, "");
    EXPECT_EQ(calls(2)[0], calls(2)[1]);
    EXPECT_EQ(calls(2).size(), 2u);
}

TEST_F(Called, EconomicIsStrict) {
    EXPECT_EQ(error_of(economic("POST", "/webhooks", wish())), "400/WebhookInvalidUrlScheme");
    set("economic_webhook_url", "loopback");
    Json wrong = wish();
    EXPECT_EQ(error_of(economic("POST", "/webhooks", wrong.set("eventType", "PRODUCT_UPDATED"))),
              "400/WebhookInvalidType");
    wrong = wish();
    EXPECT_EQ(economic("POST", "/webhooks", wrong.set("color", "red")).status, 400);
    EXPECT_EQ(economic("POST", "/webhooks", Json::object({{"eventType", "INVOICE_BOOKED"}})).status, 400);
    const Reply made = economic("POST", "/webhooks", wish());
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.body, R"({"eventType":"INVOICE_BOOKED"})");
    EXPECT_EQ(error_of(economic("POST", "/webhooks", wish())), "400/WebhookAlreadyExistsForEventType");
    EXPECT_EQ(economic("PUT", "/webhooks", wish()).status, 409) << "without the version";
    Json present = Json::parse(economic("GET", "/webhooks/INVOICE_BOOKED").body).value_or(Json{});
    Json next = wish();
    EXPECT_EQ(economic("PUT", "/webhooks", next.set("objectVersion", present["objectVersion"])).status, 204);
    EXPECT_EQ(economic("DELETE", "/webhooks/INVOICE_BOOKED").status, 204);
    EXPECT_EQ(economic("DELETE", "/webhooks/INVOICE_BOOKED").status, 404);
    EXPECT_EQ(economic("PUT", "/webhooks", wish()).status, 404);
    set("economic_product_event", "known");
    EXPECT_NE(economic("GET", "/EventTypes").body.find("PRODUCT_UPDATED"), std::string::npos);
}

TEST_F(Called, EconomicSendsTheTextThatWasOrdered) {
    set("economic_webhook_url", "loopback");
    set("economic_product_event", "known");
    Json product = wish();
    product.set("eventType", "PRODUCT_UPDATED");
    EXPECT_EQ(economic("POST", "/webhooks", product).status, 201);
    simulation->economic().set_article(Json::object({{"sku", "NEW-1"}, {"name", "Mug"}}));
    EXPECT_EQ(calls(1)[0].dump(), R"({"a":1})");
}

}  // namespace
}  // namespace brygga::sim::test
