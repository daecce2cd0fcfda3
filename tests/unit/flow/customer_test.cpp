// A flow of customers (E3): who is registered in the shop becomes one customer of the books and follows; what is left
// alone, and why.
#include <future>

#include <gtest/gtest.h>

#include "flow/customer_goal.h"
#include "flow/customer_pipeline.h"
#include "flow/customer_reception.h"
#include "flow/mapping_tests.h"
#include "flow/order_pipeline.h"
#include "flow/payload.h"
#include "flow/preflight.h"
#include "unit/flow/fake_books.h"
#include "unit/flow/fake_register.h"
#include "unit/flow/flow_test.h"
#include "unit/flow/rules.h"

namespace brygga::flow {
namespace {

using store::DeliveryState;

class CustomerFlow : public FlowTest {
protected:
    CustomerFlow() : FlowTest{"customers", "shop", "books", "customer"} {
        policy_.settle = std::chrono::seconds{90};
        compile();
    }
    Ends ends() override { return {shop_, shop_catalog_, books_, books_catalog_}; }
    void compile() { rules_ = compiled(flow_, "customer"); }
    void rule(const char* field, const char* text, settings::Write write = settings::Write::always) {
        add_rule(flow_, field, text, write);
        compile();
    }
    RunReport read() { return FlowTest::read(flow_, rules_); }
    /// A day later, when everybody is compared.
    RunReport compare() {
        clock_.advance(std::chrono::hours{24});
        return run();
    }
    int writes() { return books_.calls["create customer"] + books_.calls["update customer"]; }
    const Json& fields(std::size_t n = 0) { return books_.rows("customer").at(n)["fields"]; }
    static Json customer(const char* id, const char* email, const char* number) {
        return *Json::parse(std::string{R"({"id":")"} + id + R"(","number":")" + number +
                            R"(","kind":"person","state":"open","keys":{"email":")" + email + R"(","number":")" +
                            number + R"("},"fields":{"name":"A. Lind","email":")" + email +
                            R"(","address":{"line1":"Storgatan 5","postal_code":"11122","city":"Stockholm",)"
                            R"("country":"SE"}}})");
    }

    FakeRegister shop_;
    FakeBooks books_;
    connector::Catalog shop_catalog_{shop_, *store_, clock_, log_}, books_catalog_{books_, *store_, clock_, log_};
};

TEST_F(CustomerFlow, WhoIsNewBecomesACustomerOnce) {
    shop_.add(1);
    run();
    ASSERT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(fields().dump(),
              R"({"name":"Anna Lind","email":"anna@example.com","address":{"line1":"Storgatan 5",)"
              R"("postal_code":"11122","city":"Stockholm","country":"SE"},"kind":"person","payment_term":"t30"})");
    EXPECT_EQ(books_.rows("customer")[0]["kind"].string(), "person");
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(newest().target_ref["number"].string(), "1001");
    const int asked = books_.calls["list customer"];
    run();
    EXPECT_EQ(books_.calls["list customer"], asked) << "a run that brings nobody asks the books nothing";
    shop_.add(2, "bo@example.com");
    run();
    EXPECT_EQ(books_.count("customer"), 2u);
    compare();
    compare();
    EXPECT_EQ(deliveries(), 2u) << "the books show it so already";
    EXPECT_EQ(writes(), 2);
}

TEST_F(CustomerFlow, AChangeInTheShopIsOneWrite) {
    shop_.add(1);
    run();
    shop_.users[1].member("billing").set("line1", "Nygatan 1");
    run();
    EXPECT_EQ(writes(), 1) << "the shop does not tell who has changed";
    compare();
    EXPECT_EQ(writes(), 2);
    EXPECT_EQ(fields()["address"]["line1"].string(), "Nygatan 1");
    EXPECT_EQ(fields()["address"]["city"].string(), "Stockholm");
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    compare();
    EXPECT_EQ(writes(), 2);
    // What has no rule for it makes no version, what is written when a customer is made neither.
    shop_.users[1].set("name", "Anna Berg").set("reference", "R");
    compare();
    EXPECT_EQ(deliveries(), 2u);
    // By hand in the books: the rule says always, so the shop has the last word.
    books_.row_of("customer", "customer1").member("fields").member("address").set("city", "Malmö");
    compare();
    EXPECT_EQ(writes(), 3);
    EXPECT_EQ(fields()["address"]["city"].string(), "Stockholm");
}

TEST_F(CustomerFlow, WhoIsThereAlreadyIsMatchedAndOnlyChangedWhereTheyDiffer) {
    books_.add("customer", customer("7", "anna@example.com", "70"));
    shop_.add(1, "Anna@Example.com ");
    run();
    EXPECT_EQ(writes(), 0);
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(code(), "customer.unchanged");
    EXPECT_EQ(newest().target_ref["id"].string(), "7");
    // It is known by now which customer that is, whatever the e-mail says.
    shop_.users[1].set("email", "anna@berg.example");
    shop_.users[1].member("billing").set("city", "Malmö");
    compare();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.calls["update customer"], 1);
    EXPECT_EQ(fields()["email"].string(), "anna@example.com") << "written when a customer is made";
}

TEST_F(CustomerFlow, WhoMayNotOrderIsLeftOutAndTakenOnceTheyMay) {
    shop_.add(1).set("state", "pending");
    run();
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(code(), "customer.pending");
    shop_.users[1].set("state", "inactive");
    compare();
    EXPECT_EQ(code(), "customer.inactive");
    EXPECT_EQ(writes(), 0);
    shop_.users[1].set("state", "active");
    compare();
    EXPECT_EQ(books_.count("customer"), 1u);
    shop_.users[1].set("state", "inactive");
    compare();
    EXPECT_EQ(code(), "customer.inactive");
    EXPECT_EQ(writes(), 1) << "what is in the books stays";
}

TEST_F(CustomerFlow, SeveralWhoMatchAreForAPerson) {
    books_.add("customer", customer("7", "anna@example.com", "70"));
    books_.add("customer", customer("8", "anna@example.com", "80"));
    shop_.add(1);
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "customer.ambiguous");
    EXPECT_NE(
        newest().error["message"].string().find("Customer 1: 2 customers of books have this email: numbers 70, 80"),
        std::string::npos)
        << newest().error.dump();
    compare();
    EXPECT_EQ(deliveries(), 1u) << "told once";
    EXPECT_EQ(writes(), 0);
    flow_.order.ambiguous = settings::Choice::newest;
    compare();
    EXPECT_EQ(newest().target_ref["id"].string(), "8");
}

TEST_F(CustomerFlow, APersonIsNoCompany) {
    Json company = customer("7", "anna@example.com", "70");
    books_.add("customer", company.set("kind", "company"));
    shop_.add(1);
    run();
    EXPECT_EQ(books_.count("customer"), 2u);
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    shop_.users[1].set("kind", "company").set("company", "Lind AB");
    compare();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "customer.kind_changed");
    compare();
    EXPECT_EQ(deliveries(), 2u) << "told once";
    books_.row_of("customer", "customer1").set("kind", "company");
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    ASSERT_TRUE(books_catalog_.read_again(call(), "customer").ok());
    work();
    EXPECT_NE(newest().state, DeliveryState::held) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 2u);
}

