// A flow of categories (E6), and the links that a flow of products makes to what they have become.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/mapping_tests.h"
#include "flow/preflight.h"
#include "flow/preview.h"
#include "flow/product_links.h"
#include "unit/flow/fake_shelves.h"
#include "unit/flow/flow_test.h"

namespace brygga::flow {
namespace {

using store::DeliveryState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// A flow of one entity, with its rules.
struct Way {
    settings::Flow flow;
    std::shared_ptr<const FieldRules> rules;
};

class CategoryFlow : public FlowTest {
protected:
    CategoryFlow() : FlowTest{"category", "books", "shop", "category"} {
        for (Way* way : {&categories_, &products_}) {
            way->flow = flow_;
            if (way == &products_) way->flow.id = way->flow.entity = "product";
            compile(*way);
        }
        products_.flow.product.categories = true;
    }
    Ends ends() override { return {books_, books_catalog_, shop_, shop_catalog_}; }
    void compile(Way& way) { way.rules = compiled(way.flow, way.flow.entity.c_str()); }
    void rule(const char* field, const char* text, settings::Write write = settings::Write::always) {
        add_rule(categories_.flow, field, text, write);
        compile(categories_);
    }
    void read(const Way& way) { FlowTest::read(way.flow, way.rules); }
    void work(const Way& way) { FlowTest::work(way.flow, way.rules); }
    void run(const Way& way, const std::vector<std::string>& records = {}) {
        FlowTest::read(way.flow, way.rules, records);
        work(way);
    }
    void run_both() {
        run(categories_);
        run(products_);
    }
    store::Delivery newest(const Way& way) { return FlowTest::newest({}, way.flow.id); }
    std::string code(const Way& way) { return std::string{newest(way).error["code"].string()}; }

    FakeShelves books_{"books"}, shop_{"shop"};
    Way categories_, products_;
    connector::Catalog books_catalog_{books_, *store_, clock_, log_}, shop_catalog_{shop_, *store_, clock_, log_};
};

TEST_F(CategoryFlow, WhatTheShopLacksIsMadeOnceAndQuietRunsAskItNothing) {
    books_.label("l1", "Cups");
    run(categories_);
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0].dump(),
              R"({"op":"create","type":"category","kind":"category","fields":{"name":"Cups","visible":false}})");
    EXPECT_EQ(newest(categories_).state, DeliveryState::delivered);
    EXPECT_EQ(newest(categories_).target_ref["id"].string(), "101");
    const int lists = shop_.lists["category"], finds = shop_.finds["category"];
    for (int i = 0; i < 3; ++i) run(categories_);
    EXPECT_EQ(books_.polls["category"], 4);
    EXPECT_EQ(shop_.lists["category"], lists);
    EXPECT_EQ(shop_.finds["category"], finds);
    clock_.advance(std::chrono::hours{24});
    run(categories_);
    EXPECT_EQ(shop_.written.size(), 1u) << "the comparison finds nothing";
    EXPECT_EQ(shop_.lists["category"], lists + 1);
}

TEST_F(CategoryFlow, OneOfTheSameNameIsUsedAndNotDoubled) {
    shop_.category("7", "CUPS ");
    shop_.category("8", "Cups", "7");
    books_.label("l1", "Cups");
    run(categories_);
    ASSERT_THAT(shop_.ops(), ElementsAre("update category")) << "its name, as the books write it";
    EXPECT_EQ(newest(categories_).target_ref["id"].string(), "7");
    books_.label("l2", "cups");
    run(categories_);
    EXPECT_EQ(newest(categories_).target_ref["id"].string(), "7") << "two labels of one name share a category";
    EXPECT_EQ(shop_.categories.size(), 2u);
}

TEST_F(CategoryFlow, SeveralOfTheNameAreHeldWithTheChoices) {
    shop_.category("7", "Cups");
    shop_.category("8", "Cups");
    books_.label("l1", "Cups");
    run(categories_);
    EXPECT_EQ(newest(categories_).state, DeliveryState::held);
    EXPECT_EQ(code(categories_), "category.ambiguous");
    EXPECT_THAT(std::string{newest(categories_).error["message"].string()}, HasSubstr("7, 8"));
    EXPECT_THAT(shop_.written, IsEmpty());
    shop_.categories.at("8").set("name", "Mugs");
    clock_.advance(std::chrono::minutes{2});
    ASSERT_TRUE(store_->requeue(newest(categories_).id, clock_.now()).ok());
    work(categories_);
    EXPECT_EQ(newest(categories_).target_ref["id"].string(), "7");
}

