// Connections and flows that come, change and go by the API while the daemon runs, and by a directory of files.
#include <algorithm>
#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr, ::testing::Not;

class ByApi : public ::testing::Test {
protected:
    ByApi() : daemon_{vendors_, {.trigger = "{}"}} {
        for (const char* folder : {"connections.d", "flows.d"}) {
            std::filesystem::create_directories(files() / folder);
            for (const auto& file : std::filesystem::directory_iterator{daemon_.directory() / folder})
                std::filesystem::rename(file.path(), files() / folder / file.path().filename());
        }
        std::filesystem::rename(daemon_.directory() / "secrets", files() / "secrets");
    }
    /// Where the files of connections and flow are, which the daemon does not read.
    std::filesystem::path files() const { return daemon_.directory() / "kept"; }
    Json shop() const {
        return Json::object(
            {{"connection", "shop"},
             {"connector", "ccvshop"},
             {"config", Json::object({{"base_url", vendors_.shop_url()}, {"requests_per_minute", 1000}})},
             {"secrets", Json::object({{"public_key", vendors_.credential("public_key")},
                                       {"secret_key", vendors_.credential("secret_key")}})}});
    }
    Json books() const {
        return Json::object({{"connection", "books"},
                             {"connector", "eaccounting"},
                             {"config", Json::object({{"api_url", vendors_.ledger_url()},
                                                      {"identity_url", vendors_.identity_url()},
                                                      {"requests_per_minute", 100'000}})},
                             {"secrets", Json::object({{"client_id", vendors_.credential("client_id")},
                                                       {"client_secret", vendors_.credential("client_secret")},
                                                       {"refresh_token", vendors_.credential("refresh_token")}})},
                             {"settle", "1s"}});
    }
    Json orders() const {
        return Json::object({{"flow", "orders"},
                             {"from", "shop"},
                             {"to", "books"},
                             {"settings", Json::object({{"from_date", "2020-01-01"}})}});
    }
    void make_all() const {
        EXPECT_EQ(daemon_.call("POST", "/v1/connections", shop()).status, 201);
        EXPECT_EQ(daemon_.call("POST", "/v1/connections", books()).status, 201);
        EXPECT_EQ(daemon_.call("POST", "/v1/flows", orders()).status, 201);
    }
    Answer change(const std::string& method, const std::string& path, const Json& body = {}) const {
        return daemon_.call(method, path, body, daemon_.call("GET", path).etag);
    }
    std::size_t in_the_books() const { return vendors_.get("/ledger")["orders"].size(); }

    Simulated vendors_{{"--orders", "0", "--clean", "--known-share", "0"}};
    Daemon daemon_;
};

TEST_F(ByApi, NoAddressWithoutEncryptionIsTakenButThoseOfThisMachine) {
    daemon_.start();
    for (const char* address : {"http://10.0.0.7", "http://169.254.169.254", "http://[fd00::1]",
                                "http://shop.example.com", "http://localhost.example.com", "http://127.example.com",
                                "ftp://127.0.0.1", "file:///etc/passwd", "https://"}) {
        Json connection = shop();
        connection.set("config", Json::object({{"base_url", address}}));
        const Answer refused = daemon_.call("POST", "/v1/connections", connection);
        EXPECT_EQ(refused.status, 422) << address;
        const Answer channel = daemon_.call("POST", "/v1/alert-channels",
                                            Json::object({{"channel", "ops"}, {"kind", "webhook"}, {"url", address}}));
        EXPECT_EQ(channel.status, 422) << address;
    }
    EXPECT_EQ(daemon_.get("/v1/connections")["items"].size(), 0u);
    EXPECT_EQ(daemon_.get("/v1/alert-channels")["items"].size(), 0u);
}

TEST_F(ByApi, AFlowIsMadeDeliversOutlivesAKillIsChangedAndGoes) {
    daemon_.start();
    make_all();
    vendors_.add_orders(3, "plain_person");
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(in_the_books(), 3u);
    EXPECT_EQ(daemon_.get("/v1/flows/orders")["managed_by"].string(), "api");

    daemon_.kill_hard();
    daemon_.start();
    const std::string number = vendors_.add_orders(1, "plain_person").at(0);
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(in_the_books(), 4u);

    const Answer changed =
        change("PATCH", "/v1/flows/orders",
               Json::object({{"mapping", Json::object({{"document.your_reference", "\"by the API\""}})}}));
    EXPECT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(daemon_.get("/v1/flows/orders/versions")["items"].at(0)["cause"].string(), "api");
    const std::string after = vendors_.add_orders(1, "plain_person").at(0);
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    const Json ledger = vendors_.get("/ledger");
    EXPECT_EQ(member_of(ledger["orders"], "BuyersOrderReference", after)["YourReference"].string(), "by the API");

    EXPECT_EQ(change("DELETE", "/v1/connections/shop").status, 422) << "the flow uses it";
    EXPECT_EQ(change("DELETE", "/v1/flows/orders").status, 204);
    EXPECT_EQ(change("DELETE", "/v1/connections/shop").status, 204);
    EXPECT_EQ(daemon_.get("/v1/flows")["items"].size(), 0u);
    EXPECT_EQ(daemon_.stop(Seconds{30}), 0);
    daemon_.start();
    EXPECT_EQ(daemon_.get("/v1/connections")["items"].size(), 1u);
    EXPECT_TRUE(daemon_.errors_logged().empty());
}

TEST_F(ByApi, SecretsAreInNoAnswerNoAuditAndNoFile) {
    daemon_.start();
    make_all();
    const std::string secret = vendors_.credential("secret_key");
    ASSERT_GT(secret.size(), 8u);
    for (const char* path : {"/v1/connections/shop", "/v1/config/export", "/v1/audit?limit=500"})
        EXPECT_THAT(daemon_.call("GET", path).body, Not(HasSubstr(secret))) << path;
    EXPECT_THAT(daemon_.call("GET", "/v1/connections/shop").body, HasSubstr(R"("secret_key":{"hidden":true})"));
    // What was read is sent back with another setting: the secret stays.
    Json document = daemon_.get("/v1/connections/shop")["document"];
    document.set("settle", "2s");
    EXPECT_EQ(change("PUT", "/v1/connections/shop", document).status, 200);
    EXPECT_EQ(daemon_.call("POST", "/v1/connections/shop/check").status, 200);
    EXPECT_EQ(daemon_.stop(Seconds{30}), 0);
    for (const char* file : {"brygga.db", "brygga.db-wal", "bryggad.log"})
        EXPECT_THAT(read_file(daemon_.directory() / file), Not(HasSubstr(secret))) << file;
}

TEST_F(ByApi, WhatIsWrongIsRefusedWithItsPlaceAndNothingChanges) {
    daemon_.start();
    EXPECT_EQ(daemon_.call("POST", "/v1/connections", shop()).status, 201);
    const auto refused = [&](const std::string& path, Json document, std::string_view pointer, const char* reason) {
        const Answer answer = daemon_.call("POST", path, document);
        EXPECT_EQ(answer.status, 422) << answer.body;
        EXPECT_EQ(answer.json()["errors"].at(0)["pointer"].string(), pointer) << answer.body;
        EXPECT_THAT(std::string{answer.json()["errors"].at(0)["reason"].string()}, HasSubstr(reason));
    };
    refused("/v1/flows", orders(), "/to", "books");
    refused("/v1/connections", books().set("config", Json::object({{"api_urll", "https://example.com"}})),
            "/config/api_urll", "api_urll");
    refused("/v1/connections", books().set("setle", "1s"), "/setle", "unknown key");
    refused("/v1/connections",
            books().set("secrets", Json::object({{"client_id", Json::object({{"file", "/etc/passwd"}})}})),
            "/secrets/client_id", "is no text");
    refused("/v1/connections", books().set("connection", "Books of mine"), "", "is no name");
    EXPECT_EQ(daemon_.get("/v1/connections")["items"].size(), 1u);
    EXPECT_EQ(daemon_.get("/v1/config/export")["documents"].size(), 1u);
}

TEST_F(ByApi, OfTwoChangesAtOnceOneIsDoneAndTheOtherToldSo) {
    daemon_.start();
    make_all();
    const std::string tag = daemon_.call("GET", "/v1/flows/orders").etag;
    const auto change_reference = [&](const std::string& text) {
        return std::async(std::launch::async, [this, tag, text] {
            return daemon_
                .call("PATCH", "/v1/flows/orders",
                      Json::object({{"mapping", Json::object({{"document.your_reference", "\"" + text + "\""}})}}), tag)
                .status;
        });
    };
    auto one = change_reference("one"), other = change_reference("other");
    EXPECT_THAT((std::vector<int>{one.get(), other.get()}), ::testing::UnorderedElementsAre(200, 412));
    EXPECT_EQ(daemon_.get("/v1/flows/orders/versions")["items"].size(), 2u);

    const auto make = [&] {
        return std::async(std::launch::async, [this] {
            return daemon_
                .call("POST", "/v1/flows",
                      orders().set("flow", "more").set("settings", Json::object({{"reference_prefix", "M"}})))
                .status;
        });
    };
    auto first = make(), second = make();
    const std::vector<int> made{first.get(), second.get()};
    EXPECT_EQ(std::ranges::count(made, 201), 1) << made[0] << " " << made[1];
}

TEST_F(ByApi, ADirectoryIsPlannedAppliedAndExported) {
    daemon_.start();
    const Ended plan = daemon_.cli({"plan", files().string()});
    EXPECT_EQ(plan.code, 0) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("create connections shop"));
    EXPECT_EQ(daemon_.get("/v1/connections")["items"].size(), 0u) << "a plan changes nothing";
    const Ended applied = daemon_.cli({"apply", files().string()});
    EXPECT_EQ(applied.code, 0) << applied.err;
    EXPECT_THAT(daemon_.cli({"apply", files().string()}).out, Not(HasSubstr("update")));
    vendors_.add_orders(2, "plain_person");
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(in_the_books(), 2u);

    const auto out = daemon_.directory() / "exported";
    const Ended exported = daemon_.cli({"export", out.string()});
    EXPECT_EQ(exported.code, 0) << exported.err;
    EXPECT_THAT(exported.err, HasSubstr("SHOP_SECRET_KEY"));
    EXPECT_THAT(read_file(out / "connections.d/shop.yaml"), HasSubstr("env: SHOP_SECRET_KEY"));
    EXPECT_EQ(daemon_.cli({"export", out.string()}).code, 1) << "nothing is written over";

    std::filesystem::remove(files() / "flows.d/orders.yaml");
    EXPECT_THAT(daemon_.cli({"plan", files().string(), "--prune"}).out, HasSubstr("remove flows orders"));
    EXPECT_EQ(daemon_.cli({"apply", files().string(), "--prune"}).code, 0);
    EXPECT_EQ(daemon_.get("/v1/flows")["items"].size(), 0u);
}

TEST_F(ByApi, AFileThatNamesWhatTheApiBroughtOrIsNamedLikeItIsRefused) {
    daemon_.start();
    make_all();
    std::filesystem::create_directories(daemon_.directory() / "flows.d");
    std::filesystem::copy(files() / "flows.d/orders.yaml", daemon_.directory() / "flows.d/orders.yaml");
    EXPECT_EQ(daemon_.stop(Seconds{30}), 0);
    const Ended refused = daemon_.start_refused();
    EXPECT_EQ(refused.code, 78);
    EXPECT_THAT(refused.err, HasSubstr("flows.d/orders.yaml"));
}

}  // namespace
}  // namespace brygga::system_test
