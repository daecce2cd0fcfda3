// Preflight: what would go wrong with a flow's orders, found before the first one does.
#include "flow/preflight.h"

#include <vector>

#include "unit/flow/pipeline.h"

namespace brygga::flow {
namespace {

class Preflighted : public PipelineTest {
public:
    Json preflight() {
        return flow::preflight({clock_.mono() + std::chrono::seconds{60}, {}, "preflight", true}, flow_,
                               rules_of(flow_, books_.manifest()),
                               {shop_, *shop_catalog_, books_, *catalog_, std::chrono::seconds{90}}, *store_, clock_,
                               log_);
    }
    void article(const std::string& sku, const std::string& treatment) {
        books_.add("product", Json::object({{"type", "product"},
                                            {"id", "a-" + sku},
                                            {"number", sku},
                                            {"keys", Json::object({{"sku", sku}})},
                                            {"fields", Json::object({{"treatment", treatment}})}}));
    }
    settings::Table& terms(const std::string& to) {
        settings::Table table;
        table.name = "terms";
        table.from_option = "payment_method";
        table.to_option = "payment_term";
        table.rows = {{"ideal", to, {}}};
        flow_.mapping.tables = {table};
        shop_.payment_methods = {
            *Json::parse(R"({"id":"1","label":"iDEAL","active":true,"attributes":{"code":"ideal"}})"),
            *Json::parse(R"({"id":"2","label":"Klarna","active":true,"attributes":{"code":"klarna"}})"),
            *Json::parse(R"({"id":"3","label":"Old","active":false,"attributes":{}})")};
        return flow_.mapping.tables[0];
    }
    static Json with_rate(Json order, const char* rate) {
        Json lines = order["lines"];
        lines.items_for_writing()[0].set("rate", *Decimal::parse(rate));
        return order.set("lines", std::move(lines)), order;
    }

