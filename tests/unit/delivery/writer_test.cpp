#include "delivery/writer.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/log.h"
#include "schema/manifest.h"

namespace brygga::delivery {
namespace {

using namespace std::chrono_literals;

/// Takes every document and answers with a record of the next number.
class Books final : public connector::Connection {
public:
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
    Expected<void> options(const CallContext&, const std::string&, const connector::RowSink&) override { return {}; }
    Expected<Json> deliver(const CallContext&, const Json&, const std::string& key) override {
        keys.push_back(key);
        if (error) return *error;
        return Json::object({{"id", std::to_string(keys.size())}});
    }

    std::vector<std::string> keys;
    std::optional<Error> error;

private:
    std::string id_ = "books";
    schema::Manifest manifest_;
};

class WriterTest : public testing::Test {
protected:
    WriterTest() {
        std::string name = std::filesystem::temp_directory_path() / "brygga-writer-XXXXXX";
        directory = ::mkdtemp(name.data());
        open();
    }
    ~WriterTest() override {
        store.reset();
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    }
    void open() {
        store.reset();
        auto opened = store::Store::open(
            {.path = directory + "/b.db", .master_key = Secret{std::string(32, 'k')}, .now = clock.now()}, log);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store = std::move(*opened);
    }
    void open_as_copy() {
        store.reset();
        std::filesystem::remove(directory + "/b.db.generation");
        open();
    }
    void take_in(const std::string& id) {
        store::Intake in;
        in.flow = "orders";
        in.source_connection = "shop";
        in.target_connection = "books";
        in.now = clock.now();
        store::NewVersion version;
        version.type = "order";
        version.source_id = version.source_number = version.hash = id;
        version.payload = "{}";
        in.versions = {version};
        ASSERT_TRUE(store->intake(in).ok());
    }
    store::Delivery claim() {
        auto claimed = store->claim({.flows = {"orders"}, .limit = 1, .now = clock.now()});
        EXPECT_TRUE(claimed && claimed->size() == 1);
        return claimed && !claimed->empty() ? claimed->front() : store::Delivery{};
    }
    Expected<Written> write(store::Delivery& delivery, std::string step = "document") {
        Writer writer{*store, clock, Policy{.settle = 90s}};
        return writer.write(CallContext{}, books, delivery,
                            {std::move(step), Json::object({{"op", "create"}}),
                             [this](const CallContext&, Instant) -> Expected<std::optional<Json>> {
                                 ++looks;
                                 if (look_error) return *look_error;
                                 return there;
                             }});
    }

