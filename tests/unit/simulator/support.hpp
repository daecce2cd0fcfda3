// What the simulator's tests share: a fixed clock, a signed shop client, an authorised ledger client, a raw socket.
// Test code; one fixture per test, no state between tests.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "simulation.hpp"

namespace brygga::sim::test {

inline constexpr std::int64_t fixed_now = 1'795'500'000;  // 2026-11-24

inline SimClock::Source fixed_clock() {
    return [] { return fixed_now * 1000; };
}

inline std::string encoded(std::string_view text) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            out += c;
        else
            (out += '%') += {hex[static_cast<unsigned char>(c) >> 4], hex[c & 15]};
    }
    return out;
}

/// Both vendors without sockets.
class Vendors : public ::testing::Test {
protected:
    void open(int orders = 0, bool clean = false) {
        SimulationOptions options;
        options.generator.orders = orders;
        options.generator.clean = clean;
        options.generator.known_share = 100;
        simulation = std::make_unique<Simulation>(options, fixed_clock());
        ASSERT_EQ(simulation->start(), "");
        token = access_token(simulation->identity().consent());
    }

    Request shop_request(const std::string& method, const std::string& target, const std::string& body = {}) const {
        const std::string date = utc_text(simulation->clock().now());
        Request request{method, target, body, {}};
        const std::string key = "exampleApiPublicKey0123456789abc";
        request.headers = {{"x-public", key},
                           {"x-date", date},
                           {"x-hash", hmac_sha512_hex("exampleApiSecretKey0123456789xyz",
                                                      key + "|" + method + "|" + target + "|" + body + "|" + date)},
                           {"content-type", "application/json"}};
        return request;
    }
    Reply shop(const std::string& method, const std::string& target, const std::string& body = {}) {
        return simulation->shop().serve(shop_request(method, "/api/rest/v1" + target, body));
    }
    std::vector<Json> shop_items(const std::string& target) { return shop_json(target)["items"].items(); }
    Json shop_json(const std::string& target) { return Json::parse(shop("GET", target).body).value_or(Json{}); }

    Request token_request(const std::string& form) const {
        return {"POST",
                "/connect/token",
                form + "&client_id=example-client&client_secret=example-client-secret-0123456789",
                {{"content-type", "application/x-www-form-urlencoded"}}};
    }
    Reply refresh(const std::string& refresh_token) {
        return simulation->identity().serve(token_request("grant_type=refresh_token&refresh_token=" + refresh_token));
    }
    std::string access_token(const std::string& refresh_token) {
        const Reply reply = refresh(refresh_token);
        return std::string{Json::parse(reply.body).value_or(Json{})["access_token"].string()};
    }

    Reply ledger(const std::string& method, const std::string& target, const Json& body = {}) {
        Request request{method, "/v2" + target, body.is_null() ? "" : body.dump(), {}};
        request.headers = {{"authorization", "Bearer " + token}, {"content-type", "application/json"}};
        return simulation->ledger().serve(request);
    }
    Json ledger_json(const std::string& target) { return Json::parse(ledger("GET", target).body).value_or(Json{}); }
    Json find(const std::string& resource, const std::string& filter) {
        return ledger_json("/" + resource + "?$filter=" + encoded(filter))["Data"];
    }
    std::string article_id(const std::string& number) {
        return std::string{find("articles", "Number eq '" + number + "'").at(0)["Id"].string()};
    }
    static Json customer_body(const std::string& name, bool person) {
        return Json::object({{"Name", name},
                             {"IsPrivatePerson", person},
                             {"IsActive", true},
                             {"InvoiceCity", "Lund"},
                             {"InvoicePostalCode", "222 20"},
                             {"InvoiceCountryCode", "SE"},
                             {"TermsOfPaymentId", guid(0x00007E12, 1)}});
    }
    std::string new_customer(const Json& body) {
        const Reply reply = ledger("POST", "/customers", body);
        EXPECT_EQ(reply.status, 201) << reply.body;
        return std::string{Json::parse(reply.body).value_or(Json{})["Id"].string()};
    }
    Json row(const std::string& article, const std::string& quantity, const std::string& price) {
        return Json::object({{"LineNumber", 1},
                             {"IsTextRow", false},
                             {"IsWorkCost", false},
                             {"EligibleForReverseChargeOnVat", false},
                             {"ArticleId", article_id(article)},
                             {"Quantity", *Decimal::parse(quantity)},
                             {"UnitPrice", *Decimal::parse(price)}});
    }
    static Json order_body(const std::string& customer, std::vector<Json> rows) {
        Json list = Json::array();
        for (Json& r : rows) list.push(std::move(r));
        return Json::object({{"CustomerId", customer},
                             {"CurrencyCode", "SEK"},
                             {"Status", 2},
                             {"EuThirdParty", false},
                             {"RotReducedInvoicingType", 0},
                             {"ReverseChargeOnConstructionServices", false},
                             {"Rows", list}});
    }
    void set(std::string_view name, std::string_view value) { ASSERT_EQ(simulation->switches().set(name, value), ""); }
    static std::string code(const Reply& reply) {
        const Json body = Json::parse(reply.body).value_or(Json{});
        return std::to_string(reply.status) + "/" +
               std::string{body.has("ErrorCode") ? body["ErrorCode"].text() : body["code"].text()};
    }

    std::unique_ptr<Simulation> simulation;
    std::string token;
};

/// One request over a real socket; what came back, and whether the peer reset the connection.
struct Wire {
    std::string answer;
    bool reset = false;
};

inline Wire send_raw(int port, const std::string& request) {
    Wire wire;
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::connect(s, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(s, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    char chunk[4096];
    for (;;) {
        const ssize_t got = ::recv(s, chunk, sizeof chunk, 0);
        if (got > 0) {
            wire.answer.append(chunk, static_cast<std::size_t>(got));
            continue;
        }
        wire.reset = got < 0 && errno == ECONNRESET;
        break;
    }
    ::close(s);
    return wire;
}

}  // namespace brygga::sim::test
