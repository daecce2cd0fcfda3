#include "flow/order_pipeline.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/flow/fake_books.h"
#include "unit/flow/fake_shop.h"

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
        shop_catalog_ = std::make_unique<connector::Catalog>(shop_, *store_, clock_, log_);
        delivery::Policy policy;
        policy.settle = std::chrono::seconds{90};
        pipeline_ = std::make_unique<OrderPipeline>(flow_, *shop_catalog_, books_, *catalog_, *store_, clock_, log_,
                                                    policy, [] { return 500; });
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
    FakeShop shop_;
    FakeBooks books_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<connector::Catalog> shop_catalog_, catalog_;
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

/// A document that these books have and this store does not know.
Json foreign(const char* id, const char* total, const char* tax, const char* customer = "") {
    Json fields = Json::object({{"currency", "SEK"}});
    if (*customer) fields.set("customer", customer);
    return Json::object({{"id", id},
                         {"number", id},
                         {"kind", "order"},
                         {"state", "open"},
                         {"keys", Json::object({{"reference", "A-1"}})},
                         {"fields", std::move(fields)},
                         {"totals", Json::object({{"net", *Decimal::parse(total) - *Decimal::parse(tax)},
                                                  {"tax", *Decimal::parse(tax)},
                                                  {"gross", *Decimal::parse(total)}})}});
}