TEST_F(CategoryFlow, ARuleNamesTheParent) {
    shop_.category("5", "Range");
    shop_.category("7", "Cups");
    rule("category.parent", "\"Range\"");
    rule("category.position", "3");
    rule("category.x.page_title", "category.name");
    books_.label("l1", "Cups");
    run(categories_);
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["fields"].dump(),
              R"({"name":"Cups","visible":false,"parent":"5","position":3,"x":{"page_title":"Cups"}})");
    clock_.advance(std::chrono::hours{24});
    run(categories_);
    EXPECT_EQ(shop_.written.size(), 1u);
    shop_.categories.at("101").set("parent", "7");
    clock_.advance(std::chrono::hours{24});
    run(categories_);
    ASSERT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.written[1]["fields"]["parent"].string(), "5") << "back under its parent";
}

TEST_F(CategoryFlow, AParentThatIsNotThereIsHeldWithTheChoices) {
    shop_.category("5", "Range");
    rule("category.parent", "\"Rang\"");
    books_.label("l1", "Cups");
    run(categories_);
    EXPECT_EQ(code(categories_), "option.category");
    EXPECT_THAT(std::string{newest(categories_).error["remedy"].string()}, HasSubstr("Range"));
}

TEST_F(CategoryFlow, ANewNameIsWrittenAndWhatAPersonSetStays) {
    books_.label("l1", "Cups");
    run(categories_);
    shop_.categories.at("101").set("visible", true).set("parent", "9");
    books_.label("l1", "Mugs");
    run(categories_);
    ASSERT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.written[1].dump(),
              R"({"op":"update","type":"category","kind":"category","id":"101","fields":{"name":"Mugs"}})");
    shop_.categories.at("101").set("name", "Typed");
    clock_.advance(std::chrono::hours{24});
    run(categories_);
    EXPECT_EQ(shop_.categories.at("101")["name"].string(), "Mugs") << "the comparison sets it right";
    EXPECT_EQ(shop_.categories.size(), 1u);
}

TEST_F(CategoryFlow, TheNameCanBeTheShopsOwn) {
    rule("category.name", "category.name", settings::Write::on_create);
    books_.label("l1", "Cups");
    run(categories_);
    books_.label("l1", "Mugs");
    run(categories_);
    EXPECT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(code(categories_), "category.unchanged");
}

TEST_F(CategoryFlow, ADeletedLabelDeletesNothing) {
    books_.label("l1", "Cups");
    books_.article("MUG", {"l1"});
    run_both();
    run(products_);  // what the products are in is compared
    ASSERT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Cups"));
    books_.labels.clear();
    books_.articles.at("MUG").set("categories", Json::array());  // and the books do not say that the article changed
    run(categories_);
    EXPECT_EQ(code(categories_), "category.deleted");
    run(products_);
    EXPECT_THAT(shop_.linked(), IsEmpty());
    EXPECT_EQ(shop_.categories.size(), 1u);
}

TEST_F(CategoryFlow, ALostAnswerIsLookedUpByNameAndParent) {
    shop_.category("5", "Range");
    shop_.category("6", "Cups", "5");  // of the same name, and not meant
    books_.label("l1", "Cups");
    shop_.failure = Error{ErrorClass::transient, "http.timeout", "No answer.", ""};
    shop_.failure->outcome_unknown = true;
    run(categories_);
    EXPECT_EQ(newest(categories_).state, DeliveryState::waiting);
    books_.label("l1", "Mugs");  // and a newer version waits behind it
    read(categories_);
    clock_.advance(std::chrono::minutes{3});
    work(categories_);
    work(categories_);
    EXPECT_EQ(newest(categories_).state, DeliveryState::delivered);
    EXPECT_EQ(shop_.categories.size(), 3u);
    EXPECT_EQ(shop_.categories.at("101")["name"].string(), "Mugs");
    EXPECT_EQ(shop_.categories.at("6")["name"].string(), "Cups");
}

TEST_F(CategoryFlow, ACategoryThatIsGoneIsMadeAgain) {
    books_.label("l1", "Cups");
    run(categories_);
    shop_.categories.clear();
    books_.label("l1", "Mugs");
    run(categories_);
    EXPECT_EQ(newest(categories_).state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{2});
    work(categories_);
    EXPECT_EQ(newest(categories_).state, DeliveryState::delivered);
    ASSERT_EQ(shop_.categories.size(), 1u);
    EXPECT_EQ(shop_.categories.begin()->second["name"].string(), "Mugs");
    clock_.advance(std::chrono::hours{24});
    run(categories_);
    shop_.categories.clear();
    clock_.advance(std::chrono::hours{24});
    run(categories_);
    EXPECT_EQ(shop_.categories.size(), 1u) << "the comparison notices it, too";
}

