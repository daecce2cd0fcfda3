// Registrations over vendors that refuse and hosts that end, and what counts as a hint.
#include "hooks/hooks.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/manifest.h"

namespace brygga::hooks {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* base = "https://brygga.example";

/// A vendor that remembers who asked for what.
class Vendor final : public connector::Connection {
public:
    explicit Vendor(std::string id) : id_{std::move(id)} {}
    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override { return Json::object(); }
    Expected<void> poll(const CallContext&, const connector::PollCall&, const connector::RowSink&) override {
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall&, const connector::RowSink&) override {
        return {};
    }
    Expected<void> find(const CallContext&, const Json&, const connector::RowSink&) override { return {}; }
    Expected<Json> deliver(const CallContext&, const Json&, const std::string&) override { return Json::object(); }
    Expected<void> options(const CallContext&, const std::string&, const connector::RowSink&) override { return {}; }

    Expected<Json> subscribe(const CallContext&, const Json& request) override {
        ++asked;
        if (refuses) return *refuses;
        addresses[std::string{request["events"].at(0).string()}] = request["url"].string();
        if (loses_answers) return Error{ErrorClass::transient, "http.cut", "The answer was cut off.", ""};
        return Json::object({{"id", "880001"}, {"secrets", Json::object({{"key", "signs"}})}});
    }
    Expected<void> unsubscribe(const CallContext&, const Json& request) override {
        if (refuses) return *refuses;
        ended.push_back(std::string{request["id"].string()} + " " + std::string{request["url"].string()});
        addresses.erase(std::string{request["events"].at(0).string()});
        return {};
    }
    Expected<void> decode(const CallContext&, const Json& delivery, const connector::RowSink& sink) override {
        ++decoded;
        if (delivery["body_base64"].string() != "Z29vZA==")  // good
            return Error{ErrorClass::rejected, "webhook.forged", "No call of the vendor.", ""};
        sink.row(Json::object({{"type", "order"}, {"id", "7"}}));
        return {};
    }

    std::map<std::string, std::string> addresses;
    std::vector<std::string> ended;
    std::optional<Error> refuses;
    bool loses_answers = false;
    int asked = 0, decoded = 0;

private:
    std::string id_;
    schema::Manifest manifest_;
};

class LastWarning final : public Log {
public:
    void write(LogLevel, std::string_view event, const Json& fields) override {
        text += std::string{event} + " " + fields.dump() + "\n";
    }
    std::string text;
};

class Hooked : public ::testing::Test {
protected:
    Hooked() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-hooks-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        auto opened = store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_);
        if (!opened) ADD_FAILURE() << opened.error().message;
        store_ = std::move(*opened);
        restart();
    }
    ~Hooked() override {
        hooks_.reset();
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    void restart() {
        hooks_ = std::make_unique<Hooks>(
            public_url_, wanted_, connections_,
            [this](const std::string& connection, const std::string& entity) {
                hints_.push_back(connection + " " + entity);
            },
            *store_, clock_, log_);
    }
    /// Every step that is due now.
    void settle() {
        while (hooks_->settle({})) {
        }
    }
    std::string key() const {
        const std::string& url = shop_.addresses.at("orders.created");
        return url.substr(url.rfind('/') + 1);
    }
    bool call(const std::string& key, const std::string& body = "good") {
        return hooks_->take("shop", key, Incoming{{}, body});
    }
    Json shown() const { return hooks_->view("shop").at(0); }

    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    LastWarning log_;
    std::filesystem::path directory_;
    std::unique_ptr<store::Store> store_;
    Vendor shop_{"shop"};
    std::string public_url_ = base;
    std::map<std::string, connector::Connection*> connections_{{"shop", &shop_}};
    Hooks::Wanted wanted_{{"shop", {{"orders.created", {"order"}}}}};
    std::vector<std::string> hints_;
    std::unique_ptr<Hooks> hooks_;
};

