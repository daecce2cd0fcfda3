// The control API without its transport, on a store of its own and with a flow `orders`.
#pragma once

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "contract.h"
#include "control/api.h"

namespace brygga::control {

/// A house that nobody asks for anything but what a test says.
class NoActions final : public Actions {
public:
    bool take_hook(const std::string& connection, const std::string& key, const Request& request) override {
        return takes_hook && takes_hook(connection, key, request);
    }
    Json webhooks(const std::string&) const override { return Json::array(); }
    Json http_counters() const override { return Json::object(); }
    Json plugins() const override { return Json::array(); }
    Expected<Json> preview(CallContext, const std::string&, const flow::RunRequest& request, std::size_t) override {
        return previews ? Expected<Json>{previews(request)} : Expected<Json>{unsupported()};
    }
    Expected<void> check_version(const std::string& flow, std::int64_t number) override {
        return checks_version ? checks_version(flow, number) : Expected<void>{unsupported()};
    }
    Json preflight(CallContext, const std::string& flow) override {
        return Json::object({{"flow", flow}, {"ready", true}, {"findings", Json::array()}});
    }
    Expected<Json> begin_consent(const std::string&, std::string) override { return unsupported(); }
    Expected<std::string> finish_consent(std::string_view, const std::string&) override { return unsupported(); }
    Expected<settings::FlowNumber> roll_back(const std::string& flow, std::int64_t number) override {
        return rolls_back ? rolls_back(flow, number) : Expected<settings::FlowNumber>{unsupported()};
    }

    Changed change(const std::vector<store::Document>& documents, bool only_check) override {
        return changes ? changes(documents, only_check) : Changed{{}, {}, unsupported()};
    }

    std::function<bool(const std::string& connection, const std::string& key, const Request&)> takes_hook;
    std::function<Changed(const std::vector<store::Document>&, bool only_check)> changes;
    std::function<Json(const flow::RunRequest&)> previews;
    std::function<Expected<void>(const std::string&, std::int64_t)> checks_version;
    std::function<Expected<settings::FlowNumber>(const std::string&, std::int64_t)> rolls_back;

private:
    static Error unsupported() { return {ErrorClass::unsupported, "test", "not offered", ""}; }
};

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
        monitor_ = std::make_unique<monitor::Monitor>(
            std::vector<settings::Channel>{}, "", [this] { return Expected<monitor::View>{view_}; }, monitor::Send{},
            *store_, clock_, log_);
        api_ = std::make_unique<Api>(Parts{configuration_, *store_, *scheduler_, connections_, catalogs_, *monitor_,
                                           clock_, log_, "1", actions_},
                                     Secret{"token"});
    }
    ~ApiTest() override {
        api_.reset();
        monitor_.reset();
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
                 const std::string& method = "GET", const std::string& body = {}) {
        return judged({method, path, std::move(query), "Bearer token", body, {}, "127.0.0.1", {}});
    }
    Response ask_as(const std::string& token, const std::string& method, const std::string& path,
                    const std::string& body = {}, const std::string& idempotency_key = {}) {
        return judged(
            {method, path, {}, token.empty() ? "" : "Bearer " + token, body, idempotency_key, "127.0.0.1", {}});
    }
    /// Every answer is as the document of the API says.
    Response judged(const Request& request) {
        Response answer = api_->handle(request);
        EXPECT_EQ(test::Contract::of_the_source().breach(request.method, request.path, answer.status,
                                                         answer.content_type, answer.body),
                  "");
        return answer;
    }
    void activate(const std::string& definition, std::int64_t rolled_back_to = 0) {
        const auto active =
            store_->activate({{"orders", "hash of " + definition, definition, rolled_back_to, ""}}, clock_.now());
        ASSERT_TRUE(active.ok());
        configuration_.flows.at(0).version = {active->at(0).number, rolled_back_to};
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
    NoActions actions_;
    monitor::View view_;
    std::unique_ptr<monitor::Monitor> monitor_;
    std::unique_ptr<Api> api_;
};

}  // namespace brygga::control
