// What is told by which channel: through failures, restarts and changes of the configuration.
#include "monitor/monitor.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "monitor/notice.h"

namespace brygga::monitor {
namespace {

using std::chrono::seconds;

class Told : public ::testing::Test {
protected:
    Told() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-monitor-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        auto opened = store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_);
        if (!opened) ADD_FAILURE() << opened.error().message;
        store_ = std::move(*opened);
        channels_ = {{"ops", "webhook", "https://hooks.example/ops", {}, "warning"},
                     {"pager", "webhook", "https://hooks.example/pager", {}, "critical"}};
        restart();
    }
    ~Told() override {
        monitor_.reset();
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    void restart() {
        monitor_ = std::make_unique<Monitor>(
            channels_, "https://brygga.example", [this] { return Expected<View>{view_}; },
            [this](const CallContext&, const settings::Channel& channel, const Json& payload) -> Expected<void> {
                ++tries_;
                if (refuse_) return Error{ErrorClass::transient, "alert.refused", "no", ""};
                told_ += channel.id + " " + std::string{payload["event"].string()} + " " +
                         std::string{payload["rule"].string()} + "; ";
                return {};
            },
            *store_, clock_, log_);
    }
    std::string turn(seconds later = seconds{0}) {
        clock_.advance(later);
        told_.clear();
        monitor_->turn({});
        return told_;
    }
    void hold(std::int64_t count) { view_.flows = {{"orders", "books", count, "Order 7 is held.", "Correct it."}}; }

    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    NullLog log_;
    std::filesystem::path directory_;
    std::unique_ptr<store::Store> store_;
    std::vector<settings::Channel> channels_;
    View view_;
    bool refuse_ = false;
    int tries_ = 0;
    std::string told_;
    std::unique_ptr<Monitor> monitor_;
};

TEST_F(Told, EachChannelHearsWhatItWants) {
    hold(1);
    EXPECT_EQ(turn(), "ops fired needs_attention; ");
    view_.connections = {{"books", true, clock_.now(), "down", "wait"}};
    EXPECT_EQ(turn(seconds{60}), "ops fired connection_failing; pager fired connection_failing; ");
    EXPECT_EQ(turn(seconds{5}), "");
    EXPECT_EQ(monitor_->open().size(), 2u);
}

TEST_F(Told, ARestartNeitherRepeatsNorForgets) {
    hold(1);
    (void)turn();
    restart();
    EXPECT_EQ(turn(seconds{5}), "");
    hold(0);
    (void)turn(seconds{5});
    restart();
    EXPECT_EQ(turn(seconds{55}), "") << "a minute without it that was seen as a whole";
    EXPECT_EQ(turn(seconds{60}), "ops resolved needs_attention; ");
}

TEST_F(Told, WhoHasItInHandsIsKeptUntilItIsOver) {
    hold(1);
    (void)turn();
    const std::string id{monitor_->open().at(0)["id"].string()};
    EXPECT_TRUE(monitor_->open().at(0)["acknowledged"].is_null());
    const std::string at = to_rfc3339(clock_.now());
    const std::string expected = R"({"by":"anna","at":")" + at + R"("})";
    EXPECT_EQ(monitor_->acknowledge(id, "anna").value()["acknowledged"].dump(), expected);
    clock_.advance(seconds{60});
    EXPECT_EQ(monitor_->acknowledge(id, "bert").value()["acknowledged"].dump(), expected) << "the first one stays";
    EXPECT_EQ(turn(seconds{5}), "") << "it is not over";
    restart();
    (void)turn(seconds{5});
    EXPECT_EQ(monitor_->open().at(0)["acknowledged"].dump(), expected);
    hold(0);
    (void)turn(seconds{5});
    EXPECT_EQ(turn(seconds{60}), "ops resolved needs_attention; ");
    EXPECT_EQ(monitor_->acknowledge(id, "anna").error().code, "alert.not_found");
    hold(1);
    (void)turn(seconds{5});
    EXPECT_TRUE(monitor_->open().at(0)["acknowledged"].is_null()) << "another one";
}

TEST_F(Told, WhatCouldNotBeSentIsSentLater) {
    hold(1);
    refuse_ = true;
    EXPECT_EQ(turn(), "");
    EXPECT_EQ(turn(seconds{9}), "");
    EXPECT_EQ(tries_, 1) << "not before its time";
    (void)turn(seconds{1});
    EXPECT_EQ(tries_, 2);
    restart();
    refuse_ = false;
    EXPECT_EQ(turn(seconds{20}), "ops fired needs_attention; ") << "also after a restart";
    EXPECT_EQ(turn(seconds{600}), "");
}

TEST_F(Told, ADayOfRefusalsEndsTheTries) {
    hold(1);
    refuse_ = true;
    for (int i = 0; i < 200; ++i) (void)turn(seconds{600});
    const int tries = tries_;
    EXPECT_LT(tries, 160) << "every ten minutes at last";
    (void)turn(seconds{6'000});
    EXPECT_EQ(tries_, tries);
}

TEST_F(Told, AChannelThatIsGoneIsForgotten) {
    hold(1);
    refuse_ = true;
    (void)turn();
    channels_.clear();
    restart();
    refuse_ = false;
    EXPECT_EQ(turn(seconds{20}), "");
    EXPECT_EQ(tries_, 1);
}

TEST_F(Told, ATestGoesThroughItsChannelAlone) {
    EXPECT_TRUE(monitor_->test({}, "pager"));
    EXPECT_EQ(told_, "pager test test; ");
    EXPECT_EQ(monitor_->test({}, "none").error().code, "channel.not_found");
    refuse_ = true;
    EXPECT_EQ(monitor_->test({}, "ops").error().code, "alert.refused");
}

TEST(NoticeText, SaysWhatSinceWhenAndWhatToDo) {
    Alert alert{"needs_attention",  "books",      "orders", *from_rfc3339("2026-03-02T08:00:00Z"), 3,
                "Order 7 is held.", "Correct it."};
    Json payload = alert.json();
    payload.set("event", "fired").set("url", "https://brygga.example");
    EXPECT_EQ(notice_text(payload),
              "Brygga: 3 deliveries of flow orders need a person, since 2026-03-02T08:00:00.000Z. Order 7 "
              "is held. Correct it. https://brygga.example");
    payload.set("event", "resolved");
    EXPECT_EQ(notice_text(payload),
              "Brygga: over: 3 deliveries of flow orders need a person, since 2026-03-02T08:00:00.000Z.");
    payload.set("count", 1);
    EXPECT_EQ(notice_text(payload),
              "Brygga: over: 1 delivery of flow orders needs a person, since 2026-03-02T08:00:00.000Z.");
}

}  // namespace
}  // namespace brygga::monitor
