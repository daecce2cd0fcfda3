#include "flow/order_pipeline.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/flow/fake_books.h"

namespace brygga::flow {
namespace {

namespace fs = std::filesystem;
using store::DeliveryState;

class Pipeline : public testing::Test {
protected:
    Pipeline() {
        std::string pattern = (fs::temp_directory_path() / "brygga-pipeline-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        flow_.id = "orders";
        flow_.from = "shop";
        flow_.to = "books";
        flow_.order.from_date = "2026-01-01";
        auto opened = store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_);
        if (!opened) ADD_FAILURE() << opened.error().message;
        store_ = std::move(*opened);
        restart();
    }
    ~Pipeline() override {
        store_.reset();
        fs::remove_all(directory_);
    }

    /// A new process on the same store: nothing is known that was not stored.
    void restart() {
        catalog_ = std::make_unique<connector::Catalog>(books_, *store_, clock_, log_);
        delivery::Policy policy;
        policy.settle = std::chrono::seconds{90};
        pipeline_ = std::make_unique<OrderPipeline>(flow_, books_, *catalog_, *store_, clock_, log_, policy,
                                                    [] { return 500; });
    }

    static Json order(const std::string& number, const std::string& email = "anna@example.com",
                      const std::string& total = "125") {
        return *Json::parse(R"({"id":")" + number + R"(","number":")" + number +
                            R"(","status":"new","placed_at":"2026-03-01T10:00:00Z","currency":"SEK","language":"sv",
            "prices_include_tax":true,"customer":{"kind":"person","name":"Anna Lind","email":")" +
                            email + R"("},
            "billing":{"name":"Anna Lind","line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"},"payment":{"state":"paid"},
            "lines":[{"kind":"product","sku":"MUG","name":"Mug","quantity":1,"unit_price":)" +
                            total + R"(,"discount":0,"total":)" + total + R"(,"rate":25}],
            "stated":{"gross":)" +
                            total + "}}");
    }
    void take_in(const Json& order, const std::string& hash) {
        store::Intake intake;
        intake.flow = flow_.id;
        intake.run_id = "run";
        intake.source_connection = flow_.from;
        intake.target_connection = flow_.to;
        intake.now = clock_.now();
        store::NewVersion version;
        version.type = "order";
        version.source_id = version.source_number = order["number"].string();
        version.hash = hash;
        version.payload = Json::object({{"entity", order}, {"raw", nullptr}}).dump();
        intake.versions.push_back(version);
        ASSERT_TRUE(store_->intake(intake).ok());
    }
    /// Works off what is due; how the last one ended.
    Processed work() {
        Processed last;
        store::ClaimFilter filter;
        filter.flows = {flow_.id};
        filter.now = clock_.now();
        auto claimed = store_->claim(filter);
        if (!claimed) ADD_FAILURE() << claimed.error().message;
        for (auto& delivery : *claimed)
            last = pipeline_->process({clock_.mono() + std::chrono::seconds{60}, {}, "run", false}, std::move(delivery),
                                      false);
        return last;
    }
    store::Delivery newest() {
        store::DeliveryQuery query;
        query.limit = 1;
        const auto found = store_->deliveries(query);
        return *store_->delivery(found.at(0).id);
    }

    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    NullLog log_;
    fs::path directory_;
    settings::Flow flow_;
    FakeBooks books_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<connector::Catalog> catalog_;
    std::unique_ptr<OrderPipeline> pipeline_;
};

TEST_F(Pipeline, ANewOrderMakesCustomerArticleAndDocumentOnce) {
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("product"), 1u);
    EXPECT_EQ(books_.count("document"), 1u);
    const auto d = newest();
    EXPECT_EQ(d.target_ref["number"].string(), "1001");
    EXPECT_EQ(*d.totals["target"]["gross"].decimal(), Decimal{125});
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").has_value());
}

TEST_F(Pipeline, AKnownCustomerWithKnownArticlesCostsOneCall) {
    take_in(order("A-1"), "h1");
    work();
    books_.calls.clear();
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.calls, (std::map<std::string, int>{{"create document", 1}}));
}

TEST_F(Pipeline, SameMailInOtherCaseIsTheSameCustomer) {
    take_in(order("A-1"), "h1");
    take_in(order("A-2", " ANNA@Example.com "), "h2");
    work();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("document"), 2u);
}