TEST_F(Hooked, RegistersOnceAndKeepsTheAddressOverARestart) {
    EXPECT_EQ(shown()["state"].string(), "pending");
    settle();
    const std::string address = shop_.addresses["orders.created"];
    EXPECT_TRUE(address.starts_with("https://brygga.example/hooks/shop/")) << address;
    EXPECT_EQ(shown()["state"].string(), "registered");
    EXPECT_EQ(shown()["since"].string(), "2026-03-02T08:00:00.000Z");
    EXPECT_EQ(hooks_->secret("shop", "webhook.orders.created.key").value().reveal(), "signs");
    EXPECT_FALSE(hooks_->secret("shop", "webhook.orders.created.other").ok());
    restart();
    settle();
    EXPECT_EQ(shop_.asked, 1);
    EXPECT_TRUE(call(key()));

    clock_.advance(std::chrono::hours{24});
    settle();
    EXPECT_EQ(shop_.asked, 2) << "it looks whether it is still there";
    EXPECT_EQ(shop_.addresses["orders.created"], address);
}

TEST_F(Hooked, ALostAnswerIsAskedForAgainAtTheSameAddress) {
    shop_.loses_answers = true;
    settle();
    const std::string address = shop_.addresses["orders.created"];
    EXPECT_EQ(shown()["state"].string(), "failing");
    EXPECT_EQ(shown()["error"]["code"].string(), "http.cut");
    EXPECT_TRUE(call(key())) << "the vendor calls already";
    shop_.loses_answers = false;
    restart();  // the host ended meanwhile
    settle();
    EXPECT_EQ(shop_.addresses["orders.created"], address);
    EXPECT_EQ(shown()["state"].string(), "registered");
}

TEST_F(Hooked, ARefusalIsRepeatedWithLongerWaitsAndShown) {
    shop_.refuses = Error{ErrorClass::misconfigured, "http.403", "The keys may not.", "Give them permission."};
    const Instant began = clock_.now();
    std::vector<int> asked;
    for (const int wait : {0, 29, 1, 59, 1}) {
        clock_.advance(seconds{wait});
        settle();
        asked.push_back(shop_.asked);
    }
    EXPECT_THAT(asked, ElementsAre(1, 1, 2, 2, 3));
    EXPECT_EQ(shown()["error"]["remedy"].string(), "Give them permission.");
    ASSERT_EQ(hooks_->failing().size(), 1u);
    EXPECT_EQ(hooks_->failing()[0].since, began) << "not since the last try";
    EXPECT_EQ(hooks_->failing()[0].error.code, "http.403");
    shop_.refuses.reset();
    clock_.advance(std::chrono::hours{1});
    settle();
    EXPECT_EQ(shown()["state"].string(), "registered");
    EXPECT_TRUE(shown()["error"].is_null());
}

TEST_F(Hooked, TheKeyIsInNoErrorAndNoLogLine) {
    settle();
    const std::string secret = key();
    clock_.advance(std::chrono::hours{24});
    shop_.refuses = Error{ErrorClass::rejected, "x", "No " + shop_.addresses["orders.created"] + " here.", secret};
    settle();
    EXPECT_EQ(shown()["error"]["message"].string(), "No https://brygga.example/hooks/shop/… here.");
    EXPECT_THAT(hooks_->view("shop").dump() + log_.text, ::testing::Not(::testing::HasSubstr(secret)));
}

TEST_F(Hooked, WhatNobodyWaitsForGoes) {
    settle();
    const std::string secret = key();
    wanted_.clear();
    restart();
    EXPECT_EQ(shown()["state"].string(), "leaving");
    EXPECT_TRUE(call(secret)) << "the vendor does not know yet";
    EXPECT_FALSE(hooks_->verify({}));
    settle();
    EXPECT_THAT(shop_.ended, ElementsAre("880001 https://brygga.example/hooks/shop/" + secret));
    EXPECT_EQ(hooks_->view("shop").size(), 0u);
    EXPECT_FALSE(call(secret));
    restart();
    EXPECT_FALSE(call(secret)) << "nor after a restart";
    EXPECT_THAT(hints_, IsEmpty());
}

