// The one webhook that an agreement has for an event, and what its calls say.
#include "webhooks.h"

#include "base/crypto.h"
#include "samples.h"

namespace brygga::economic {
namespace {

using testing::HttpCall;
using testing::Outcome;

constexpr std::string_view address = "https://brygga.example/hooks/books/kkkk";
const std::string api = "https://apis.example/webhooksapi/v1.0.0";

class Webhooks : public ::testing::Test {
protected:
    static Json request(std::string_view event = "INVOICE_BOOKED") {
        return Json::object({{"id", ""}, {"events", Json::array({event})}, {"url", address}});
    }
    void present(std::string_view url, bool disabled = false) {
        host.http("GET", api + "/webhooks/INVOICE_BOOKED")
            .answer(200, Json::object({{"eventType", "INVOICE_BOOKED"},
                                       {"name", "x"},
                                       {"url", url},
                                       {"contentType", "application/json"},
                                       {"isDisabled", disabled},
                                       {"objectVersion", "v7"}}));
    }
    void absent() {
        host.http("GET", api + "/webhooks/INVOICE_BOOKED")
            .answer(404, R"({"type":"about:blank","title":"Resource not found","status":404})");
    }
    Outcome decode(std::string_view event, std::string_view body) {
        return books.decode(Json::object(
            {{"headers", Json::object()}, {"body_base64", crypto::base64(body)}, {"url", address}, {"event", event}}));
    }
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }

    testing::FakeHost host;
    testing::Instance books{host, *brygga_plugin_entry(),
                            Json::object({{"rest_url", "https://books.example"}, {"api_url", "https://apis.example"}})};
};

TEST_F(Webhooks, AreRegistered) {
    absent();
    host.http("POST", api + "/webhooks")
        .answer(201, R"({"eventType":"INVOICE_BOOKED"})")
        .check([](const HttpCall& call) -> std::string {
            const Json body = call.body_json();
            if (call.request["read"].boolean()) return "marked as a read";
            if (body["url"].string() != address || body["eventType"].string() != "INVOICE_BOOKED") return call.body;
            if (body["contentType"].string() != "application/json" || body["isDisabled"].boolean(true))
                return call.body;
            return body["postData"].string() == R"({"event":"INVOICE_BOOKED"})" ? "" : call.body;
        });
    const Outcome got = books.subscribe(request());
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].string(), "INVOICE_BOOKED");
}

TEST_F(Webhooks, OurOwnIsKeptOrPutRight) {
    present(address);
    EXPECT_TRUE(books.subscribe(request()).ok());
    const auto is_ours = [](const HttpCall& call) -> std::string {
        const Json body = call.body_json();
        return body["url"].string() == address && body["objectVersion"].string() == "v7" ? "" : call.body;
    };
    for (const bool disabled : {true, false}) {
        present(disabled ? address : "https://brygga.example/hooks/books/older", disabled);
        host.http("PUT", api + "/webhooks").answer(204).check(is_ours);
        EXPECT_TRUE(books.subscribe(request()).ok());
    }
}

TEST_F(Webhooks, AnotherProgramsStays) {
    present("https://other.example/in");
    Outcome got = books.subscribe(request());
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(got.code, "WebhookAlreadyExistsForEventType");
    present("https://other.example/in");
    EXPECT_TRUE(books.unsubscribe(request()).ok());
}

TEST_F(Webhooks, RefusalsAreTold) {
    for (const auto& [code, status] : {std::pair{"WebhookInvalidType", BRYGGA_UNSUPPORTED},
                                       std::pair{"WebhookInvalidUrlScheme", BRYGGA_MISCONFIGURED},
                                       std::pair{"WebhookAlreadyExistsForEventType", BRYGGA_MISCONFIGURED}}) {
        absent();
        host.http("POST", api + "/webhooks")
            .answer(400, Json::object({{"title", "No"},
                                       {"status", 400},
                                       {"errors", Json::array({Json::object({{"errorCode", code}})})}}));
        const Outcome got = books.subscribe(request());
        EXPECT_EQ(got.status, status) << got.text();
        EXPECT_EQ(got.code, code);
    }
    host.http("GET", api + "/webhooks/INVOICE_BOOKED").answer(403, "{}");
    EXPECT_EQ(books.subscribe(request()).code, "http.403");
    EXPECT_EQ(books.subscribe(request("invoice/booked")).code, "WebhookInvalidType") << "no such path is asked";
}

TEST_F(Webhooks, AreEnded) {
    present(address);
    host.http("DELETE", api + "/webhooks/INVOICE_BOOKED").answer(204);
    EXPECT_TRUE(books.unsubscribe(request()).ok());
    absent();
    EXPECT_TRUE(books.unsubscribe(request()).ok());
}

TEST_F(Webhooks, ACallHasTheTextThatWasOrdered) {
    Outcome got = decode("INVOICE_BOOKED", R"({"event":"INVOICE_BOOKED"})");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.rows.at(0)["type"].string(), "order_status");
    EXPECT_EQ(decode("PRODUCT_UPDATED", R"({ "event" : "PRODUCT_UPDATED" })").rows.at(0)["type"].string(), "product");
    for (const std::string& body : {std::string{}, std::string{"{}"}, std::string{R"({"event":"PRODUCT_UPDATED"})"},
                                    std::string{R"({"event":"INVOICE_BOOKED","x":1})"}, std::string(70'000, '1')}) {
        got = decode("INVOICE_BOOKED", body);
        EXPECT_EQ(got.status, BRYGGA_REJECTED) << body.substr(0, 60);
        EXPECT_EQ(got.code, "webhook.forged");
    }
}

}  // namespace
}  // namespace brygga::economic