    FakeShop& shop() { return shop_; }
    FakeBooks& books() { return books_; }
    settings::Order& settings() { return flow_.order; }
    static Json one(const std::string& number) { return order(number); }
    using PipelineTest::flow_;
};

/// What is wrong with a set-up that is right otherwise, and what has to be found.
struct Wrong {
    const char* name;
    void (*make)(Preflighted&);
    const char *check, *level, *message, *remedy;
    bool ready = false;
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) { return out << wrong.name; }

const std::vector<Wrong> table{
    {"scope",
     [](Preflighted& t) {
         t.books().refused = Error{ErrorClass::misconfigured, "s", "A scope is missing.", "Grant ea:sales."};
     },
     "target", "problem", "A scope is missing.", "Grant ea:sales."},
    {"keys",
     [](Preflighted& t) {
         t.shop().refused = Error{ErrorClass::auth, "k", "The keys are refused.", "Make new ones."};
     },
     "source", "problem", "The keys are refused.", "Make new ones."},
    {"licence_limit", [](Preflighted& t) { t.books().limits = Json::array({"Solo has no orders."}); }, "account",
     "warning", "books: Solo has no orders.", "Change it there", true},
    {"licence_kind", [](Preflighted& t) { t.settings().document = "quote"; }, "document", "problem",
     "books cannot take documents of kind quote.", "settings.document"},
    {"licence_none", [](Preflighted& t) { t.books().document_kinds = Json::array(); }, "document", "problem",
     "neither orders nor invoice drafts", "Extend the licence"},
    {"locked_period", [](Preflighted& t) { t.books().locked_until = "2026-01-31"; }, "period", "warning",
     "locked up to 2026-01-31, and the flow takes orders from 2026-01-01", "settings.from_date", true},
    {"payment_term", [](Preflighted& t) { t.settings().payment_term = "90 dagar"; }, "option", "problem",
     "books has no payment_term '90 dagar'.", "Set settings.target.payment_term to one of: 30 dagar."},
    {"table_target",
     [](Preflighted& t) {
         t.terms("60 dagar").otherwise = settings::Table::Row{"", "t30", {}};
     },
     "table", "problem", "books has no payment_term '60 dagar'.", "table terms"},
    {"unmapped_method", [](Preflighted& t) { t.terms("t30"); }, "table", "problem",
     "Table terms has no row for 1 payment_method of shop: Klarna.", "Add rows or a default"},
    {"rate", [](Preflighted& t) { t.shop().orders = {Preflighted::with_rate(Preflighted::one("W-1"), "21")}; }, "tax",
     "problem", "The books have no tax treatment for goods at 21 %.", "Add a treatment for this rate"},
    {"drift", [](Preflighted& t) { t.article("MUG", "goods12"); }, "article", "problem",
     "The shop charges 25 % on the article MUG, books has it at 12 %.", "Correct the rate where it is wrong"},
    {"dead_treatment", [](Preflighted& t) { t.article("MUG", "gone"); }, "article", "problem",
     "The article MUG of books has a tax treatment that is not active.", "active one"},
    {"missing_held", [](Preflighted& t) { t.settings().missing_product = settings::Choice::hold; }, "article",
     "problem", "books lacks 1 article that is sold: MUG.", "set settings.products.missing to create"},
    {"missing_made", [](Preflighted&) {}, "article", "warning", "MUG", "Nothing, if they may be created", true},
    {"no_orders", [](Preflighted& t) { t.shop().orders.clear(); }, "order", "warning",
     "shop has had no orders since 2026-01-31", "run this again", true},
    {"unpaid",
     [](Preflighted& t) {
         t.shop().orders[0].set("payment", Json::object({{"state", "unpaid"}}));
     },
     "order", "warning", "1 of 1 orders would be skipped (order.unpaid).", "", true},
    {"no_lines", [](Preflighted& t) { t.shop().orders[0].set("lines", Json::array()); }, "order", "problem",
     "1 of 1 orders would be held (totals.not_plannable).", ""},
};

class EachWrong : public Preflighted, public testing::WithParamInterface<Wrong> {};

TEST_P(EachWrong, IsFoundWithItsRemedy) {
    shop_.orders = {order("W-1")};
    GetParam().make(*this);
    const Json found = preflight();
    bool told = false;
    for (const Json& finding : found["findings"].items())
        told |= finding["check"].string() == GetParam().check && finding["level"].string() == GetParam().level &&
                finding["message"].string().find(GetParam().message) != std::string_view::npos &&
                finding["remedy"].string().find(GetParam().remedy) != std::string_view::npos;
    EXPECT_TRUE(told) << found.pretty();
    EXPECT_EQ(found["ready"].boolean(), GetParam().ready) << found.pretty();
}
INSTANTIATE_TEST_SUITE_P(Preflight, EachWrong, testing::ValuesIn(table),
                         [](const auto& wrong) { return wrong.param.name; });

TEST_F(Preflighted, FindsNothingWhereNothingIsWrong) {
    shop_.orders = {order("R-1"), order("R-2", "bo@example.com")};
    article("MUG", "goods25");
    terms("t30").otherwise = settings::Table::Row{"", "30 dagar", {}};
    const Json found = preflight();
    EXPECT_EQ(found["findings"].size(), 0u) << found.pretty();
    EXPECT_TRUE(found["ready"].boolean());
    EXPECT_EQ(found["orders"].dump(), R"({"since":"2026-01-31","read":2,"would":{"delivered":2}})");
}

TEST_F(Preflighted, TakesTheTreatmentsThatSettingsNameAndNamesAnOrderOnce) {
    shop_.orders = {order("G-1")};
    Json lines = shop_.orders[0]["lines"];
    lines.push(lines.at(0));
    shop_.orders[0].set("lines", std::move(lines)).set("stated", Json::object({{"gross", 250}}));
    books_.second_treatment = true;
    const Json several = preflight();
    EXPECT_FALSE(several["ready"].boolean());
    const Json& tax = several["findings"].at(0);
    EXPECT_EQ(tax["check"].string(), "tax") << several.pretty();
    EXPECT_NE(tax["remedy"].string().find("settings.target.product_group"), std::string_view::npos);
    EXPECT_EQ(tax["records"].dump(), R"(["G-1"])");
    settings().product_groups = {"goods25"};
    const Json one = preflight();
    EXPECT_TRUE(one["ready"].boolean()) << one.pretty();
}

TEST_F(Preflighted, WritesNothingAndMovesNothing) {
    shop_.orders = {order("N-1")};
    (void)preflight();
    for (const char* type : {"customer", "product", "document"}) EXPECT_EQ(books_.count(type), 0u);
    EXPECT_TRUE(store_->deliveries({}).value().empty());
    EXPECT_TRUE(store_->flow("orders", clock_.now()).value().checkpoint.empty());
}

TEST_F(Preflighted, LooksAtTheNewestOrdersAlsoWhenTheyWereTakenIn) {
    for (int i = 1; i <= 60; ++i) shop_.orders.push_back(order("L-" + std::to_string(i)));
    shop_.orders[5].set("lines", Json::array());  // too old to be looked at
    shop_.orders[59].set("lines", Json::array());
    take_in(shop_.orders[59], "h1");
    const Json found = preflight();
    EXPECT_EQ(found["orders"]["would"].dump(), R"({"delivered":49,"held":1})") << found.pretty();
    EXPECT_EQ(found["findings"].at(1)["records"].dump(), R"(["L-60"])") << found.pretty();
}

}  // namespace
}  // namespace brygga::flow
