#include "scheduler/scheduler.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/flow/fake_books.h"
#include "unit/flow/fake_shop.h"
#include "unit/hidden_table.h"

namespace brygga::scheduler {
namespace {

class Scheduled : public ::testing::Test {
protected:
    Scheduled() {
        flow_.id = "orders";
        flow_.from = "shop";
        flow_.to = "books";
    }
    ~Scheduled() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    std::unique_ptr<Scheduler> scheduler(int workers) {
        Limits limits;
        limits.workers = workers;
        const FlowParts parts{&flow_, nullptr, nullptr,
                              [this](const CallContext& call, const flow::RunRequest& request, std::size_t) {
                                  return preview_(call, request);
                              }};
        return std::make_unique<Scheduler>(std::vector{parts}, std::vector<ConnectionParts>{{&shop_, 1}, {&books_, 1}},
                                           *store_, clock_, log_, limits);
    }
    static flow::RunRequest dry_run() {
        flow::RunRequest request;
        request.dry = true;
        return request;
    }
    store::Run ended(const std::string& id) {
        for (;;) {
            const auto run = store_->run(id);
            if (!run || !*run || (*run)->ended_at) return run ? run->value_or(store::Run{}) : store::Run{};
            std::this_thread::yield();
        }
    }
    static std::filesystem::path temporary() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-scheduler-XXXXXX").string();
        return mkdtemp(pattern.data());
    }

    const std::filesystem::path directory_ = temporary();
    const std::string database_ = (directory_ / "b.db").string();
    NullLog log_;
    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    settings::Flow flow_;
    flow::FakeShop shop_;
    flow::FakeBooks books_;
    std::unique_ptr<store::Store> store_ =
        std::move(*store::Store::open({database_, Secret{std::string(32, 'k')}}, log_));
    std::function<Expected<Json>(const CallContext&, const flow::RunRequest&)> preview_;
};

TEST_F(Scheduled, AFlowWhoseStateCannotBeReadRests) {
    ASSERT_TRUE(store_->set_flow_state("orders", "paused", clock_.now()).ok());
    const auto scheduler = this->scheduler(0);
    {
        const HiddenTable hidden{database_, "flow"};
        scheduler->start();
        const auto refused = scheduler->run("orders", {}, "manual");
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, "flow.not_running");
    }
    EXPECT_FALSE(scheduler->run("orders", {}, "manual").ok()) << "it is paused";
    ASSERT_TRUE(scheduler->set_flow_state("orders", "running").ok());
    EXPECT_TRUE(scheduler->run("orders", {}, "manual").ok());
}

TEST_F(Scheduled, ADryRunOfAPausedFlowKeepsItsPlan) {
    ASSERT_TRUE(store_->set_flow_state("orders", "paused", clock_.now()).ok());
    preview_ = [](const CallContext& call, const flow::RunRequest& request) -> Expected<Json> {
        EXPECT_TRUE(call.dry_run);
        EXPECT_TRUE(request.dry);
        return *Json::parse(R"({"records":[{"outcome":"held"},{"outcome":"delivered"},{"outcome":"held"}]})");
    };
    const auto scheduler = this->scheduler(1);
    scheduler->start();
    const auto id = scheduler->run("orders", dry_run(), "manual");
    ASSERT_TRUE(id.ok()) << id.error().message;
    const store::Run run = ended(*id);
    EXPECT_EQ(run.state, "done");
    EXPECT_EQ(run.mode, "dry_run");
    EXPECT_EQ(run.counts.dump(), R"({"read":3,"held":2,"delivered":1})");
    EXPECT_EQ((*store_->plan(*id).value())["records"].size(), 3u);
}

