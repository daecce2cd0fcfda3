#include "support.hpp"

namespace brygga::sim::test {
namespace {

class FaultsOnTheWire : public Vendors {
protected:
    void SetUp() override {
        open(1, true);
        port = port_of(simulation->ready()["eaccounting"].string());
        body = customer_body("Anna", true).dump();
        seeded = customers();
    }
    static int port_of(std::string_view url) {
        const auto at = url.rfind(':');
        int n = 0;
        for (std::size_t i = at + 1; i < url.size() && url[i] >= '0' && url[i] <= '9'; ++i) n = n * 10 + (url[i] - '0');
        return n;
    }
    std::int64_t customers() { return ledger_json("/customers")["Meta"]["TotalNumberOfResults"].integer(-1); }
    void order_fault(const std::string& json) {
        Request request{"POST", "/faults", json, {}};
        const Reply reply = simulation->control(request);
        ASSERT_EQ(reply.status, 200) << reply.body;
    }
    Wire post() const {
        return send_raw(port,
                        "POST /v2/customers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                        "application/json\r\nAuthorization: Bearer " +
                            token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    std::int64_t written() { return customers() - seeded; }

    int port = 0;
    std::string body;
    std::int64_t seeded = 0;
};

TEST_F(FaultsOnTheWire, NoneGivesTheAnswer) {
    EXPECT_TRUE(post().answer.starts_with("HTTP/1.1 201 Created\r\n"));
    EXPECT_EQ(written(), 1);
}

TEST_F(FaultsOnTheWire, ErrorsAreGivenWithoutEffect) {
    for (const char* status : {"429", "500", "502", "503"}) {
        order_fault(
            std::string{
                R"({"vendor":"eaccounting","method":"POST","path":"/customers$","times":1,"retry_after":"7","fault":")"} +
            status + "\"}");
        const Wire wire = post();
        EXPECT_TRUE(wire.answer.starts_with(std::string{"HTTP/1.1 "} + status)) << wire.answer;
        EXPECT_NE(wire.answer.find("Retry-After: 7\r\n"), std::string::npos);
    }
    order_fault(R"({"vendor":"eaccounting","fault":"expired_token","times":1})");
    EXPECT_NE(post().answer.find("\"ErrorCode\":4005"), std::string::npos);
    EXPECT_EQ(written(), 0);
}

TEST_F(FaultsOnTheWire, ResetBeforeChangesNothing) {
    order_fault(R"({"vendor":"*","fault":"reset_before","times":1})");
    const Wire wire = post();
    EXPECT_TRUE(wire.reset);
    EXPECT_EQ(wire.answer, "");
    EXPECT_EQ(written(), 0);
}

TEST_F(FaultsOnTheWire, ResetAfterHasTakenEffect) {
    order_fault(R"({"vendor":"eaccounting","method":"POST","fault":"reset_after","times":1})");
    const Wire wire = post();
    EXPECT_TRUE(wire.reset);
    EXPECT_EQ(wire.answer, "");
    EXPECT_EQ(written(), 1);
}

TEST_F(FaultsOnTheWire, TruncatedAnswersEndEarly) {
    order_fault(R"({"fault":"truncated","times":1})");
    const Wire wire = post();
    EXPECT_TRUE(wire.answer.starts_with("HTTP/1.1 201"));
    const auto at = wire.answer.find("Content-Length: ");
    const std::size_t promised = std::stoul(wire.answer.substr(at + 16));
    EXPECT_LT(wire.answer.size() - wire.answer.find("\r\n\r\n") - 4, promised);
    EXPECT_EQ(written(), 1);
}

TEST_F(FaultsOnTheWire, HtmlAndGarbageMayHideAnEffect) {
    order_fault(R"({"fault":"html","status":200,"times":1})");
    EXPECT_NE(post().answer.find("Content-Type: text/html"), std::string::npos);
    EXPECT_EQ(written(), 0);
    order_fault(R"({"fault":"html","applied":true,"times":1})");
    EXPECT_TRUE(post().answer.starts_with("HTTP/1.1 502"));
    EXPECT_EQ(written(), 1);
    order_fault(R"({"fault":"garbage","times":1})");
    const Wire wire = post();
    EXPECT_FALSE(Json::parse(wire.answer.substr(wire.answer.find("\r\n\r\n") + 4)));
    EXPECT_EQ(written(), 1);
}

TEST_F(FaultsOnTheWire, SlowAnswersComeLate) {
    order_fault(R"({"fault":"slow","delay_ms":1,"times":1})");
    EXPECT_TRUE(post().answer.starts_with("HTTP/1.1 201"));
    const Json faults = *Json::parse(simulation->control({"GET", "/faults", "", {}}).body);
    EXPECT_EQ(faults.at(0)["hits"].integer(0), 1);
}

TEST_F(FaultsOnTheWire, AreEndedAndCheckedAtTheControlEndpoint) {
    order_fault(R"({"fault":"500"})");
    EXPECT_TRUE(post().answer.starts_with("HTTP/1.1 500"));
    simulation->control({"DELETE", "/faults", "", {}});
    EXPECT_TRUE(post().answer.starts_with("HTTP/1.1 201"));
    for (const char* bad : {R"({"fault":"flood"})", R"({"fault":"500","path":"("})",
                            R"({"fault":"500","probability":2})", R"({"vendor":"x","fault":"500"})", "["})
        EXPECT_EQ(simulation->control({"POST", "/faults", bad, {}}).status, 400) << bad;
}

TEST_F(FaultsOnTheWire, TheServerKeepsItsBounds) {
    EXPECT_TRUE(send_raw(port, "GET nowhere\r\n\r\n").answer.starts_with("HTTP/1.1 400"));
    EXPECT_TRUE(
        send_raw(port, "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n").answer.starts_with("HTTP/1.1 413"));
    EXPECT_TRUE(
        send_raw(port, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").answer.starts_with("HTTP/1.1 501"));
    EXPECT_TRUE(
        send_raw(port, "GET /v2/units HTTP/1.1\r\nConnection: close\r\n\r\n").answer.starts_with("HTTP/1.1 401"));
}

TEST_F(FaultsOnTheWire, ControlChangesClockSwitchesAndOrders) {
    const auto post_to = [&](const char* path, const char* json) {
        return simulation->control({"POST", path, json, {}});
    };
    EXPECT_EQ(post_to("/clock", R"({"offset_ms":600000})").status, 200);
    EXPECT_EQ(simulation->clock().now(), fixed_now + 600);
    EXPECT_EQ(post_to("/switches", R"({"order_amount":"incl"})").status, 200);
    EXPECT_EQ(post_to("/switches", R"({"order_amount":"maybe"})").status, 400);
    EXPECT_EQ(post_to("/shop/orders", R"({"n":2,"kind":"gift"})").status, 200);
    EXPECT_EQ(post_to("/shop/orders", R"({"n":2,"kind":"riddle"})").status, 400);
    const Json before = *Json::parse(simulation->control({"GET", "/report", "", {}}).body);
    EXPECT_EQ(before["shop"]["orders"].integer(0), 3);
    const std::string number{before["orders"].at(0)["number"].string()};
    EXPECT_EQ(
        simulation->control({"PATCH", "/shop/orders/" + number, R"({"paid":false,"status":8,"edit":true})", {}}).status,
        200);
    const Json after = *Json::parse(simulation->control({"GET", "/report", "", {}}).body);
    EXPECT_FALSE(after["orders"].at(0)["eligible"].boolean(true));
    EXPECT_GT(*after["orders"].at(0)["gross"].decimal(), *before["orders"].at(0)["gross"].decimal());
}

}  // namespace
}  // namespace brygga::sim::test