TEST_F(CustomerFlow, TheAddressOfANewerOrderStaysUntilTheShopSaysAnother) {
    shop_.add(1);
    run();
    clock_.advance(std::chrono::minutes{5});
    // As an order of now leaves it.
    books_.row_of("customer", "customer1").member("fields").member("address").set("city", "Lund");
    ASSERT_TRUE(
        store_->set_fact("customer_address:books", "customer1", Json{to_unix_ms(clock_.now())}, clock_.now()).ok());
    compare();
    EXPECT_EQ(writes(), 1);
    EXPECT_EQ(deliveries(), 1u);
    shop_.users[1].member("billing").set("city", "Malmö");
    compare();
    EXPECT_EQ(writes(), 2);
    EXPECT_EQ(fields()["address"]["city"].string(), "Malmö");
    compare();
    EXPECT_EQ(writes(), 2);
}

TEST_F(CustomerFlow, AChangeThatTheBooksShowAlreadyIsRememberedWithItsTime) {
    shop_.add(1);
    run();
    // Both sides by hand: nothing to write, and from now on the shop has said so.
    shop_.users[1].member("billing").set("city", "Malmö");
    books_.row_of("customer", "customer1").member("fields").member("address").set("city", "Malmö");
    compare();
    EXPECT_EQ(code(), "customer.unchanged");
    // Of what is written when a customer is made only, a change says nothing.
    shop_.users[1].set("phone", "111");
    clock_.advance(std::chrono::minutes{5});
    books_.row_of("customer", "customer1").member("fields").member("address").set("city", "Lund");
    ASSERT_TRUE(
        store_->set_fact("customer_address:books", "customer1", Json{to_unix_ms(clock_.now())}, clock_.now()).ok());
    compare();
    EXPECT_EQ(writes(), 1) << "the order was newer";
    EXPECT_EQ(deliveries(), 2u);
}