TEST_F(Hooked, AnotherPublicAddressIsRegisteredInsteadOfTheOld) {
    settle();
    const std::string secret = key();
    public_url_ = "https://new.example";
    restart();
    settle();
    EXPECT_THAT(shop_.ended, ElementsAre("880001 https://brygga.example/hooks/shop/" + secret));
    EXPECT_TRUE(shop_.addresses["orders.created"].starts_with("https://new.example/hooks/shop/"));
    EXPECT_EQ(shown()["state"].string(), "registered");
}

TEST_F(Hooked, AConnectionThatGoesIsUnregisteredWhileSomebodyCanStillAsk) {
    settle();
    hooks_->release({}, {"shop"});
    EXPECT_THAT(shop_.ended, IsEmpty()) << "it stays";
    hooks_->release({}, {});
    EXPECT_EQ(shop_.ended.size(), 1u);
    connections_.clear();
    wanted_.clear();
    restart();
    EXPECT_EQ(hooks_->view("shop").size(), 0u);
}

TEST_F(Hooked, WhatNobodyCanTakeBackIsSaid) {
    settle();
    connections_.clear();
    wanted_.clear();
    restart();
    settle();
    EXPECT_THAT(log_.text, ::testing::HasSubstr("webhook.left_behind"));
    EXPECT_EQ(hooks_->view("shop").size(), 0u);
}

TEST_F(Hooked, ManyCallsAreOneHint) {
    settle();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(call(key()));
    EXPECT_THAT(hints_, IsEmpty()) << "not before one was verified";
    EXPECT_TRUE(hooks_->verify({}));
    EXPECT_FALSE(hooks_->verify({}));
    EXPECT_THAT(hints_, ElementsAre("shop order"));
    EXPECT_EQ(shop_.decoded, 1);
    EXPECT_EQ(shown()["hints"].integer(), 1);
    EXPECT_FALSE(shown()["last_hint"].is_null());
    EXPECT_TRUE(call(key()));
    EXPECT_TRUE(hooks_->verify({}));
    EXPECT_EQ(hints_.size(), 2u) << "one that comes later counts anew";
}

TEST_F(Hooked, AForgedCallIsNoHintAndHidesNoGenuineOne) {
    settle();
    EXPECT_TRUE(call(key(), "bad"));
    hooks_->verify({});
    EXPECT_THAT(hints_, IsEmpty());
    EXPECT_EQ(shown()["refused"].integer(), 1);
    for (int i = 0; i < 3; ++i) call(key(), "bad");
    call(key());
    hooks_->verify({});
    EXPECT_THAT(hints_, ElementsAre("shop order"));
}

TEST_F(Hooked, WhenMoreComesThanIsReadTheKeyCounts) {
    settle();
    for (int i = 0; i < 8; ++i) call(key(), "bad");
    EXPECT_TRUE(call(key(), "whatever"));
    EXPECT_THAT(hints_, ElementsAre("shop order"));
}

TEST_F(Hooked, AWrongKeyIsNobody) {
    settle();
    EXPECT_FALSE(call(""));
    EXPECT_FALSE(call("k"));
    EXPECT_FALSE(call(key().substr(1)));
    EXPECT_FALSE(hooks_->take("other", key(), Incoming{}));
    EXPECT_FALSE(hooks_->take("", "", Incoming{}));
    EXPECT_FALSE(hooks_->verify({}));
    EXPECT_THAT(hints_, IsEmpty());
}

TEST_F(Hooked, TheThreadsDoTheSame) {
    hooks_->start();
    while (shown()["state"].string() != "registered") std::this_thread::yield();
    EXPECT_TRUE(call(key()));
    while (shown()["hints"].integer(0) == 0) std::this_thread::yield();
    hooks_->stop();
    EXPECT_THAT(hints_, ElementsAre("shop order"));
}

}  // namespace
}  // namespace brygga::hooks