TEST_F(CategoryFlow, OnlyWhatTheShopHasWhenItSaysSo) {
    categories_.flow.category.create = false;
    books_.label("l1", "Cups");
    run(categories_);
    EXPECT_EQ(code(categories_), "category.not_in_shop");
    EXPECT_THAT(shop_.written, IsEmpty());
}

TEST_F(CategoryFlow, AFilterDecidesWhatIsTakenAndBadOnesStopNothing) {
    categories_.flow.mapping.accept = settings::Expression{"category.name != \"Internal\"", {}};
    compile(categories_);
    books_.label("l1", "Internal");
    books_.label("l2", "Cups");
    books_.labels["l3"] = Json::object({{"id", "l3"}});
    run(categories_);
    EXPECT_EQ(shop_.categories.size(), 1u);
    store::DeliveryQuery query;
    query.source_number = "Internal";
    EXPECT_EQ(store_->deliveries(query).value().at(0).error["code"].string(), "category.not_accepted");
    query = {};
    query.states = {DeliveryState::dead};
    EXPECT_EQ(store_->deliveries(query).value().at(0).error["code"].string(), "category.invalid");
}

TEST_F(CategoryFlow, OneCanBeAskedForAndTried) {
    books_.label("l1", "Cups");
    books_.label("l2", "Plates");
    const FlowEnds ends{books_, books_catalog_, shop_, shop_catalog_, std::chrono::seconds{90}};
    const auto shown = preview(call(), categories_.flow, categories_.rules, ends, *store_, clock_, log_, {}, 20);
    ASSERT_TRUE(shown.ok()) << shown.error().message;
    EXPECT_EQ((*shown)["records"].at(0)["writes"].at(0)["op"].string(), "create") << shown->pretty();
    EXPECT_EQ((*shown)["records"].at(0)["fields"].at(0)["field"].string(), "category.name");
    const Json found = preflight(call(), categories_.flow, categories_.rules, ends, *store_, clock_, log_);
    EXPECT_EQ(found["categories"]["would"].dump(), R"({"delivered":2})") << found.pretty();
    EXPECT_THAT(shop_.written, IsEmpty());
    run(categories_, {"Plates"});
    EXPECT_EQ(shop_.categories.size(), 1u);
}

TEST_F(CategoryFlow, TestsOfItsMappingAreRun) {
    settings::MappingTest test;
    test.name = "name";
    test.given = *Json::parse(R"({"id":"l1","name":"Cups"})");
    test.expect.push_back({"category.name", Json{"Cups"}, {}});
    test.check.push_back({"mapped.visible == false", {}});
    categories_.flow.mapping.tests = {test};
    EXPECT_TRUE(run_tests(categories_.flow, *categories_.rules).at(0).passed());
    categories_.flow.mapping.tests[0].given = *Json::parse(R"({"name":"Cups"})");
    EXPECT_FALSE(run_tests(categories_.flow, *categories_.rules).at(0).passed());
}

TEST_F(CategoryFlow, ProductsAreLinkedWhereTheirCategoriesAre) {
    books_.label("l1", "Cups");
    books_.label("l2", "Sale");
    books_.article("MUG", {"l1", "l2"});
    books_.article("CAP", {});
    run_both();
    EXPECT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Cups", "MUG in Sale"));
    const std::size_t written = shop_.written.size();
    clock_.advance(std::chrono::hours{24});
    run_both();
    EXPECT_EQ(shop_.written.size(), written);
    books_.article("MUG", {"l2"});
    run_both();
    EXPECT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Sale"));
    EXPECT_EQ(shop_.written.size(), written + 1);
    books_.article("MUG", {"l1", "l2"});
    run_both();
    EXPECT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Cups", "MUG in Sale")) << "once more";
}

TEST_F(CategoryFlow, ACategoryThatComesLaterTakesTheProductsThatAreThere) {
    books_.label("l1", "Cups");
    books_.article("MUG", {"l1"});
    run(products_);
    EXPECT_THAT(shop_.linked(), IsEmpty());
    run(products_);
    const int polls = books_.polls["product"];
    run(categories_);
    run(products_);
    EXPECT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Cups"));
    EXPECT_EQ(books_.polls["product"], polls + 1) << "one run compares all of them";
}