TEST_F(CustomerFlow, TwoRegistrationsOfOneCustomerDoNotWriteOverEachOther) {
    rule("customer.phone", "customer.phone");
    shop_.add(1).set("phone", "111");
    shop_.add(2).set("phone", "222");
    run();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(fields()["phone"].string(), "111");
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(code(), "customer.another");
    compare();
    EXPECT_EQ(writes(), 1);
    shop_.users[2].set("phone", "333");
    compare();
    EXPECT_EQ(fields()["phone"].string(), "333") << "the newest change counts";
    compare();
    EXPECT_EQ(writes(), 2);
    EXPECT_EQ(fields()["phone"].string(), "333");
}

TEST_F(CustomerFlow, WhoTheBooksLackMayBeLeftOut) {
    flow_.customer.create = false;
    shop_.add(1);
    run();
    EXPECT_EQ(code(), "customer.not_in_books");
    EXPECT_EQ(writes(), 0);
}

TEST_F(CustomerFlow, NothingIsChangedWhereTheSettingsSaySo) {
    flow_.order.update_customer = false;
    books_.add("customer", customer("7", "anna@example.com", "70"));
    shop_.add(1).member("billing").set("city", "Malmö");
    run();
    EXPECT_EQ(writes(), 0);
    EXPECT_EQ(newest().target_ref["id"].string(), "7");
}

TEST_F(CustomerFlow, AnAnswerThatIsLostMakesNoSecondOne) {
    bool lost = false;
    books_.after_write = [&](const Json&) -> std::optional<Error> {
        if (std::exchange(lost, true)) return std::nullopt;
        Error error{ErrorClass::transient, "timeout", "No answer.", ""};
        error.outcome_unknown = true;
        return error;
    };
    shop_.add(1);
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{2});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.calls["create customer"], 1);
}

TEST_F(CustomerFlow, OneWithoutEmailIsFoundByNameAndPlaceAfterALostAnswer) {
    bool lost = false;
    books_.after_write = [&](const Json&) -> std::optional<Error> {
        if (std::exchange(lost, true)) return std::nullopt;
        Error error{ErrorClass::transient, "timeout", "No answer.", ""};
        error.outcome_unknown = true;
        return error;
    };
    shop_.add(1, "no address");
    run();
    clock_.advance(std::chrono::minutes{2});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_FALSE(fields().has("email"));
}

TEST_F(CustomerFlow, ARemovedOneIsMadeAnewWithAKeyOfItsOwnOnceItChanges) {
    shop_.add(1);
    run();
    books_.remove("customer", "customer1");
    compare();
    EXPECT_EQ(books_.count("customer"), 0u) << "nothing has changed in the shop";
    shop_.users[1].member("billing").set("city", "Malmö");
    compare();
    clock_.advance(std::chrono::minutes{2});
    work();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(books_.keys.size(), 3u) << "made, changed in vain, made";
    EXPECT_NE(books_.keys.front(), books_.keys.back());
}