TEST_F(Scheduled, ADryRunThatFailsSaysNothingAboutTheConnections) {
    preview_ = [](const CallContext&, const flow::RunRequest&) -> Expected<Json> {
        return Error{ErrorClass::auth, "fake.refused", "The key was refused.", "Enter another."};
    };
    const auto scheduler = this->scheduler(1);
    scheduler->start();
    const auto id = scheduler->run("orders", dry_run(), "manual");
    ASSERT_TRUE(id.ok()) << id.error().message;
    const store::Run run = ended(*id);
    EXPECT_EQ(run.state, "failed");
    EXPECT_EQ(run.error["code"].string(), "fake.refused");
    for (const auto& connection : scheduler->connections()) EXPECT_EQ(connection.state, "ok") << connection.id;
}

TEST_F(Scheduled, AQueuedRunThatIsCancelledNeverStarts) {
    const auto scheduler = this->scheduler(0);
    scheduler->start();
    const std::string id = scheduler->run("orders", dry_run(), "manual").value();
    ASSERT_TRUE(scheduler->cancel(id).ok());
    const store::Run run = store_->run(id).value().value();
    EXPECT_EQ(run.state, "cancelled");
    EXPECT_EQ(run.ended_at, clock_.now());
    EXPECT_EQ(run.error["code"].string(), "run.cancelled");
    EXPECT_EQ(scheduler->cancel(id).error().code, "run.not_found") << "it has ended";
}

TEST_F(Scheduled, ARunUnderWayThatIsCancelledEnds) {
    std::atomic<bool> begun = false;
    preview_ = [&](const CallContext& call, const flow::RunRequest&) -> Expected<Json> {
        begun = true;
        while (!call.stop.stop_requested()) std::this_thread::yield();
        return Error{ErrorClass::transient, "fake.cut", "It was cut.", ""};
    };
    const auto scheduler = this->scheduler(1);
    scheduler->start();
    const std::string id = scheduler->run("orders", dry_run(), "manual").value();
    while (!begun) std::this_thread::yield();
    ASSERT_TRUE(scheduler->cancel(id).ok());
    const store::Run run = ended(id);
    EXPECT_EQ(run.state, "cancelled");
    EXPECT_EQ(run.error["code"].string(), "run.cancelled");
    EXPECT_FALSE(store_->plan(id).value());
    preview_ = [](const CallContext&, const flow::RunRequest&) -> Expected<Json> {
        return *Json::parse(R"({"records":[]})");
    };
    EXPECT_EQ(ended(scheduler->run("orders", dry_run(), "manual").value()).state, "done") << "the next one is whole";
}

TEST_F(Scheduled, RunsThatAStopLeftBehindAreCancelledAtTheNextStart) {
    std::string id;
    {
        const auto scheduler = this->scheduler(0);
        scheduler->start();
        id = scheduler->run("orders", dry_run(), "manual").value();
    }
    EXPECT_EQ(store_->run(id).value()->state, "queued");
    this->scheduler(0)->start();
    EXPECT_EQ(store_->run(id).value()->state, "cancelled");
}

/// Nobody is at work, so that runs stay queued and can be counted.
class Hinted : public Scheduled {
protected:
    Hinted() {
        flow_.trigger.webhook = true;
        flow_.trigger.cron = "0 4 * * *";
    }
    void wait_for_run(const std::string& trigger) {
        for (;;) {
            const auto all = store_->runs("orders", 500);
            if (all && std::ranges::count(*all, trigger, &store::Run::trigger) > 0) return;
            std::this_thread::yield();
        }
    }
};

TEST_F(Hinted, AFlowReadsAtTheStartWhatAHostBeforeWasTold) {
    const auto scheduler = this->scheduler(0);
    scheduler->start();
    wait_for_run("schedule");
}

TEST_F(Hinted, AHintIsKeptWhileTheFlowRests) {
    ASSERT_TRUE(store_->set_flow_state("orders", "paused", clock_.now()).ok());
    const auto scheduler = this->scheduler(0);
    scheduler->start();
    scheduler->hint("books", "order");
    scheduler->hint("shop", "stock");
    scheduler->hint("shop", "order");
    ASSERT_TRUE(scheduler->set_flow_state("orders", "running").ok());
    wait_for_run("webhook");
}

}  // namespace
}  // namespace brygga::scheduler