TEST_F(Pipeline, ADocumentWithTheSameReferenceAndTotalsIsAdopted) {
    books_.add("document", foreign("77", "125.00", "25.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(books_.count("customer"), 0u) << "nothing is written";
    const auto d = newest();
    EXPECT_EQ(d.target_ref["id"].string(), "77");
    EXPECT_NE(d.explain.dump().find("adopted: same reference and total"), std::string::npos) << d.explain.dump();
    EXPECT_EQ(*d.totals["source"]["gross"].decimal(), Decimal{125});
    EXPECT_EQ(store_->binding("books", "document", "shop", "A-1")->target_id, "77");
    // From now on it is the order's own: a change in the shop follows.
    take_in(order("A-1", "anna@example.com", "250"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["update document"], 1);
}

TEST_F(Pipeline, AnAdoptedDocumentIsSkippedWhereThePolicySaysSo) {
    flow_.order.existing = settings::Choice::skip;
    books_.add("document", foreign("77", "125.00", "25.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::skipped);
    EXPECT_EQ(newest().error["code"].string(), "document.exists");
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").has_value());
}

TEST_F(Pipeline, AForeignDocumentThatDiffersIsHeldWithBothFiguresAndNotTouched) {
    books_.add("document", foreign("77", "130.00", "26.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    const std::string message{newest().error["message"].string()};
    EXPECT_EQ(newest().error["code"].string(), "document.exists");
    for (const char* part : {"Order A-1", "order 77", "130.00 SEK", "125.00 SEK"})
        EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(books_.calls["update document"], 0);
    EXPECT_FALSE(store_->binding("books", "document", "shop", "A-1").has_value());
}

TEST_F(Pipeline, AForeignDocumentWithOtherVatIsHeld) {
    books_.add("document", foreign("77", "125.00", "13.39"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("its VAT is 13.39 SEK and the order's 25.00 SEK"),
              std::string_view::npos)
        << newest().error["message"].string();
}

TEST_F(Pipeline, AForeignDocumentInAnotherCurrencyIsHeld) {
    Json euro = foreign("77", "125.00", "25.00");
    euro.member("fields").set("currency", "EUR");
    books_.add("document", euro);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("125.00 EUR"), std::string_view::npos);
}

TEST_F(Pipeline, AForeignDocumentOfAnotherCustomerIsHeld) {
    const auto customer = [&](const char* id, const char* mail) {
        books_.add("customer", Json::object({{"id", id},
                                             {"number", id},
                                             {"kind", "person"},
                                             {"state", "open"},
                                             {"keys", Json::object({{"email", mail}})},
                                             {"fields", Json::object({{"kind", "person"}})}}));
    };
    customer("c1", "anna@example.com");
    customer("c2", "bo@example.com");
    books_.add("document", foreign("77", "125.00", "25.00", "c2"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("another customer"), std::string_view::npos);
    // Of a customer whom the books do not know by the order's keys, nothing speaks against it.
    take_in(order("A-1", "anna.lind@example.com"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
}

TEST_F(Pipeline, SeveralDocumentsWithOneReferenceAreHeld) {
    books_.add("document", foreign("77", "125.00", "25.00"));
    books_.add("document", foreign("78", "125.00", "25.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    const std::string message{newest().error["message"].string()};
    EXPECT_NE(message.find("order 77 of 125.00 SEK, order 78 of 125.00 SEK"), std::string::npos) << message;
}

TEST_F(Pipeline, AForeignDocumentWithoutReadableTotalsIsHeld) {
    Json bare = foreign("77", "125.00", "25.00");
    bare.erase("totals");
    books_.add("document", bare);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("cannot be read"), std::string_view::npos);
}

TEST_F(Pipeline, AForeignDocumentThatIsGoneWhenAskedForIsNoObstacle) {
    books_.add("document", foreign("77", "130.00", "26.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    books_.remove("document", "77");
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["create document"], 1);
}

TEST_F(Pipeline, OneDocumentIsNotAdoptedForTwoOrders) {
    take_in(order("A-1"), "h1");
    work();
    Json twin = order("A-1");
    twin.set("id", "other");
    store::Intake intake;
    intake.flow = flow_.id;
    intake.source_connection = flow_.from;
    intake.target_connection = flow_.to;
    intake.now = clock_.now();
    store::NewVersion version;
    version.type = "order";
    version.source_id = "other";
    version.source_number = "A-1";
    version.hash = "h";
    version.payload = Json::object({{"entity", twin}, {"raw", nullptr}}).dump();
    intake.versions.push_back(version);
    ASSERT_TRUE(store_->intake(intake).ok());
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("was made for order A-1"), std::string_view::npos)
        << newest().error["message"].string();
}

TEST_F(Pipeline, AStoreThatForgotItsDocumentsWritesNoneTwice) {
    for (const char* number : {"A-1", "A-2", "A-3"}) take_in(order(number), number);
    work();
    EXPECT_EQ(books_.count("document"), 3u);
    // An older copy put back: empty in the extreme case. The shop gives its orders again.
    catalog_.reset();
    shop_catalog_.reset();
    pipeline_.reset();
    store_.reset();
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    store_ = std::move(*store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_));
    restart();
    for (const char* number : {"A-1", "A-2", "A-3"}) take_in(order(number), number);
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 3u);
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("product"), 1u);
    store::DeliveryQuery open;
    open.states = {DeliveryState::held, DeliveryState::dead, DeliveryState::waiting, DeliveryState::pending};
    EXPECT_TRUE(store_->deliveries(open).empty());
}

TEST_F(Pipeline, ARefusedVatNumberIsHeldWithoutShowingIt) {
    Json company = order("A-1");
    company.set("customer", *Json::parse(R"({"kind":"company","name":"Jan Bakker","company":"Voorbeeld BV",
        "email":"jan@example.com","vat_number":"NL123456782B90"})"));
    take_in(company, "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "customer") return std::nullopt;
        return Error{ErrorClass::rejected, "tax.vat_number_refused", "The books refused to create the customer.", "r"};
    };
    EXPECT_EQ(work().state, DeliveryState::held);
    const Json error = newest().error;
    EXPECT_EQ(error["code"].string(), "tax.vat_number_refused");
    EXPECT_NE(error["message"].string().find("Order A-1: the VAT number NL…90"), std::string_view::npos)
        << error.dump();
    EXPECT_EQ(error.dump().find("123456782"), std::string::npos);
    EXPECT_NE(error["remedy"].string().find("in the shop"), std::string_view::npos);
    // Corrected in the shop, it goes on with the new version.
    books_.before_write = nullptr;
    take_in(company, "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
}

struct LocalDay {
    const char* placed;
    const char* zone;       ///< of the connection
    const char* described;  ///< by the connector
    const char* date;
};
class DocumentDate : public Pipeline, public testing::WithParamInterface<LocalDay> {};

TEST_P(DocumentDate, IsThatOfTheSource) {
    flow_.time_zone = GetParam().zone;
    if (*GetParam().described)
        shop_.described = Json::object({{"account", Json::object({{"time_zone", GetParam().described}})}});
    Json late = order("A-1");
    late.set("placed_at", GetParam().placed);
    take_in(late, "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.rows("document").at(0)["fields"]["date"].string(), GetParam().date);
}

INSTANTIATE_TEST_SUITE_P(
    Zones, DocumentDate,
    testing::Values(LocalDay{"2026-03-01T22:30:00Z", "Europe/Amsterdam", "", "2026-03-01"},  // 23:30 in winter
                    LocalDay{"2026-03-01T23:30:00Z", "Europe/Amsterdam", "", "2026-03-02"},  // 00:30 the next day
                    LocalDay{"2026-06-30T21:59:59Z", "Europe/Amsterdam", "", "2026-06-30"},  // 23:59:59 in summer
                    LocalDay{"2026-06-30T22:00:00Z", "Europe/Amsterdam", "", "2026-07-01"},  // midnight in summer
                    LocalDay{"2026-03-28T23:30:00Z", "Europe/Amsterdam", "", "2026-03-29"},  // the day of the change
                    LocalDay{"2026-03-29T22:30:00Z", "Europe/Amsterdam", "", "2026-03-30"},  // its end, in summer time
                    LocalDay{"2026-10-24T22:30:00Z", "Europe/Amsterdam", "", "2026-10-25"},  // and back
                    LocalDay{"2026-10-25T22:30:00Z", "Europe/Amsterdam", "", "2026-10-25"},  // its end, in winter time
                    LocalDay{"2026-03-02T02:00:00Z", "America/New_York", "", "2026-03-01"},  //
                    LocalDay{"2026-03-01T23:30:00Z", "", "Europe/Amsterdam", "2026-03-02"},  // as the connector says
                    LocalDay{"2026-03-01T23:30:00Z", "Etc/UTC", "Europe/Amsterdam", "2026-03-01"},
                    LocalDay{"2026-03-01T23:30:00Z", "", "", "2026-03-02"}));  // the books keep Stockholm's days

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