    std::string directory;
    NullLog log;
    ManualClock clock;
    std::unique_ptr<store::Store> store;
    Books books;
    std::optional<Json> there;  ///< what a look-up shows
    std::optional<Error> look_error;
    int looks = 0;
};

TEST_F(WriterTest, AFirstWriteGoesOutWithoutALook) {
    take_in("1");
    auto delivery = claim();
    ASSERT_TRUE(write(delivery).ok());
    EXPECT_EQ(looks, 0);
    EXPECT_EQ(books.keys.size(), 1u);
}

TEST_F(WriterTest, ADoubtfulWriteIsLookedUpAndRepeatedWithItsKey) {
    take_in("1");
    auto delivery = claim();
    books.error = Error{ErrorClass::transient, "remote.reset", "no answer", ""};
    books.error->outcome_unknown = true;
    ASSERT_FALSE(write(delivery).ok());
    books.error.reset();
    EXPECT_EQ(write(delivery).error().code, "write.settling");
    clock.advance(90s);
    ASSERT_TRUE(write(delivery).ok());
    EXPECT_EQ(looks, 2);
    ASSERT_EQ(books.keys.size(), 2u);
    EXPECT_EQ(books.keys[0], books.keys[1]);
}

TEST_F(WriterTest, ALookUpThatFailsForgetsNothing) {
    take_in("1");
    auto delivery = claim();
    books.error = Error{ErrorClass::transient, "remote.reset", "no answer", ""};
    books.error->outcome_unknown = true;
    ASSERT_FALSE(write(delivery).ok());
    books.error.reset();
    clock.advance(90s);
    look_error = Error{ErrorClass::transient, "remote.down", "the ledger is out of order", "wait"};
    const auto blind = write(delivery);
    ASSERT_FALSE(blind.ok());
    EXPECT_EQ(blind.error().code, "remote.down");
    EXPECT_FALSE(withdrawable(blind.error())) << "else the next attempt would send without a look";
    EXPECT_EQ(books.keys.size(), 1u);
}

TEST_F(WriterTest, APersonsWordCountsOnlyWhereTheTargetCannotBeAsked) {
    take_in("1");
    {
        auto delivery = claim();
        books.error = Error{ErrorClass::transient, "remote.reset", "no answer", ""};
        books.error->outcome_unknown = true;
        ASSERT_FALSE(write(delivery).ok());
        books.error.reset();
        store::Outcome doubt;
        doubt.delivery = delivery.id;
        doubt.fence = delivery.fence;
        doubt.now = clock.now();
        doubt.state = store::DeliveryState::in_doubt;
        ASSERT_TRUE(store->finish(doubt).ok());
        ASSERT_TRUE(store->deny(delivery.id, "anna", clock.now()).ok());
    }
    auto delivery = claim();
    clock.advance(90s);
    look_error = Error{ErrorClass::transient, "remote.down", "the ledger is out of order", "wait"};
    EXPECT_EQ(write(delivery).error().code, "remote.down") << "it is asked again later";
    there = Json::object({{"id", "77"}});
    look_error.reset();
    EXPECT_TRUE(write(delivery)->found()) << "what the target says counts more";
    EXPECT_EQ(books.keys.size(), 1u);
    there.reset();
    look_error = Error{ErrorClass::unsupported, "find.unsupported", "it cannot be asked", ""};
    ASSERT_TRUE(write(delivery).ok());
    ASSERT_EQ(books.keys.size(), 2u);
    EXPECT_EQ(books.keys[0], books.keys[1]) << "and the key is the same";
    delivery.steps.at(0).state = "intent";
    EXPECT_EQ(write(delivery).error().code, "find.unsupported") << "without that word it stays in doubt";
}

TEST_F(WriterTest, WhatALookUpFindsIsTheResult) {
    take_in("1");
    auto delivery = claim();
    books.error = Error{ErrorClass::transient, "remote.reset", "no answer", ""};
    ASSERT_FALSE(write(delivery).ok());
    there = Json::object({{"id", "77"}});
    const auto written = write(delivery);
    ASSERT_TRUE(written.ok());
    EXPECT_TRUE(written->found());
    EXPECT_EQ(written->row["id"].string(), "77");
    EXPECT_EQ(books.keys.size(), 1u);
}

TEST_F(WriterTest, InARestoredStoreADeliveryOfTheCopyIsLookedUpFirst) {
    take_in("1");
    open_as_copy();
    clock.advance(30s);
    auto delivery = claim();
    const auto early = write(delivery);
    ASSERT_FALSE(early.ok()) << "it may have been written just before, and not show yet";
    EXPECT_EQ(early.error().code, "write.settling");
    EXPECT_EQ(early.error().retry_after, 60s);
    EXPECT_TRUE(books.keys.empty());
    there = Json::object({{"id", "77"}});
    const auto written = write(delivery);
    ASSERT_TRUE(written.ok());
    EXPECT_TRUE(written->found());
    EXPECT_TRUE(books.keys.empty());

    // Another step of it is not there, and goes out once that is sure.
    there.reset();
    clock.advance(60s);
    ASSERT_TRUE(write(delivery, "product:A").ok());
    EXPECT_EQ(books.keys.size(), 1u);
}

TEST_F(WriterTest, InARestoredStoreALaterDeliveryIsNotLookedUp) {
    take_in("1");
    open_as_copy();
    auto old = claim();
    take_in("2");
    auto delivery = claim();
    ASSERT_TRUE(write(delivery).ok());
    EXPECT_EQ(looks, 0);
    EXPECT_EQ(books.keys.size(), 1u);
}

TEST_F(WriterTest, AnIntentOfTheCopyIsNoOlderThanTheRestoration) {
    take_in("1");
    {
        auto delivery = claim();
        books.error = Error{ErrorClass::transient, "remote.reset", "no answer", ""};
        ASSERT_FALSE(write(delivery).ok());
        books.error.reset();
    }
    clock.advance(1h);
    open_as_copy();
    auto delivery = claim();
    EXPECT_EQ(write(delivery).error().code, "write.settling") << "begun again by what the copy does not know";
    clock.advance(90s);
    EXPECT_TRUE(write(delivery).ok());
}

}  // namespace
}  // namespace brygga::delivery