TEST_F(Pipeline, AnUnclearWriteIsLookedUpAndNotRepeated) {
    take_in(order("A-1"), "h1");
    books_.after_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        Error cut{ErrorClass::transient, "http.cut", "cut", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.after_write = nullptr;
    restart();
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(books_.calls["create document"], 1);
}

TEST_F(Pipeline, AnUnclearWriteThatNeverHappenedIsSentAgainAfterItsTime) {
    take_in(order("A-1"), "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        Error cut{ErrorClass::transient, "http.timeout", "timeout", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    work();
    books_.before_write = nullptr;
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::waiting);
    EXPECT_EQ(newest().error["code"].string(), "write.settling");
    EXPECT_EQ(books_.calls["create document"], 1) << "too early to send it again";
    clock_.advance(std::chrono::seconds{90});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    ASSERT_GE(books_.keys.size(), 2u);
    EXPECT_EQ(books_.keys[books_.keys.size() - 1], books_.keys[books_.keys.size() - 2]) << "the same key again";
}

TEST_F(Pipeline, ADefiniteRefusalNeedsNoLookUpWhenTriedAgain) {
    take_in(order("A-1"), "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        return Error{ErrorClass::rate_limited, "4010", "too many", ""};
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    EXPECT_EQ(newest().attempts, 0) << "a full budget is nobody's fault";
    books_.before_write = nullptr;
    books_.calls.clear();
    clock_.advance(std::chrono::seconds{61});
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.calls["find document"], 0);
}

TEST_F(Pipeline, UnequalTotalsAreHeldWithTheDocumentNamed) {
    books_.skew = Decimal::scaled(1, 2);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    const auto d = newest();
    EXPECT_EQ(d.error["code"].string(), "totals.unequal");
    EXPECT_NE(d.error["message"].string().find("order 1001"), std::string_view::npos) << d.error["message"].string();
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").has_value()) << "it exists, so it is remembered";
}

TEST_F(Pipeline, AWrongGuessOfThePriceBasisIsCorrectedInTheSameDelivery) {
    books_.prices_include_tax = false;
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["update document"], 1);
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.calls["update document"], 1) << "learned";
}

TEST_F(Pipeline, AnEditedOrderUpdatesItsDocument) {
    take_in(order("A-1"), "h1");
    work();
    take_in(order("A-1", "anna@example.com", "250"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(*newest().totals["target"]["gross"].decimal(), Decimal{250});
    flow_.order.existing = settings::Choice::hold;
    take_in(order("A-1", "anna@example.com", "300"), "h3");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs");
}

TEST_F(Pipeline, ACancelledOrderWithADocumentIsHeld) {
    take_in(order("A-1"), "h1");
    work();
    Json cancelled = order("A-1");
    cancelled.set("status", "cancelled");
    take_in(cancelled, "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "order.cancelled");
}

TEST_F(Pipeline, SeveralCustomersWithOneMailAreNeverPickedSilently) {
    for (const char* id : {"c1", "c2"})
        books_.add("customer", Json::object({{"id", id},
                                             {"number", id},
                                             {"kind", "person"},
                                             {"state", "open"},
                                             {"keys", Json::object({{"email", "anna@example.com"}})},
                                             {"fields", Json::object({{"kind", "person"}})}}));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "customer.ambiguous");
    EXPECT_EQ(books_.count("document"), 0u);
}

TEST_F(Pipeline, AForeignDocumentWithTheSameReferenceIsNotTouched) {
    books_.add("document", Json::object({{"id", "x"},
                                         {"number", "77"},
                                         {"kind", "order"},
                                         {"state", "open"},
                                         {"keys", Json::object({{"reference", "A-1"}})},
                                         {"fields", Json::object()}}));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.exists");
    EXPECT_EQ(books_.count("document"), 1u);
}

TEST_F(Pipeline, MissingArticlesFollowTheSetting) {
    flow_.order.missing_product = settings::Choice::hold;
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "product.missing");
    flow_.order.missing_product = settings::Choice::fail;
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::dead);
}

TEST_F(Pipeline, ATaxRateThatTheArticleDoesNotGiveIsHeldBeforeAnyDocument) {
    books_.add("product", Json::object({{"id", "p1"},
                                        {"number", "MUG"},
                                        {"kind", "article"},
                                        {"state", "open"},
                                        {"keys", Json::object({{"sku", "MUG"}})},
                                        {"fields", Json::object({{"treatment", "goods12"}})}}));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "tax_mismatch");
    EXPECT_EQ(books_.count("document"), 0u);
}

}  // namespace
}  // namespace brygga::flow
