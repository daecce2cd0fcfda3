// The control API without its transport, on a store of its own: what it does with questions that nobody should ask,
// and with a store that does not answer.
#include "control/api.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/utf8.h"
#include "unit/hidden_table.h"

namespace brygga::control {
namespace {

class ApiTest : public testing::Test {
protected:
    ApiTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-control-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        store_ = std::move(*store::Store::open({database(), Secret{std::string(32, 'k')}}, log_));
        configuration_.flows.emplace_back().id = "orders";
        scheduler_ = std::make_unique<scheduler::Scheduler>(std::vector<scheduler::FlowParts>{},
                                                            std::vector<scheduler::ConnectionParts>{}, *store_, clock_,
                                                            log_, scheduler::Limits{});
    }
    ~ApiTest() override {
        scheduler_.reset();
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    std::string database() const { return (directory_ / "b.db").string(); }
    void take_in(int orders) {
        store::Intake intake;
        intake.flow = "orders";
        intake.source_connection = "shop";
        intake.target_connection = "books";
        intake.now = clock_.now();
        for (int i = 0; i < orders; ++i) {
            store::NewVersion version;
            version.type = "order";
            version.source_id = version.source_number = version.hash = std::to_string(i);
            intake.versions.push_back(version);
        }
        ASSERT_TRUE(store_->intake(intake).ok());
    }
    Response ask(const std::string& path, std::map<std::string, std::string> query = {},
                 const std::string& method = "GET") {
        const Api api{{configuration_, *store_, *scheduler_, connections_, catalogs_, clock_, "1", {}},
                      Secret{"token"}};
        return api.handle({method, path, std::move(query), "Bearer token", {}});
    }
    Json json(const Response& response) {
        auto parsed = Json::parse(response.body);
        EXPECT_TRUE(parsed.has_value()) << response.body;
        return parsed.value_or(Json{});
    }

    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    NullLog log_;
    std::filesystem::path directory_;
    settings::Configuration configuration_;
    std::map<std::string, connector::Connection*> connections_;
    std::map<std::string, connector::Catalog*> catalogs_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<scheduler::Scheduler> scheduler_;
};

TEST_F(ApiTest, ACursorLeadsThroughTheListOnce) {
    take_in(5);
    std::vector<std::string> seen;
    std::string cursor;
    for (int pages = 0; pages < 4; ++pages) {
        std::map<std::string, std::string> query{{"limit", "2"}};
        if (!cursor.empty()) query["cursor"] = cursor;
        const Json page = json(ask("/v1/deliveries", query));
        for (const Json& item : page["items"].items()) seen.emplace_back(item["source_ref"]["number"].string());
        cursor = page["next"].string();
        if (cursor.empty()) break;
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"4", "3", "2", "1", "0"}));
}

TEST_F(ApiTest, ACursorThatNoAnswerGaveIsRefusedOrHarmless) {
    take_in(3);
    for (const std::string cursor : {"", " ", "-1", "+1", "0x10", "1.5", "1e3", "9223372036854775808",
                                     "18446744073709551616", "1 OR 1=1", "next", "\xff\xfe", "{\"before\":1}", "1,2"}) {
        const Response answer = ask("/v1/deliveries", {{"cursor", cursor}});
        EXPECT_EQ(answer.status, 400) << cursor;
        EXPECT_EQ(json(answer)["title"].string(), "query.limit") << cursor;
    }
    EXPECT_EQ(ask("/v1/deliveries", {{"cursor", std::string(4000, '9')}}).status, 400);
    // A number is all there is to a cursor, so one of another list only begins elsewhere.
    EXPECT_EQ(json(ask("/v1/deliveries", {{"cursor", "9223372036854775807"}}))["items"].size(), 3u);
    EXPECT_EQ(json(ask("/v1/deliveries", {{"cursor", "1"}}))["items"].size(), 0u);
    EXPECT_EQ(json(ask("/v1/deliveries", {{"cursor", "2"}, {"state", "dead"}}))["items"].size(), 0u);
}

TEST_F(ApiTest, LimitsStatesTimesAndIdsAreBounded) {
    for (const std::string limit : {"0", "501", "-1", "", "many"})
        EXPECT_EQ(ask("/v1/deliveries", {{"limit", limit}}).status, 400) << limit;
    EXPECT_EQ(ask("/v1/runs", {{"limit", "501"}}).status, 400);
    for (const std::string state : {"ded", "dead,", ",", "dead,,held", "DEAD", "\xff"}) {
        const Response answer = ask("/v1/deliveries", {{"state", state}});
        EXPECT_EQ(answer.status, state == "dead," ? 200 : 400) << state;
        EXPECT_TRUE(Json::parse(answer.body)) << state;
    }
    for (const std::string time : {"yesterday", "2026-13-01", "99999999-01-01", "2026-01-01T25:00:00Z"})
        EXPECT_EQ(ask("/v1/deliveries", {{"since", time}}).status, 400) << time;
    for (const std::string id : {"0", "-1", "9223372036854775808", "1x", "%31", "\xff"}) {
        const Response answer = ask("/v1/deliveries/" + id);
        EXPECT_EQ(answer.status, 404) << id;
        EXPECT_TRUE(Json::parse(answer.body)) << id;
    }
}

TEST_F(ApiTest, APathOfAnyBytesGetsAnAnswerThatIsJson) {
    for (const std::string path : {"/\xff", "/v1/flows/\xc3", "/v1/runs/\xed\xa0\x80", "/v1/connections/\x80\x01"}) {
        const Response answer = ask(path);
        EXPECT_EQ(answer.status, 404);
        EXPECT_TRUE(is_utf8(answer.body));
        EXPECT_FALSE(json(answer)["detail"].string().empty());
    }
}

TEST_F(ApiTest, AStoreThatCannotBeReadIsNoEmptyListAndNo404) {
    take_in(1);
    const std::string id = std::string{json(ask("/v1/deliveries"))["items"].at(0)["id"].string()};
    for (const auto& [table, path] :
         std::initializer_list<std::pair<const char*, std::string>>{{"delivery", "/v1/deliveries"},
                                                                    {"delivery", "/v1/deliveries/" + id},
                                                                    {"activity", "/v1/deliveries/" + id},
                                                                    {"run", "/v1/runs"},
                                                                    {"run", "/v1/runs/r1"},
                                                                    {"tally", "/v1/flows"},
                                                                    {"tally", "/v1/flows/orders"},
                                                                    {"tally", "/metrics"}}) {
        const HiddenTable hidden{database(), table};
        const Response answer = ask(path);
        EXPECT_EQ(answer.status, 503) << path;
        EXPECT_TRUE(json(answer)["title"].string().starts_with("store.")) << answer.body;
    }
    EXPECT_EQ(ask("/v1/flows/orders").status, 200);
}

}  // namespace
}  // namespace brygga::control