TEST_F(CategoryFlow, WhatAPersonLinkedStays) {
    books_.label("l1", "Cups");
    books_.article("MUG", {"l1"});
    shop_.category("7", "Window");
    shop_.category("8", "Cups");
    shop_.products["1"] = "MUG";
    shop_.links["31"] = {"1", "7"};
    shop_.links["32"] = {"1", "8"};
    run_both();
    EXPECT_EQ(shop_.links.size(), 2u) << "it is in Cups already";
    books_.article("MUG", {});
    run_both();
    EXPECT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Window", "MUG in Cups"));
    // The host's own link, taken away by a person and made anew by one.
    books_.label("l2", "Sale");
    books_.article("MUG", {"l2"});
    run_both();
    ASSERT_EQ(shop_.links.size(), 3u);
    std::erase_if(shop_.links, [](const auto& link) { return link.first != "31" && link.first != "32"; });
    shop_.links["90"] = {"1", shop_.categories.rbegin()->first};
    for (const auto& [id, fields] : shop_.categories)
        if (fields["name"].string() == "Sale") shop_.links["90"] = {"1", id};
    clock_.advance(std::chrono::hours{24});
    run_both();
    books_.article("MUG", {});
    run_both();
    EXPECT_TRUE(shop_.links.contains("90"));
}

TEST_F(CategoryFlow, ALinkWhoseAnswerIsLostIsLookedUp) {
    books_.label("l1", "Cups");
    shop_.products["1"] = "MUG";
    run(categories_);
    books_.article("MUG", {"l1"});
    shop_.failure = Error{ErrorClass::transient, "http.timeout", "No answer.", ""};
    shop_.failure->outcome_unknown = true;
    run(products_);
    EXPECT_EQ(newest(products_).state, DeliveryState::waiting);
    books_.article("MUG", {"l1", "none"});  // and a newer version waits behind it
    read(products_);
    clock_.advance(std::chrono::minutes{3});
    work(products_);
    work(products_);
    EXPECT_EQ(code(products_), "product.unchanged");
    EXPECT_EQ(shop_.links.size(), 1u);
    books_.article("MUG", {});
    run(products_);
    EXPECT_THAT(shop_.links, IsEmpty()) << "it was the host's own";
}

TEST_F(CategoryFlow, ALinkThatIsGoneAlreadyIsNoTrouble) {
    books_.label("l1", "Cups");
    books_.article("MUG", {"l1"});
    run_both();
    ASSERT_EQ(shop_.links.size(), 1u);
    shop_.links.clear();
    books_.article("MUG", {});
    run(products_);
    EXPECT_EQ(newest(products_).state, DeliveryState::delivered) << newest(products_).error.dump();
}

TEST_F(CategoryFlow, ALostAnswerThatTheIndexShowsByThenIsTheHostsOwn) {
    books_.label("l1", "Cups");
    shop_.products["1"] = "MUG";
    run(categories_);
    books_.article("MUG", {"l1"});
    shop_.failure = Error{ErrorClass::transient, "http.timeout", "No answer.", ""};
    shop_.failure->outcome_unknown = true;
    run(products_);
    clock_.advance(std::chrono::minutes{30});
    read(products_);  // the list of products is read again
    work(products_);
    EXPECT_EQ(newest(products_).state, DeliveryState::delivered) << newest(products_).error.dump();
    books_.article("MUG", {});
    run(products_);
    EXPECT_THAT(shop_.links, IsEmpty());
}

TEST_F(CategoryFlow, ACategoryThatIsGoneHoldsNoProductUp) {
    books_.label("l1", "Cups");
    shop_.products["1"] = "MUG";
    run(categories_);
    shop_.categories.clear();
    books_.article("MUG", {"l1"});
    run(products_);
    EXPECT_EQ(newest(products_).state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{1});
    work(products_);
    EXPECT_EQ(code(products_), "product.unchanged");
    clock_.advance(std::chrono::hours{24});
    run_both();
    run(products_);
    EXPECT_THAT(shop_.linked(), UnorderedElementsAre("MUG in Cups")) << "both comparisons set it right";
}

TEST_F(CategoryFlow, WithoutAFlowOfCategoriesNothingIsLinked) {
    books_.label("l1", "Cups");
    run(categories_);
    products_.flow.product.categories.reset();
    books_.article("MUG", {"l1"});
    run(products_);
    EXPECT_THAT(shop_.links, IsEmpty());
}

TEST(LinkChanges, OnlyTheHostsOwnAreRemoved) {
    const Json shown = *Json::parse(R"({"1":"11","2":"12","3":"13"})"), made = *Json::parse(R"({"2":"12","3":"99"})");
    const LinkChanges changes = link_changes(shown, {"1", "4"}, made);
    EXPECT_THAT(changes.add, ElementsAre("4"));
    EXPECT_THAT(changes.remove, ElementsAre(std::pair<std::string, std::string>{"2", "12"}));
    EXPECT_EQ(changes.made.dump(), R"({"2":"12"})") << "the other one is somebody else's by now";
}

}  // namespace
}  // namespace brygga::flow