TEST_F(CustomerFlow, AnOrderAndARegistrationAtTheSameMomentMakeOneCustomer) {
    settings::Flow orders;
    orders.id = "orders";
    orders.from = "shop";
    orders.to = "books";
    orders.order.from_date = "2026-01-01";
    OrderPipeline order_pipeline{orders,
                                 rules_of(orders, books_.manifest()),
                                 books_,
                                 books_catalog_,
                                 *store_,
                                 clock_,
                                 log_,
                                 {},
                                 [] { return 500; }};
    shop_.add(1);
    read();
    store::Intake intake;
    intake.flow = orders.id;
    intake.run_id = "run";
    intake.source_connection = "shop";
    intake.target_connection = "books";
    intake.now = clock_.now();
    store::NewVersion version;
    version.type = "order";
    version.source_number = version.source_id = "9";
    version.hash = "h";
    version.payload = payload_of(Json::object(
        {{"entity", *Json::parse(
                        R"({"id":"9","number":"9","status":"new","placed_at":"2026-03-01T10:00:00Z","currency":"SEK",
            "prices_include_tax":true,"customer":{"kind":"person","name":"Anna Lind","email":"anna@example.com"},
            "billing":{"name":"Anna Lind","line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"},
            "payment":{"state":"paid"},"lines":[{"kind":"product","sku":"MUG","name":"Mug","quantity":1,
            "unit_price":125,"discount":0,"total":125,"rate":25}],"stated":{"gross":125}})")}}));
    intake.versions.push_back(version);
    ASSERT_TRUE(store_->intake(intake).ok());
    // While the order's request is under way, the registration comes to the same point.
    bool entered = false;
    books_.before_write = [&](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "customer" || std::exchange(entered, true)) return std::nullopt;
        return Error{ErrorClass::transient, "down", "The books do not answer.", ""};
    };
    work(order_pipeline, orders.id);
    ASSERT_TRUE(entered);
    work();
    EXPECT_EQ(newest().flow, "orders");
    const auto all = store_->deliveries({}).value();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].error["code"].string(), "customer.being_created") << all[1].error.dump();
    clock_.advance(std::chrono::minutes{2});
    work(order_pipeline, orders.id);
    work();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(books_.calls["create customer"], 2) << "once in vain";
    const auto ended = store_->deliveries({}).value();
    for (const auto& delivery : ended)
        EXPECT_TRUE(delivery.state == DeliveryState::delivered || delivery.state == DeliveryState::skipped)
            << delivery.error.dump();
}

TEST_F(CustomerFlow, BooksThatChargeByZoneGetOneForTheCountry) {
    books_.zones = true;
    flow_.order.customer_group = "Home";
    shop_.add(1);
    shop_.add(2, "bo@example.com").member("billing").erase("country");
    run();
    ASSERT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(fields()["zone"].string(), "1");
    EXPECT_EQ(fields()["group"].string(), "g1");
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "tax.country_missing");
    EXPECT_EQ(newest().error["message"].string(),
              "Customer 2: It has neither a delivery nor a billing country, so its VAT is open.");
}

TEST_F(CustomerFlow, RulesFilterAndHold) {
    rule("customer.organisation_number", R"(if source.raw.group == 7 then "556" else null)");
    flow_.mapping.accept = settings::Expression{R"(customer.kind == "person")", {}};
    compile();
    shop_.add(1);
    shop_.add(2, "bo@example.com").set("kind", "company");
    run();
    ASSERT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(fields()["organisation_number"].string(), "556");
    EXPECT_EQ(code(), "customer.not_accepted");
    EXPECT_EQ(newest().error["class"].string(), "skipped");
    rule("customer.phone", R"(hold("who is this"))");
    shop_.add(3, "eva@example.com");
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "mapping.hold");
}

TEST_F(CustomerFlow, OneIsReadByItsIdAndOneThatIsNoneIsDead) {
    shop_.add(1);
    shop_.add(2, "bo@example.com");
    run({"2"});
    ASSERT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(fields()["email"].string(), "bo@example.com");
    shop_.users[1].set("state", "asleep");
    run();
    store::DeliveryQuery dead;
    dead.states = {DeliveryState::dead};
    ASSERT_EQ(store_->deliveries(dead).value().size(), 1u);
    EXPECT_EQ(store_->deliveries(dead).value()[0].error["code"].string(), "customer.invalid");
}

TEST_F(CustomerFlow, APreviewShowsFieldsAndWritesAndAPreflightCounts) {
    books_.add("customer", customer("7", "anna@example.com", "70"));
    shop_.add(1).member("billing").set("city", "Malmö");
    shop_.add(2, "bo@example.com");
    const FlowEnds ends{shop_, shop_catalog_, books_, books_catalog_, std::chrono::seconds{90}};
    const auto shown = preview(call(), flow_, rules_, ends, *store_, clock_, log_, {}, 20);
    ASSERT_TRUE(shown.ok()) << shown.error().message;
    const auto& records = (*shown)["records"].items();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0]["writes"].at(0)["changes"].dump(), R"({"address.city":["Stockholm","Malmö"]})")
        << shown->pretty();
    EXPECT_EQ(records[0]["fields"].at(0)["field"].string(), "customer.name");
    EXPECT_EQ(records[1]["writes"].at(0)["op"].string(), "create");
    const Json found = preflight(call(), flow_, rules_, ends, *store_, clock_, log_);
    EXPECT_EQ(found["customers"]["would"].dump(), R"({"delivered":2})") << found.pretty();
    EXPECT_TRUE(found["ready"].boolean());
    EXPECT_EQ(writes(), 0);
    EXPECT_EQ(deliveries(), 0u);
    flow_.order.payment_term = "60 dagar";
    EXPECT_FALSE(preflight(call(), flow_, rules_, ends, *store_, clock_, log_)["ready"].boolean());
}

TEST_F(CustomerFlow, TestsOfItsMappingAreRun) {
    settings::MappingTest test;
    test.name = "name";
    test.given = *Json::parse(
        R"({"id":"1","number":"1","kind":"company","state":"active","name":"Anna","company":"Lind AB","billing":{}})");
    test.expect.push_back({"customer.name", Json{"Lind AB"}, {}});
    test.check.push_back({"mapped.name == customer.company", {}});
    flow_.mapping.tests = {test};
    EXPECT_TRUE(run_tests(flow_, *rules_).at(0).passed());
    flow_.mapping.tests[0].expect.push_back({"document.note", Json{"x"}, {}});
    flow_.mapping.tests[0].check.push_back({R"(mapped.name == "Anna")", {}});
    EXPECT_EQ(run_tests(flow_, *rules_).at(0).failures.size(), 2u);
    flow_.mapping.tests[0].given.erase("billing");
    EXPECT_EQ(run_tests(flow_, *rules_).at(0).failures.size(), 1u);
}

TEST(CustomerGoal, WhatTheTargetShortensIsNoChange) {
    settings::Flow flow;
    flow.entity = "customer";
    FakeBooks books;
    const auto rules = FieldRules::compile(flow, settings::standard_mapping("customer"), books.manifest()).rules;
    const auto caps = schema::capabilities(books.manifest());
    const Json mapped = *Json::parse(R"({"name":"New","address":{"line1":"A\u0001B","city":"Lund"}})");
    std::vector<std::string> notices;
    EXPECT_EQ(
        fitting_changes(*rules, mapped, *Json::parse(R"({"address":{"line1":"A B","city":"Lund"}})"), caps, notices)
            .size(),
        0u);
    EXPECT_EQ(
        fitting_changes(*rules, mapped, *Json::parse(R"({"address":{"line1":"A B","line2":"c/o","city":"Lund "}})"),
                        caps, notices)
            .dump(),
        R"({"address":{"city":"Lund","line2":""}})");
    entity::CustomerRecord record;
    record.number = "5";
    EXPECT_FALSE(left_out(record));
    record.state = entity::CustomerState::pending;
    EXPECT_EQ(left_out(record)->message, "Customer 5 waits for approval in the shop.");
}

}  // namespace
}  // namespace brygga::flow
